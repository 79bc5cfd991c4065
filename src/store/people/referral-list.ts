// Referrals as the console lists them: filtered by all that a row shows, in a chosen order, with totals.
import { and, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { MomentRange } from '../../domain/people/day-range.ts';
import type { SortedPage, SortedRequest } from '../../domain/people/sorted-list.ts';
import type { DoubtHint } from '../../domain/program/doubt.ts';
import type { Person } from '../../domain/program/program.ts';
import { type PlatformName, type ReferralStatus, referralStatus } from '../../domain/program/referral.ts';
import type { RewardStatus } from '../../domain/rewards/reward.ts';
import type { Queryable } from '../database.ts';
import { campaignOf, giver, ofGiver, personOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { matching } from '../page.ts';
import { personColumns } from '../program/people.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';
import { byMoment, sortedPage } from '../sorted-page.ts';

/** Either end may be open. */
export type OpenRange = { [End in keyof MomentRange]: MomentRange[End] | undefined };

export type ReferralListFilter = {
  campaignId?: string | undefined;
  platform?: PlatformName | undefined;
  status?: ReferralStatus | undefined;
  rewardStatus?: RewardStatus | undefined;
  referrerId?: string | undefined;
  /** Any of them, or this one. */
  hint?: DoubtHint | 'any' | undefined;
  joined?: OpenRange | undefined;
  /** Since when it has its status. */
  changed?: OpenRange | undefined;
};

export type ReferralSort = 'joinedAt' | 'statusAt';

export type ListedReferral = {
  id: string;
  person: Person;
  /** The referrer's person. */
  giver: Pick<Person, 'id' | 'name' | 'email'> | null;
  campaign: { id: string; name: string; platform: PlatformName };
  status: ReferralStatus;
  statusAt: Date;
  rewardStatus: RewardStatus;
  joinedAt: Date;
  hints: DoubtHint[];
};

const selected = (db: Queryable, workspaceId: string, filter: ReferralListFilter): SQL | undefined =>
  and(
    eq(referrals.workspaceId, workspaceId),
    matching(referrals.campaignId, filter.campaignId),
    matching(referrals.status, filter.status),
    matching(referrals.rewardStatus, filter.rewardStatus),
    matching(referrals.referrerId, filter.referrerId),
    filter.platform === undefined
      ? undefined
      : inArray(referrals.campaignId, campaignsOn(db, workspaceId, filter.platform)),
    // So that the partial index applies.
    filter.hint === undefined ? undefined : sql`${referrals.hints} <> '{}'`,
    filter.hint === undefined || filter.hint === 'any'
      ? undefined
      : sql`${referrals.hints} @> array[${filter.hint}]`,
    within(referrals.joinedAt, filter.joined),
    within(referrals.statusAt, filter.changed),
  );

export const campaignsOn = (db: Queryable, workspaceId: string, platform: PlatformName) =>
  db.select({ id: campaigns.id }).from(campaigns).where(owned(campaigns, { workspaceId, platform }));

export const within = (column: PgColumn, range: OpenRange | undefined): SQL | undefined =>
  and(
    range?.from === undefined ? undefined : gte(column, range.from),
    range?.until === undefined ? undefined : lt(column, range.until),
  );

export function referralList(
  db: Queryable,
  workspaceId: string,
  filter: ReferralListFilter,
  sort: ReferralSort,
  request: SortedRequest,
): Promise<SortedPage<ListedReferral>> {
  const query = db
    .select({
      id: referrals.id,
      person: personColumns,
      giver: { id: giver.id, name: giver.name, email: giver.email },
      campaign: { id: campaigns.id, name: campaigns.name, platform: campaigns.platform },
      status: referrals.status,
      statusAt: referrals.statusAt,
      rewardStatus: referrals.rewardStatus,
      joinedAt: referrals.joinedAt,
      hints: sql<DoubtHint[]>`coalesce(${referrals.hints}, '{}')`,
    })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver);
  return sortedPage(query, byMoment(referrals, sort), selected(db, workspaceId, filter), request);
}

export async function countReferrals(
  db: Queryable,
  workspaceId: string,
  filter: ReferralListFilter,
): Promise<Record<ReferralStatus, number>> {
  const counts = { pending: 0, qualified: 0, disqualified: 0, expired: 0 };
  // Counting each status in its part of an index is faster than grouping, but no index begins with both the status
  // and the day of joining.
  if (filter.joined?.from !== undefined || filter.joined?.until !== undefined) {
    const rows = await db
      .select({ status: referrals.status, count: sql<number>`count(*)::int` })
      .from(referrals)
      .where(selected(db, workspaceId, filter))
      .groupBy(referrals.status);
    for (const { status, count } of rows) counts[status] = count;
    return counts;
  }
  const statuses = filter.status === undefined ? referralStatus.options : [filter.status];
  const counted = statuses.map(
    (status) => sql`select ${status} as status, count(*)::int as count from ${referrals}
      where ${selected(db, workspaceId, { ...filter, status })}`,
  );
  const { rows } = await db.execute<{ status: ReferralStatus; count: number }>(
    sql.join(counted, sql` union all `),
  );
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}
