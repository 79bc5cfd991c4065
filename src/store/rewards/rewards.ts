// Lists of rewards, and their totals.
import { and, asc, desc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { SortedPage, SortedRequest } from '../../domain/people/sorted-list.ts';
import type { Campaign, Page, PageRequest, Person, ReferralActor } from '../../domain/program/program.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import {
  type EarnedStatus,
  earnedStatus,
  type RewardRecipient,
  rewardRecipient,
} from '../../domain/rewards/reward.ts';
import type { Queryable } from '../database.ts';
import { campaignOf, personOf, referralOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, matching, pageOf } from '../page.ts';
import { type OpenRange, within } from '../people/referral-list.ts';
import { personColumns } from '../program/people.ts';
import { campaigns, people, referrals } from '../schema.ts';
import { byMoment, type SortKey, sortedPage } from '../sorted-page.ts';
import { rewards } from './schema-rewards.ts';

type By = Pick<ReferralActor, 'kind' | 'name'>;

export type Reward = {
  id: string;
  referralId: string;
  recipient: RewardRecipient;
  person: Person;
  /** The referred person, who may be the same. */
  friend: Pick<Person, 'id' | 'name' | 'email'>;
  campaign: Pick<Campaign, 'id' | 'name' | 'platform'>;
  label: string;
  amount: string | null;
  currency: string | null;
  status: EarnedStatus;
  dueAt: Date;
  /** Since when it has its status. */
  statusAt: Date;
  approvedAt: Date | null;
  approvedBy: By | null;
  issuedAt: Date | null;
  issuedBy: By | null;
  canceledAt: Date | null;
  canceledBy: By | null;
  failedAt: Date | null;
  reference: string | null;
  reason: string | null;
};

export type RewardFilter = {
  status?: EarnedStatus | undefined;
  recipient?: RewardRecipient | undefined;
  campaignId?: string | undefined;
  platform?: PlatformName | undefined;
  /** Who gets it. */
  personId?: string | undefined;
  /** Who gets it, or was referred. */
  peopleIds?: readonly string[] | undefined;
  label?: string | undefined;
  /** Since when it has its status. */
  changed?: OpenRange | undefined;
  due?: OpenRange | undefined;
  referralId?: string | undefined;
  /** Of the last change made to many at once. */
  changeId?: string | undefined;
};

export type RewardTotal = {
  campaignId: string;
  campaign: string;
  status: EarnedStatus;
  currency: string | null;
  count: number;
  /** Null when none of them has an amount. */
  amount: string | null;
};

const friend = alias(people, 'friend');

const reading = (db: Queryable) =>
  db
    .select({
      id: rewards.id,
      referralId: rewards.referralId,
      recipient: rewards.recipient,
      person: personColumns,
      friend: { id: friend.id, name: friend.name, email: friend.email },
      campaign: { id: campaigns.id, name: campaigns.name, platform: campaigns.platform },
      label: rewards.label,
      amount: rewards.amount,
      currency: rewards.currency,
      status: rewards.status,
      dueAt: rewards.dueAt,
      statusAt: rewards.statusAt,
      approvedAt: rewards.approvedAt,
      approvedBy: rewards.approvedBy,
      issuedAt: rewards.issuedAt,
      issuedBy: rewards.issuedBy,
      canceledAt: rewards.canceledAt,
      canceledBy: rewards.canceledBy,
      failedAt: rewards.failedAt,
      reference: rewards.reference,
      reason: rewards.reason,
    })
    .from(rewards)
    .innerJoin(campaigns, campaignOf(rewards))
    .innerJoin(people, personOf(rewards))
    .innerJoin(referrals, referralOf(rewards))
    .innerJoin(friend, owned(friend, { workspaceId: referrals.workspaceId, id: referrals.personId }));

export const selectedRewards = (workspaceId: string, filter: RewardFilter): SQL | undefined =>
  and(
    eq(rewards.workspaceId, workspaceId),
    matching(rewards.personId, filter.personId),
    filter.platform === undefined
      ? undefined
      : sql`${rewards.campaignId} in (select c.id from campaigns c
          where c.workspace_id = ${workspaceId} and c.platform = ${filter.platform})`,
    filter.peopleIds === undefined ? undefined : isAbout(workspaceId, filter.peopleIds),
    matching(rewards.label, filter.label),
    within(rewards.statusAt, filter.changed),
    within(rewards.dueAt, filter.due),
    matching(rewards.status, filter.status),
    matching(rewards.recipient, filter.recipient),
    matching(rewards.campaignId, filter.campaignId),
    matching(rewards.referralId, filter.referralId),
    matching(rewards.changeId, filter.changeId),
  );

/** Each side by its own index, which a condition with "or" would not use. */
const isAbout = (workspaceId: string, peopleIds: readonly string[]): SQL => {
  const ids = sql`any(${sql.param([...peopleIds])}::uuid[])`;
  return sql`${rewards.id} in (
    select own.id from rewards own where own.workspace_id = ${workspaceId} and own.person_id = ${ids}
    union select earned.id from referrals r join rewards earned
      on earned.workspace_id = r.workspace_id and earned.referral_id = r.id
    where r.workspace_id = ${workspaceId} and r.person_id = ${ids})`;
};

export function rewardPage(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
  page: PageRequest,
): Promise<Page<Reward>> {
  return pageOf(reading(db), byTime(rewards, 'dueAt'), selectedRewards(workspaceId, filter), page);
}

export type RewardSort = 'statusAt' | 'dueAt' | 'amount';

/** Without an amount counts as nothing. */
const byAmount: SortKey<Pick<Reward, 'id' | 'amount'>> = {
  by: sql`coalesce(${rewards.amount}::numeric, 0)`,
  id: rewards.id,
  valueOf: ({ amount }) => amount ?? '0',
  read: (value) => sql`${value}::numeric`,
};

export function rewardList(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
  sort: RewardSort,
  request: SortedRequest,
): Promise<SortedPage<Reward>> {
  const condition = selectedRewards(workspaceId, filter);
  const query = reading(db);
  if (sort === 'amount') return sortedPage(query, byAmount, condition, request);
  return sortedPage(query, byMoment(rewards, sort), condition, request);
}

/** In the order of a list. Unknown ids are left out. */
export function listRewardsById(db: Queryable, workspaceId: string, ids: string[]): Promise<Reward[]> {
  return reading(db)
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)))
    .orderBy(desc(rewards.dueAt), desc(rewards.id));
}

/** For files: in the order of ids, after one of them. */
export function rewardsAfter(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<Reward[]> {
  return reading(db)
    .where(and(selectedRewards(workspaceId, filter), after === null ? undefined : gt(rewards.id, after)))
    .orderBy(asc(rewards.id))
    .limit(limit);
}

/**
 * Equal rewards, counted: campaign_id, status, recipient, currency, amount, count. In the order of an index, which is
 * faster than hashing all rewards, unless the filter names few of them.
 */
function equalRewards(workspaceId: string, filter: RewardFilter): SQL {
  const { personId, peopleIds, referralId, changeId, changed, due, label } = filter;
  const { campaignId, platform, status, recipient } = filter;
  const narrowing = [personId, peopleIds, referralId, changeId];
  const isNarrow = [...narrowing, changed?.from, changed?.until, due?.from, due?.until].some(
    (value) => value !== undefined,
  );
  if (isNarrow)
    return sql`select campaign_id, status, recipient, currency, amount, count(*) as count
      from ${rewards} where ${selectedRewards(workspaceId, filter)} group by 1, 2, 3, 4, 5`;
  const statuses = status === undefined ? earnedStatus.options : [status];
  const recipients = recipient === undefined ? rewardRecipient.options : [recipient];
  const promising = and(
    owned(campaigns, { workspaceId }),
    matching(campaigns.id, campaignId),
    matching(campaigns.platform, platform),
  );
  return sql`select ${campaigns.id} as campaign_id, of.status, by.recipient, equal.*
    from ${campaigns}
    cross join unnest(${sql.param([...statuses])}::text[]) as of (status)
    cross join unnest(${sql.param([...recipients])}::text[]) as by (recipient)
    cross join lateral (
      select w.currency, w.amount, count(*) as count from rewards w
      where w.workspace_id = ${workspaceId} and w.campaign_id = ${campaigns.id} and w.status = of.status
        and w.recipient = by.recipient ${label === undefined ? sql`` : sql`and w.label = ${label}`}
      group by 1, 2) equal
    where ${promising} and exists (
      select from rewards w where w.workspace_id = ${workspaceId} and w.campaign_id = ${campaigns.id})`;
}

/** Every label that rewards have, by name. One look into the index for each. */
export async function rewardLabels(db: Queryable, workspaceId: string, most: number): Promise<string[]> {
  const { rows } = await db.execute<{ label: string }>(sql`
    with recursive found as (
      (select label from rewards where workspace_id = ${workspaceId} order by label limit 1)
      union all
      select (select label from rewards where workspace_id = ${workspaceId} and label > found.label order by label limit 1)
      from found where found.label is not null
    )
    select label from found where label is not null limit ${most}`);
  return rows.map(({ label }) => label);
}

/** By campaign, status and currency. */
export async function rewardTotals(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
): Promise<RewardTotal[]> {
  const { rows } = await db.execute<RewardTotal>(sql`
    select counted.campaign_id as "campaignId", c.name as campaign, counted.status, counted.currency,
      sum(counted.count)::int as count, sum(counted.amount::numeric * counted.count)::text as amount
    from (${equalRewards(workspaceId, filter)}) counted
    join campaigns c on c.workspace_id = ${workspaceId} and c.id = counted.campaign_id
    group by 1, 2, 3, 4 order by c.name, counted.status, counted.currency nulls last`);
  return rows;
}

/** By currency; without one last. */
export async function sumRewards(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
): Promise<{ currency: string | null; count: number; amount: string | null }[]> {
  const { rows } = await db.execute<{ currency: string | null; count: number; amount: string | null }>(sql`
    select currency, sum(count)::int as count, sum(amount::numeric * count)::text as amount
    from (${equalRewards(workspaceId, filter)}) counted
    group by 1 order by 1 nulls last`);
  return rows;
}

/** Each up to `most`: a number beyond is of no use, and counting takes time. Of all statuses, whatever the filter's is. */
export async function countByStatus(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
  most: number,
): Promise<Record<EarnedStatus, number>> {
  const condition = selectedRewards(workspaceId, { ...filter, status: undefined });
  // Those of some people are few, and finding them is most of the work.
  const counted = filter.peopleIds
    ? sql`select status, least(count(*), ${most})::int as count from ${rewards} where ${condition} group by 1`
    : sql`select of.status, (select count(*)::int from (
      select from ${rewards} where ${condition} and ${rewards.status} = of.status limit ${most}) few
    ) as count
    from unnest(${sql.param([...earnedStatus.options])}::text[]) as of (status)`;
  const { rows } = await db.execute<{ status: EarnedStatus; count: number }>(counted);
  const counts = { due: 0, approved: 0, issued: 0, canceled: 0, failed: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}

/** Those that wait to be approved or issued. Up to `most`, too. */
export async function countWaitingRewards(db: Queryable, workspaceId: string, most: number): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`select count(*)::int as count from (
    (select from rewards where workspace_id = ${workspaceId} and status = 'due' limit ${most})
    union all (select from rewards where workspace_id = ${workspaceId} and status = 'approved' limit ${most})) waiting`);
  return rows[0]?.count ?? 0;
}

/** One parameter, however many ids. */
export const isOneOf = (ids: readonly string[]): SQL =>
  sql`${rewards.id} = any(${sql.param([...ids])}::uuid[])`;
