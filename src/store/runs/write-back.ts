// The values to write to Intercom for a contact, and those last written.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Attributes, Involvement } from '../../domain/runs/write-back.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, giver, ofGiver, personOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { campaigns, contacts, people, referralHistory, referrals, referrers } from '../schema.ts';

/** `change` increases with every change of the referral. */
export type ReferralState = Awaited<ReturnType<typeof findReferralStates>>[number];

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

export async function readInvolvement(
  db: Queryable,
  workspaceId: string,
  contactId: string,
  linkOf: (referrer: { code: string; link: string | null }) => string,
): Promise<{ involvement: Involvement; written: Attributes | null }> {
  const isContact = owned(people, { workspaceId, contactId });
  const asReferred = await db
    .select({
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
    .where(isContact)
    .orderBy(desc(referrals.joinedAt), desc(referrals.id));
  const asReferrer = await db
    .select({
      campaign: campaigns.name,
      code: referrers.code,
      link: referrers.link,
      referred: countReferrals(sql`true`),
      qualified: countReferrals(sql`status = 'qualified'`),
    })
    .from(people)
    .innerJoin(referrers, owned(referrers, { workspaceId: people.workspaceId, personId: people.id }))
    .innerJoin(campaigns, campaignOf(referrers))
    .where(isContact)
    .orderBy(desc(referrers.joinedAt), desc(referrers.id));
  const [last] = await db
    .select({ written: contacts.written })
    .from(contacts)
    .where(owned(contacts, { workspaceId, contactId }));
  const shares = asReferrer.map(({ code, link, ...rest }) => ({ ...rest, link: linkOf({ code, link }) }));
  return { involvement: { referrals: asReferred, referrers: shares }, written: last?.written ?? null };
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

export async function findEventFacts(db: Queryable, workspaceId: string, referralId: string) {
  const { status, statusAt } = referrals;
  const { contactId } = people;
  const [row] = await db
    .select({ status, statusAt, contactId, campaign: campaigns.name, referrer: giver.name })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(owned(referrals, { workspaceId, id: referralId }));
  return row ?? null;
}

function countReferrals(condition: ReturnType<typeof sql>) {
  return sql<number>`(select count(*) from ${referrals} where ${referrals.workspaceId} = ${referrers.workspaceId}
    and ${referrals.referrerId} = ${referrers.id} and ${condition})`.mapWith(Number);
}
