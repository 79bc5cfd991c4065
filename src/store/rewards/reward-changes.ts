// Changes of rewards: approved, issued, canceled or taken back, many at once.
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { PlatformName, ReferralStatus } from '../../domain/program/referral.ts';
import type {
  CampaignRewards,
  DecidableReward,
  EarnedStatus,
  RewardRecipient,
} from '../../domain/rewards/reward.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, referralOf } from '../joins.ts';
import { blockColumn } from '../program/qualification-block.ts';
import { campaigns, referrals } from '../schema.ts';
import { isOneOf } from './rewards.ts';
import { rewards } from './schema-rewards.ts';

/** With all that decides on a change. */
export type RewardFacts = DecidableReward & {
  id: string;
  referralId: string;
  referralStatus: ReferralStatus;
  recipient: RewardRecipient;
  personId: string;
  currency: string | null;
  campaignId: string;
  campaign: string;
  promised: CampaignRewards;
  platform: PlatformName;
  changedFrom: EarnedStatus | null;
  autoIssue: boolean;
};

export type RewardUpdate = {
  rewards: readonly { id: string; reference: string | null }[];
  to: EarnedStatus;
  at: Date;
  by: Pick<ReferralActor, 'kind' | 'name'>;
  reason: string | null;
  changeId: string;
};

const readingFacts = (db: Queryable, workspaceId: string, which: SQL) =>
  db
    .select({
      id: rewards.id,
      referralId: rewards.referralId,
      referralStatus: referrals.status,
      recipient: rewards.recipient,
      personId: rewards.personId,
      amount: rewards.amount,
      currency: rewards.currency,
      status: rewards.status,
      changedFrom: rewards.changedFrom,
      approval: campaigns.rewardApproval,
      autoIssue: campaigns.autoIssue,
      block: blockColumn,
      campaignId: rewards.campaignId,
      campaign: campaigns.name,
      promised: campaigns.rewards,
      platform: campaigns.platform,
    })
    .from(rewards)
    .innerJoin(campaigns, campaignOf(rewards))
    .innerJoin(referrals, referralOf(rewards))
    .where(and(eq(rewards.workspaceId, workspaceId), which))
    .orderBy(asc(rewards.id));

/** Unknown ids are left out. */
export function readRewardFacts(db: Queryable, workspaceId: string, ids: string[]): Promise<RewardFacts[]> {
  return readingFacts(db, workspaceId, isOneOf(ids));
}

/** The same, locked. */
export function lockRewards(tx: Tx, workspaceId: string, ids: string[]): Promise<RewardFacts[]> {
  return lock(tx, workspaceId, isOneOf(ids));
}

export function lockRewardsOfChange(tx: Tx, workspaceId: string, changeId: string): Promise<RewardFacts[]> {
  return lock(tx, workspaceId, eq(rewards.changeId, changeId));
}

/** Referrals first, in order, as a change of their status does. */
async function lock(tx: Tx, workspaceId: string, which: SQL): Promise<RewardFacts[]> {
  const theirs = tx
    .select({ id: rewards.referralId })
    .from(rewards)
    .where(and(eq(rewards.workspaceId, workspaceId), which));
  await tx
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, theirs)))
    .orderBy(asc(referrals.id))
    .for('update');
  return readingFacts(tx, workspaceId, which).for('update', { of: rewards });
}

const stamps = {
  due: {},
  approved: { at: 'approvedAt', by: 'approvedBy' },
  issued: { at: 'issuedAt', by: 'issuedBy' },
  canceled: { at: 'canceledAt', by: 'canceledBy' },
  failed: { at: 'failedAt' },
} as const satisfies Record<EarnedStatus, { at?: keyof typeof rewards; by?: keyof typeof rewards }>;

export async function updateRewards(tx: Tx, workspaceId: string, update: RewardUpdate): Promise<void> {
  const { to, at, by, reason, changeId } = update;
  const given = sql`unnest(${sql.param(update.rewards.map(({ id }) => id))}::uuid[],
    ${sql.param(update.rewards.map(({ reference }) => reference))}::text[])`;
  await tx
    .update(rewards)
    .set({
      ...stamp(to, at, { kind: by.kind, name: by.name }),
      ...{ status: to, changeId, changedFrom: sql`${rewards.status}` },
      ...(to === 'issued' ? { reference: sql`given.reference`, reason: null } : { reason }),
    })
    .from(sql`${given} as given (id, reference)`)
    .where(and(eq(rewards.workspaceId, workspaceId), sql`${rewards.id} = given.id`));
}

/** Back to the status before the last change. */
export async function restoreRewards(
  tx: Tx,
  workspaceId: string,
  ids: string[],
  { from, to }: { from: EarnedStatus; to: EarnedStatus },
): Promise<void> {
  await tx
    .update(rewards)
    .set({
      ...stamp(from, null, null),
      ...{ status: to, changeId: null, changedFrom: null, reason: null },
      ...(from === 'issued' && { reference: null }),
    })
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)));
}

function stamp(status: EarnedStatus, at: Date | null, by: RewardUpdate['by'] | null) {
  const columns: { at?: string; by?: string } = stamps[status];
  return { ...(columns.at && { [columns.at]: at }), ...(columns.by && { [columns.by]: by }) };
}
