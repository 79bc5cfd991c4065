// Changes of rewards: approved, issued, canceled, many at once.
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { DecidableReward, EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';
import type { Tx } from '../database.ts';
import { campaignOf, referralOf } from '../joins.ts';
import { blockColumn } from '../program/qualification-block.ts';
import { campaigns, referrals } from '../schema.ts';
import { isOneOf } from './rewards.ts';
import { rewards } from './schema-rewards.ts';

export type LockedReward = DecidableReward & {
  id: string;
  referralId: string;
  recipient: RewardRecipient;
  label: string;
  currency: string | null;
  campaign: string;
  platform: PlatformName;
};

export type RewardUpdate = {
  ids: string[];
  to: EarnedStatus;
  at: Date;
  by: Pick<ReferralActor, 'kind' | 'name'>;
  reference: string | null;
  reason: string | null;
  changeId: string;
};

/** Referrals first, in order, as a change of their status does. Unknown ids are left out. */
export async function lockRewards(tx: Tx, workspaceId: string, ids: string[]): Promise<LockedReward[]> {
  const of = tx
    .select({ id: rewards.referralId })
    .from(rewards)
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)));
  await tx
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, of)))
    .orderBy(asc(referrals.id))
    .for('update');
  return tx
    .select({
      id: rewards.id,
      referralId: rewards.referralId,
      recipient: rewards.recipient,
      label: rewards.label,
      amount: rewards.amount,
      currency: rewards.currency,
      status: rewards.status,
      approval: campaigns.rewardApproval,
      block: blockColumn,
      campaign: campaigns.name,
      platform: campaigns.platform,
    })
    .from(rewards)
    .innerJoin(campaigns, campaignOf(rewards))
    .innerJoin(referrals, referralOf(rewards))
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)))
    .orderBy(asc(rewards.id))
    .for('update', { of: rewards });
}

const stamps = {
  due: {},
  approved: { at: 'approvedAt', by: 'approvedBy' },
  issued: { at: 'issuedAt', by: 'issuedBy' },
  canceled: { at: 'canceledAt', by: 'canceledBy' },
  failed: { at: 'failedAt' },
} as const satisfies Record<EarnedStatus, { at?: keyof typeof rewards; by?: keyof typeof rewards }>;

export async function updateRewards(tx: Tx, workspaceId: string, update: RewardUpdate): Promise<void> {
  const { ids, to, at, by, reference, reason, changeId } = update;
  const stamp: { at?: string; by?: string } = stamps[to];
  await tx
    .update(rewards)
    .set({
      ...(stamp.at && { [stamp.at]: at }),
      ...(stamp.by && { [stamp.by]: { kind: by.kind, name: by.name } }),
      ...{ status: to, changeId, changedFrom: sql`${rewards.status}` },
      ...(to === 'issued' ? { reference, reason: null } : { reason }),
    })
    .where(and(eq(rewards.workspaceId, workspaceId), isOneOf(ids)));
}
