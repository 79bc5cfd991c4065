// Referrals: one person in one campaign, with an append-only history.
import { and, eq, sql } from 'drizzle-orm';
import { shownHints } from '../../domain/program/doubt.ts';
import type { HistoryEntry, Page, PageRequest, Referral } from '../../domain/program/program.ts';
import { type ReferralStatus, shownBlock } from '../../domain/program/referral.ts';
import type { Queryable, Tx } from '../database.ts';
import { gathered, manyRows } from '../gathered-writes.ts';
import { campaignOf, giver, giverColumns, ofGiver, personOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { bySequence, byTime, mapPage, matching, pageOf } from '../page.ts';
import { campaigns, people, referralHistory, referrals, referrers } from '../schema.ts';
import { personColumns } from './people.ts';
import { type Qualification, qualificationColumn } from './qualification-block.ts';

export type ReferralFilter = {
  email?: string | undefined;
  contactId?: string | undefined;
  status?: ReferralStatus | undefined;
  campaignId?: string | undefined;
};

type NewReferral = Omit<
  typeof referrals.$inferInsert,
  'workspaceId' | 'platformId' | 'platformUrl' | 'copiedAt'
>;

const columns = {
  id: referrals.id,
  status: referrals.status,
  statusReason: referrals.statusReason,
  statusAt: referrals.statusAt,
  qualification: qualificationColumn,
  reward: referrals.rewardStatus,
  source: referrals.source,
  joinedAt: referrals.joinedAt,
  campaign: {
    id: campaigns.id,
    name: campaigns.name,
    platform: campaigns.platform,
    rewards: campaigns.rewards,
  },
  person: personColumns,
  referrer: { id: referrers.id, code: referrers.code, link: referrers.link },
  giver: giverColumns,
};

const reading = (db: Queryable) =>
  db
    .select(columns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver);

export async function findReferral(db: Queryable, workspaceId: string, id: string): Promise<Referral | null> {
  const [row] = await reading(db).where(owned(referrals, { workspaceId, id }));
  return row ? toReferral(row) : null;
}

export async function referralIdsOf(db: Queryable, workspaceId: string, personId: string): Promise<string[]> {
  const rows = await db
    .select({ id: referrals.id })
    .from(referrals)
    .where(owned(referrals, { workspaceId, personId }));
  return rows.map((row) => row.id);
}

export async function referrerIdOf(db: Queryable, workspaceId: string, id: string): Promise<string | null> {
  const [row] = await db
    .select({ referrerId: referrals.referrerId })
    .from(referrals)
    .where(owned(referrals, { workspaceId, id }));
  return row?.referrerId ?? null;
}

/** Returns the id of the new or existing referral. */
export async function insertReferralOnce(tx: Tx, workspaceId: string, referral: NewReferral) {
  const [added] = await tx
    .insert(referrals)
    .values({ ...referral, workspaceId })
    .onConflictDoNothing()
    .returning({ id: referrals.id });
  if (added) return { id: added.id, added: true };
  const [known] = await tx
    .select({ id: referrals.id })
    .from(referrals)
    .where(owned(referrals, { workspaceId, campaignId: referral.campaignId, personId: referral.personId }));
  if (!known) throw new Error('a referral conflicted with one that is gone');
  return { id: known.id, added: false };
}

export function insertHistory(
  tx: Tx,
  workspaceId: string,
  referralId: string,
  entries: Omit<HistoryEntry, 'id'>[],
): Promise<void> {
  return insertHistories(
    tx,
    workspaceId,
    entries.map((entry) => ({ ...entry, referralId })),
  );
}

export function insertHistories(
  tx: Tx,
  workspaceId: string,
  entries: (Omit<HistoryEntry, 'id'> & { referralId: string })[],
): Promise<void> {
  return insertEntries(
    tx,
    entries.map(({ actor, ...entry }) => ({
      ...entry,
      workspaceId,
      actor: actor.kind,
      actorName: actor.name,
    })),
  );
}

const insertEntries = gathered(async (tx: Tx, rows: readonly (typeof referralHistory.$inferInsert)[]) => {
  await tx.execute(sql`insert into ${manyRows(referralHistory, rows)}`);
});

export async function referralPage(
  db: Queryable,
  workspaceId: string,
  filter: ReferralFilter,
  page: PageRequest,
): Promise<Page<Referral>> {
  const condition = and(
    eq(referrals.workspaceId, workspaceId),
    matching(referrals.status, filter.status),
    matching(referrals.campaignId, filter.campaignId),
    matching(people.email, filter.email),
    matching(people.contactId, filter.contactId),
  );
  return mapPage(await pageOf(reading(db), byTime(referrals, 'joinedAt'), condition, page), toReferral);
}

export async function historyPage(db: Queryable, workspaceId: string, referralId: string, page: PageRequest) {
  const query = db.select().from(referralHistory);
  const condition = owned(referralHistory, { workspaceId, referralId });
  return mapPage(
    await pageOf(query, bySequence(referralHistory, 'id', 'at'), condition, page),
    toHistoryEntry,
  );
}

type Row = Omit<Referral, 'referrer' | 'blocked' | 'hints'> & {
  qualification: Qualification;
  referrer: Omit<NonNullable<Referral['referrer']>, 'person'> | null;
  giver: Referral['person'] | null;
};

function toReferral({ referrer, giver: person, qualification: { block, hints }, ...row }: Row): Referral {
  return {
    ...row,
    blocked: shownBlock(row.status, block),
    hints: shownHints(row.status, hints),
    referrer: referrer && person ? { ...referrer, person } : null,
  };
}

function toHistoryEntry(row: typeof referralHistory.$inferSelect): HistoryEntry {
  const { id, at, what, from, to, reason } = row;
  return { id: String(id), at, what, from, to, reason, actor: { kind: row.actor, name: row.actorName } };
}
