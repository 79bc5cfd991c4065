// The values to write to Intercom for a contact, and those last written.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Attributes, Involvement } from '../../domain/runs/write-back.ts';
import { type Db, oncePer, type Tx } from '../database.ts';
import { campaignOf, giver, ofGiver, personOf, referrerOf } from '../joins.ts';
import { isAmong, owned } from '../owned.ts';
import { campaigns, contacts, people, referralHistory, referrals, referrers } from '../schema.ts';
import { batched } from '../shared-query.ts';

/** `change` increases with every change of the referral. */
export type WrittenReferral = Awaited<ReturnType<typeof findReferralStates>>[number];

/** In the order of the ids. */
export async function findReferralStates(tx: Tx, workspaceId: string, referralIds: readonly string[]) {
  const rows = await tx
    .select({
      referralId: referrals.id,
      round: referrals.round,
      status: referrals.status,
      statusAt: referrals.statusAt,
      campaign: campaigns.name,
      campaignSettings: campaigns.settings,
      referred: { personId: people.id, contactId: people.contactId },
      referrer: { personId: giver.id, contactId: giver.contactId },
      change: sql<number>`(select coalesce(max(${referralHistory.id}), 0) from ${referralHistory}
        where ${referralHistory.workspaceId} = ${workspaceId} and ${referralHistory.referralId} = ${referrals.id})`.mapWith(
        Number,
      ),
    })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(
      and(
        eq(referrals.workspaceId, workspaceId),
        sql`${referrals.id} = any(${sql.param([...referralIds])}::uuid[])`,
      ),
    );
  const order = new Map(referralIds.map((id, at) => [id, at]));
  return rows.toSorted((a, b) => (order.get(a.referralId) ?? 0) - (order.get(b.referralId) ?? 0));
}

type ContactKey = { workspaceId: string; contactId: string };
const contactKey = ({ workspaceId, contactId }: { workspaceId: string; contactId: string | null }) =>
  `${workspaceId} ${contactId}`;
const ofContact = { workspaceId: people.workspaceId, contactId: people.contactId };

/** Contacts that are asked about at the same time share the statements. */
const involvements = oncePer((db: Db) =>
  batched<ContactKey, Involved>((keys) => readInvolvements(db, keys), {
    ...{ perRound: 64, roundsAtOnce: 2, keyOf: contactKey },
  }),
);

export async function readInvolvement(
  db: Db,
  workspaceId: string,
  contactId: string,
  linkOf: (referrer: { code: string; link: string | null }) => string,
): Promise<{ involvement: Involvement; written: Attributes | null }> {
  const { asReferred, asReferrer, written } = await involvements(db)({ workspaceId, contactId });
  const shares = asReferrer.map(({ code, link, ...rest }) => ({ ...rest, link: linkOf({ code, link }) }));
  return { involvement: { referrals: asReferred, referrers: shares }, written };
}

type Involved = Awaited<ReturnType<typeof readInvolvements>>[number];

async function readInvolvements(db: Db, keys: readonly ContactKey[]) {
  const workspaceIds = sql.param(keys.map(({ workspaceId }) => workspaceId));
  const contactIds = sql.param(keys.map(({ contactId }) => contactId));
  const given = sql`(select * from unnest(${workspaceIds}::text[], ${contactIds}::text[]))`;
  const isAsked = sql`(${people.workspaceId}, ${people.contactId}) in ${given}`;
  const asReferred = await db
    .select({
      ...ofContact,
      campaign: campaigns.name,
      status: referrals.status,
      statusAt: referrals.statusAt,
      referrer: { name: giver.name, email: giver.email },
    })
    .from(people)
    .innerJoin(referrals, owned(referrals, { workspaceId: people.workspaceId, personId: people.id }))
    .innerJoin(campaigns, campaignOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(isAsked)
    .orderBy(desc(referrals.joinedAt), desc(referrals.id));
  const asReferrer = await db
    .select({
      ...ofContact,
      campaign: campaigns.name,
      code: referrers.code,
      link: referrers.link,
      referred: countReferrals(sql`true`),
      qualified: countReferrals(sql`status = 'qualified'`),
    })
    .from(people)
    .innerJoin(referrers, owned(referrers, { workspaceId: people.workspaceId, personId: people.id }))
    .innerJoin(campaigns, campaignOf(referrers))
    .where(isAsked)
    .orderBy(desc(referrers.joinedAt), desc(referrers.id));
  const last = await db
    .select({ workspaceId: contacts.workspaceId, contactId: contacts.contactId, written: contacts.written })
    .from(contacts)
    .where(sql`(${contacts.workspaceId}, ${contacts.contactId}) in ${given}`);
  const referredBy = Map.groupBy(asReferred, contactKey);
  const referrerBy = Map.groupBy(asReferrer, contactKey);
  const writtenBy = new Map(last.map((row) => [contactKey(row), row.written]));
  return keys.map(contactKey).map((key) => ({
    asReferred: (referredBy.get(key) ?? []).map(withoutContact),
    asReferrer: (referrerBy.get(key) ?? []).map(withoutContact),
    written: writtenBy.get(key) ?? null,
  }));
}

/** Lets the next write send only differences. */
export async function mergeWritten(tx: Tx, workspaceId: string, contactId: string, written: Attributes) {
  await tx
    .insert(contacts)
    .values({ workspaceId, contactId, values: {}, seenAt: new Date(0), written })
    .onConflictDoUpdate({
      target: [contacts.workspaceId, contacts.contactId],
      set: { written: sql`coalesce(${contacts.written}, '{}') || ${JSON.stringify(written)}::jsonb` },
    });
}

function withoutContact<Row extends { workspaceId: string; contactId: string | null }>({
  workspaceId: _workspace,
  contactId: _contact,
  ...row
}: Row) {
  return row;
}

const eventFacts = oncePer((db: Db) =>
  batched<{ workspaceId: string; referralId: string }, EventFacts | null>(
    async (keys) => {
      const rows = await readEventFacts(
        db,
        keys.map(({ referralId }) => referralId),
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      return keys.map(({ workspaceId, referralId }) => {
        const row = byId.get(referralId);
        return row?.workspaceId === workspaceId ? row : null;
      });
    },
    { perRound: 64, roundsAtOnce: 2 },
  ),
);

export const findEventFacts = (db: Db, workspaceId: string, referralId: string): Promise<EventFacts | null> =>
  eventFacts(db)({ workspaceId, referralId });

type EventFacts = Awaited<ReturnType<typeof readEventFacts>>[number];

function readEventFacts(db: Db, referralIds: readonly string[]) {
  const { id, workspaceId, status, statusAt } = referrals;
  const { contactId } = people;
  return db
    .select({ id, workspaceId, status, statusAt, contactId, campaign: campaigns.name, referrer: giver.name })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(isAmong(referrals.id, referralIds));
}

function countReferrals(condition: ReturnType<typeof sql>) {
  return sql<number>`(select count(*) from ${referrals} where ${referrals.workspaceId} = ${referrers.workspaceId}
    and ${referrals.referrerId} = ${referrers.id} and ${condition})`.mapWith(Number);
}
