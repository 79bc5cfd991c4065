// Copies of an outside platform's records, found by their ids there.
import { and, asc, eq, gt, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import type { PlatformCampaign } from '../../domain/platforms/platform.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, personOf, referralOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { type TrackedReferral, trackedColumns } from '../program/referral-status.ts';
import { rewards } from '../rewards/schema-rewards.ts';
import { campaigns, people, referrals, referrers, runs } from '../schema.ts';
import type { ConnectionKey } from './connections.ts';

type CopiedReferrer = Omit<typeof referrers.$inferInsert, 'workspaceId' | 'platformId'> & {
  platformId: string;
  link: string | null;
};
type CopiedReferral = Pick<
  typeof referrals.$inferInsert,
  'id' | 'campaignId' | 'personId' | 'referrerId' | 'joinedAt' | 'copiedAt' | 'extra'
> & { platformId: string };

export type CopiedPerson = {
  platformId: string;
  person: { id: string; name: string | null; email: string | null };
  campaign: string;
};

const isReferral = (workspaceId: string, campaignId: string, platformId: string) =>
  owned(referrals, { workspaceId, campaignId, platformId });

const isMember = (
  members: typeof referrals | typeof referrers,
  workspaceId: string,
  { campaignId, personId }: { campaignId: string; personId: string },
) => owned(members, { workspaceId, campaignId, personId });

export async function findCopiedCampaign(
  db: Queryable,
  { workspaceId, platform }: ConnectionKey,
  platformId: string,
): Promise<{ id: string } | null> {
  const [found] = await db
    .select({ id: campaigns.id })
    .from(campaigns)
    .where(owned(campaigns, { workspaceId, platform, platformId }));
  return found ?? null;
}

/** The existing copy or a new one. A taken name gets the platform's id as a suffix, then a number. */
export async function insertCopiedCampaign(
  db: Queryable,
  key: ConnectionKey,
  { url, name, ...campaign }: PlatformCampaign & { id: string; createdAt: Date },
): Promise<{ id: string }> {
  const { workspaceId, platform } = key;
  for (let attempt = 0; ; attempt += 1) {
    const suffix = attempt === 0 ? '' : ` (${[campaign.platformId, attempt].slice(0, attempt).join(', ')})`;
    const row = { workspaceId, platform, ...campaign, name: `${name}${suffix}`, destinationUrl: url };
    const [added] = await db
      .insert(campaigns)
      .values(row)
      .onConflictDoNothing()
      .returning({ id: campaigns.id });
    const copy = added ?? (await findCopiedCampaign(db, key, campaign.platformId));
    if (copy) return copy;
  }
}

export async function findCopiedReferrer(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  platformId: string,
): Promise<{ id: string; link: string | null } | null> {
  const [found] = await db
    .select({ id: referrers.id, link: referrers.link })
    .from(referrers)
    .where(owned(referrers, { workspaceId, campaignId, platformId }));
  return found ?? null;
}

/** Finds or adds the referrer, and updates it from the platform. */
export async function upsertCopiedReferrer(
  tx: Tx,
  workspaceId: string,
  referrer: CopiedReferrer,
  newCode: () => string,
): Promise<{ id: string; added: boolean }> {
  const { platformId, link } = referrer;
  // Codes are globally unique, and two workspaces may connect one account of the platform.
  for (const code of [referrer.code.toLowerCase(), newCode()]) {
    const [added] = await tx
      .insert(referrers)
      .values({ ...referrer, workspaceId, code })
      .onConflictDoNothing()
      .returning({ id: referrers.id });
    if (added) return { id: added.id, added: true };
    const [known] = await tx
      .update(referrers)
      .set({ platformId, link })
      .where(isMember(referrers, workspaceId, referrer))
      .returning({ id: referrers.id });
    if (known) return { id: known.id, added: false };
  }
  throw new Error('a new share code was taken');
}

export async function updateShareLink(
  db: Queryable,
  workspaceId: string,
  referrerId: string,
  link: string | null,
): Promise<void> {
  await db
    .update(referrers)
    .set({ link })
    .where(owned(referrers, { workspaceId, id: referrerId }));
}

export async function lockCopiedReferral(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  platformId: string,
): Promise<TrackedReferral | null> {
  const [found] = await tx
    .select(trackedColumns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(isReferral(workspaceId, campaignId, platformId))
    .for('update', { of: referrals });
  return found ?? null;
}

/** Finds, adds or takes over from an earlier record on the platform; locked. */
export async function upsertCopiedReferral(tx: Tx, workspaceId: string, referral: CopiedReferral) {
  const { platformId, joinedAt } = referral;
  const pending = {
    status: 'pending',
    statusAt: joinedAt,
    rewardStatus: 'none',
    source: 'platform',
  } as const;
  const [added] = await tx
    .insert(referrals)
    .values({ ...referral, workspaceId, ...pending })
    .onConflictDoNothing()
    .returning({ id: referrals.id });
  if (added) return { id: added.id, added: true };
  const [known] = await tx
    .update(referrals)
    .set({ platformId })
    .where(isMember(referrals, workspaceId, referral))
    .returning({ id: referrals.id });
  if (!known) throw new Error('a referral conflicted with one that is gone');
  return { id: known.id, added: false };
}

/** Records that the platform still says the same. */
export async function touchCopies(db: Queryable, workspaceId: string, referralIds: string[], at: Date) {
  if (referralIds.length === 0) return;
  await db
    .update(referrals)
    .set({ copiedAt: at })
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, referralIds)));
}

/** Whether a run is about to change the status on the platform; that run records it. */
export async function isStatusChanging(db: Queryable, workspaceId: string, referralId: string) {
  const [found] = await db
    .select({ id: runs.id })
    .from(runs)
    .where(owned(runs, { workspaceId, referralId, kind: 'change-status', state: 'waiting' }))
    .limit(1);
  return found !== undefined;
}

export async function findCopiedReferrals(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  platformIds: string[],
): Promise<TrackedReferral[]> {
  if (platformIds.length === 0) return [];
  return db
    .select(trackedColumns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(and(owned(referrals, { workspaceId, campaignId }), inArray(referrals.platformId, platformIds)));
}

/** Copies not read since then, by id. */
export async function listUnseenCopies(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  { since, after, limit }: { since: Date; after: string | null; limit: number },
): Promise<TrackedReferral[]> {
  return db
    .select(trackedColumns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(
      and(
        owned(referrals, { workspaceId, campaignId }),
        isNotNull(referrals.platformId),
        or(lt(referrals.copiedAt, since), sql`${referrals.copiedAt} is null`),
        after === null ? undefined : gt(referrals.id, after),
      ),
    )
    .orderBy(asc(referrals.id))
    .limit(limit);
}

export async function listCopiesAwaitingReward(db: Queryable, { workspaceId, platform }: ConnectionKey) {
  return db
    .select({
      rewardIds: sql<string[]>`array_agg(${rewards.id})`,
      platformId: referrals.platformId,
      referrerPlatformId: referrers.platformId,
    })
    .from(rewards)
    .innerJoin(campaigns, campaignOf(rewards))
    .innerJoin(referrals, referralOf(rewards))
    .leftJoin(referrers, referrerOf(referrals))
    .where(
      and(
        eq(rewards.workspaceId, workspaceId),
        eq(campaigns.platform, platform),
        inArray(rewards.status, ['due', 'approved']),
      ),
    )
    .groupBy(referrals.id, referrers.id);
}

/** The people of these records of the platform, with the campaign that each is in. */
export async function findCopiedPeople(
  db: Queryable,
  { workspaceId, platform }: ConnectionKey,
  platformIds: string[],
): Promise<CopiedPerson[]> {
  const of = (records: typeof referrals | typeof referrers) =>
    db
      .select({
        platformId: sql<string>`${records.platformId}`,
        person: { id: people.id, name: people.name, email: people.email },
        campaign: campaigns.name,
      })
      .from(records)
      .innerJoin(campaigns, campaignOf(records))
      .innerJoin(people, personOf(records))
      .where(
        and(
          eq(records.workspaceId, workspaceId),
          eq(campaigns.platform, platform),
          sql`${records.platformId} = any(${sql.param(platformIds)}::text[])`,
        ),
      );
  return [...(await of(referrals)), ...(await of(referrers))];
}

/** For a record that is no longer on the platform. */
export async function unlinkCopy(db: Queryable, workspaceId: string, referralId: string): Promise<void> {
  await db
    .update(referrals)
    .set({ platformId: null, platformUrl: null })
    .where(owned(referrals, { workspaceId, id: referralId }));
}
