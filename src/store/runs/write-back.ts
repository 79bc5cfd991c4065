// What is to be told to Intercom about a contact, and what was told last.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Attributes } from '../../domain/runs/write-back.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type { WriteBackDeps } from '../../usecases/runs/write-back.ts';
import type { Database, Tx } from '../database.ts';
import { giver, ofCampaign, ofGiver, ofPerson, ofReferrer } from '../program/referral-joins.ts';
import { campaigns, contacts, people, referralHistory, referrals, referrers } from '../schema.ts';

export function createWriteBackStore(
  { db }: Pick<Database, 'db'>,
  linkOf: (referrer: { code: string; link: string | null }) => string,
): WriteBackDeps<Tx>['store'] {
  return {
    async told(tx, workspaceId, referralId) {
      const [row] = await tx
        .select({
          round: referrals.round,
          status: referrals.status,
          statusAt: referrals.statusAt,
          campaign: campaigns.name,
          campaignSettings: campaigns.settings,
          referred: { personId: people.id, contactId: people.contactId },
          referrer: { personId: giver.id, contactId: giver.contactId },
          change: sql<number>`(select coalesce(max(${referralHistory.id}), 0) from ${referralHistory}
            where ${referralHistory.workspaceId} = ${workspaceId} and ${referralHistory.referralId} = ${referralId})`.mapWith(
            Number,
          ),
        })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .innerJoin(people, ofPerson)
        .leftJoin(referrers, ofReferrer)
        .leftJoin(giver, ofGiver)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, referralId)));
      return row ? { ...row, campaignSettings: campaignSettings.parse(row.campaignSettings) } : null;
    },

    async involvement(workspaceId, contactId) {
      const mine = and(eq(people.workspaceId, workspaceId), eq(people.contactId, contactId));
      const asReferred = await db
        .select({
          campaign: campaigns.name,
          status: referrals.status,
          statusAt: referrals.statusAt,
          referrer: { name: giver.name, email: giver.email },
        })
        .from(people)
        .innerJoin(
          referrals,
          and(eq(referrals.workspaceId, people.workspaceId), eq(referrals.personId, people.id)),
        )
        .innerJoin(campaigns, ofCampaign)
        .leftJoin(referrers, ofReferrer)
        .leftJoin(giver, ofGiver)
        .where(mine)
        .orderBy(desc(referrals.joinedAt), desc(referrals.id));
      const asReferrer = await db
        .select({
          campaign: campaigns.name,
          code: referrers.code,
          link: referrers.link,
          referred: counted(sql`true`),
          qualified: counted(sql`status = 'qualified'`),
        })
        .from(people)
        .innerJoin(
          referrers,
          and(eq(referrers.workspaceId, people.workspaceId), eq(referrers.personId, people.id)),
        )
        .innerJoin(
          campaigns,
          and(eq(campaigns.workspaceId, referrers.workspaceId), eq(campaigns.id, referrers.campaignId)),
        )
        .where(mine)
        .orderBy(desc(referrers.joinedAt), desc(referrers.id));
      const [last] = await db
        .select({ written: contacts.written })
        .from(contacts)
        .where(and(eq(contacts.workspaceId, workspaceId), eq(contacts.contactId, contactId)));
      const shares = asReferrer.map(({ code, link, ...one }) => ({ ...one, link: linkOf({ code, link }) }));
      return { is: { referrals: asReferred, referrers: shares }, written: last?.written ?? null };
    },

    async saveWritten(tx, workspaceId, contactId, written) {
      await tx
        .insert(contacts)
        .values({ workspaceId, contactId, values: {}, seenAt: new Date(0), written })
        .onConflictDoUpdate({ target: [contacts.workspaceId, contacts.contactId], set: { written } });
    },

    async campaignOf(workspaceId, referralId) {
      const [row] = await db
        .select({ campaign: campaigns.name, referrer: giver.name })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .leftJoin(referrers, ofReferrer)
        .leftJoin(giver, ofGiver)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, referralId)));
      return row ?? null;
    },
  };
}

/** Has these taken for what was written last, whatever was: what differs from them is written next. */
export async function noteWritten(
  tx: Tx,
  workspaceId: string,
  contactId: string,
  written: Attributes,
): Promise<void> {
  await tx
    .insert(contacts)
    .values({ workspaceId, contactId, values: {}, seenAt: new Date(0), written })
    .onConflictDoUpdate({
      target: [contacts.workspaceId, contacts.contactId],
      set: { written: sql`coalesce(${contacts.written}, '{}') || ${JSON.stringify(written)}::jsonb` },
    });
}

function counted(which: ReturnType<typeof sql>) {
  return sql<number>`(select count(*) from ${referrals} where ${referrals.workspaceId} = ${referrers.workspaceId}
    and ${referrals.referrerId} = ${referrers.id} and ${which})`.mapWith(Number);
}
