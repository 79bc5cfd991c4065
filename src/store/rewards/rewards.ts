// Lists of rewards, and their totals.
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Campaign, Page, PageRequest, Person, ReferralActor } from '../../domain/program/program.ts';
import type { EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';
import type { Queryable } from '../database.ts';
import { campaignOf, personOf } from '../joins.ts';
import { byTime, matching, pageOf } from '../page.ts';
import { personColumns } from '../program/people.ts';
import { campaigns, people } from '../schema.ts';
import { rewards } from './schema-rewards.ts';

export type Reward = {
  id: string;
  referralId: string;
  recipient: RewardRecipient;
  person: Person;
  campaign: Pick<Campaign, 'id' | 'name' | 'platform'>;
  label: string;
  amount: string | null;
  currency: string | null;
  status: EarnedStatus;
  dueAt: Date;
  approvedAt: Date | null;
  issuedAt: Date | null;
  issuedBy: Pick<ReferralActor, 'kind' | 'name'> | null;
  canceledAt: Date | null;
  failedAt: Date | null;
  reference: string | null;
  reason: string | null;
};

export type RewardFilter = {
  status?: EarnedStatus | undefined;
  recipient?: RewardRecipient | undefined;
  campaignId?: string | undefined;
};

export const rewardColumns = {
  id: rewards.id,
  referralId: rewards.referralId,
  recipient: rewards.recipient,
  person: personColumns,
  campaign: { id: campaigns.id, name: campaigns.name, platform: campaigns.platform },
  label: rewards.label,
  amount: rewards.amount,
  currency: rewards.currency,
  status: rewards.status,
  dueAt: rewards.dueAt,
  approvedAt: rewards.approvedAt,
  issuedAt: rewards.issuedAt,
  issuedBy: rewards.issuedBy,
  canceledAt: rewards.canceledAt,
  failedAt: rewards.failedAt,
  reference: rewards.reference,
  reason: rewards.reason,
};

const reading = (db: Queryable) =>
  db
    .select(rewardColumns)
    .from(rewards)
    .innerJoin(campaigns, campaignOf(rewards))
    .innerJoin(people, personOf(rewards));

const selected = (workspaceId: string, { status, recipient, campaignId }: RewardFilter): SQL | undefined =>
  and(
    eq(rewards.workspaceId, workspaceId),
    matching(rewards.status, status),
    matching(rewards.recipient, recipient),
    matching(rewards.campaignId, campaignId),
  );

export function rewardPage(
  db: Queryable,
  workspaceId: string,
  filter: RewardFilter,
  page: PageRequest,
): Promise<Page<Reward>> {
  return pageOf(reading(db), byTime(rewards, 'dueAt'), selected(workspaceId, filter), page);
}

/** In the order of a list. Unknown ids are left out. */
export function listRewardsById(db: Queryable, workspaceId: string, ids: string[]): Promise<Reward[]> {
  return reading(db)
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)))
    .orderBy(desc(rewards.dueAt), desc(rewards.id));
}

/** One parameter, however many ids. */
export const isOneOf = (ids: string[]): SQL => sql`${rewards.id} = any(${sql.param(ids)}::uuid[])`;
