// What a referral earns, for the referrer and the friend: its statuses, and what may change them.
import { z } from 'zod';
import type { QualificationBlock } from '../program/qualification-block.ts';
import type { ReferralStatus } from '../program/referral.ts';
import { isAbove } from './amount.ts';

/** Of a referral; `none` when it earned nothing yet. */
export const rewardStatus = z.enum(['none', 'due', 'approved', 'issued', 'canceled', 'failed']);
export type RewardStatus = z.infer<typeof rewardStatus>;

/** Of a reward. */
export const earnedStatus = rewardStatus.exclude(['none']);
export type EarnedStatus = z.infer<typeof earnedStatus>;

export const earnedStatusWords: Record<EarnedStatus, string> = {
  due: 'Due',
  approved: 'Approved',
  issued: 'Issued',
  canceled: 'Canceled',
  failed: 'Failed',
};

export const rewardRecipient = z.enum(['referrer', 'friend']);
export type RewardRecipient = z.infer<typeof rewardRecipient>;

/** What a recipient is promised, in one form: see `readAmount`. */
export const rewardTerms = z.strictObject({
  label: z.string().describe('Your own label.'),
  amount: z
    .string()
    .nullable()
    .describe('An exact amount: "10.00" in EUR, "10" without a currency. Null: none.'),
  currency: z.string().nullable().describe('An ISO 4217 code. Null for points, vouchers and the like.'),
  limit_per_person: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .describe('Rewards a person can earn in the campaign. Canceled ones do not count. Null: no limit.'),
});
export type RewardTerms = z.infer<typeof rewardTerms>;

/** Null: no reward for that recipient. */
export const campaignRewards = z.strictObject({
  referrer: rewardTerms.nullable(),
  friend: rewardTerms.nullable(),
});
export type CampaignRewards = z.infer<typeof campaignRewards>;

export const noRewards: CampaignRewards = { referrer: null, friend: null };

/** `above` null: every reward. */
export const rewardApproval = z.strictObject({
  above: z
    .string()
    .nullable()
    .describe(
      'Only rewards above this amount, in their own currency, and those without an amount. Null: every reward.',
    ),
});
export type RewardApproval = z.infer<typeof rewardApproval>;

/** The promise in a few words, for referrals: the referrer's, else the friend's. */
export function rewardLabel({ referrer, friend }: CampaignRewards): string | null {
  return referrer?.label ?? friend?.label ?? null;
}

/** A reward without an amount cannot be compared, so it is approved too. */
export function needsApproval(approval: RewardApproval | null, amount: string | null): boolean {
  if (approval === null) return false;
  return approval.above === null || amount === null || isAbove(amount, approval.above);
}

/** The status of a referral's rewards together: the one that most needs attention. */
export function rewardOfReferral(status: ReferralStatus, rewards: readonly EarnedStatus[]): RewardStatus {
  const open = (['failed', 'due', 'approved', 'issued'] as const).find((each) => rewards.includes(each));
  if (open !== undefined) return open;
  const isOver = status === 'qualified' || status === 'disqualified';
  return isOver && rewards.length > 0 ? 'canceled' : 'none';
}

export const rewardChanges = ['approve', 'issue', 'cancel'] as const;
export type RewardChange = (typeof rewardChanges)[number];

export const statusAfter = { approve: 'approved', issue: 'issued', cancel: 'canceled' } as const;

type Decision =
  | { outcome: 'changed'; to: EarnedStatus }
  /** Requesting what is so already is not an error, because callers may retry. */
  | { outcome: 'unchanged' }
  /** `why` follows "the reward". */
  | { outcome: 'refused'; why: string };

// "=" is unchanged, "-" is refused.
const table: Record<RewardChange, Record<EarnedStatus, EarnedStatus | '=' | '-'>> = {
  approve: { due: 'approved', approved: '=', failed: 'approved', issued: '=', canceled: '-' },
  issue: { due: 'issued', approved: 'issued', failed: 'issued', issued: '=', canceled: '-' },
  cancel: { due: 'canceled', approved: 'canceled', failed: 'canceled', issued: '-', canceled: '=' },
};

export type DecidableReward = {
  status: EarnedStatus;
  amount: string | null;
  approval: RewardApproval | null;
  /** Of its referral: what keeps that from counting keeps its reward from being paid. */
  block: QualificationBlock | null;
};

export function decideReward(reward: DecidableReward, change: RewardChange): Decision {
  const { status, block } = reward;
  const to = table[change][status];
  if (to === '=') return { outcome: 'unchanged' };
  if (to === '-') {
    const advice = status === 'issued' ? '; it stays issued' : '';
    return { outcome: 'refused', why: `is ${status} and cannot be ${statusAfter[change]}${advice}` };
  }
  if (change !== 'cancel' && block !== null)
    return { outcome: 'refused', why: `is for a referral that cannot count. ${block.reason}` };
  if (change === 'issue' && status === 'due' && needsApproval(reward.approval, reward.amount)) {
    return { outcome: 'refused', why: 'needs approval first' };
  }
  return { outcome: 'changed', to };
}

type SendableReward = DecidableReward & {
  /** Of its campaign: see `Campaign`. */
  autoIssue: boolean;
  changedFrom: EarnedStatus | null;
};

/** A reward that failed is sent as what it was before. */
export function statusToSend({ status, changedFrom }: Pick<SendableReward, 'status' | 'changedFrom'>) {
  if (status !== 'failed') return status;
  return changedFrom === 'approved' ? 'approved' : 'due';
}

/** Null when it may be sent to the reward webhook, which issues it; else why not, to follow "the reward". */
export function refusalToSend(reward: SendableReward): string | null {
  if (!reward.autoIssue) return 'belongs to a campaign that does not issue automatically';
  const decision = decideReward({ ...reward, status: statusToSend(reward) }, 'issue');
  if (decision.outcome === 'refused') return decision.why;
  return decision.outcome === 'changed' ? null : 'is issued already';
}

/** The effect on a reward when its referral's status changes. Issued rewards stay issued. */
export function rewardAfterStatus(
  reward: EarnedStatus | null,
  status: ReferralStatus,
  isEarned: boolean,
): EarnedStatus | null {
  if (status === 'qualified') return (reward === null || reward === 'canceled') && isEarned ? 'due' : reward;
  return reward === null || reward === 'issued' ? reward : 'canceled';
}
