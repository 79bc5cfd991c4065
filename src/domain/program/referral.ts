// Referrals and rewards: their statuses, and the allowed transitions.
import { z } from 'zod';
import { platformNames } from '../platforms/platform.ts';

export const referralStatus = z.enum(['pending', 'qualified', 'disqualified', 'expired']);
export type ReferralStatus = z.infer<typeof referralStatus>;

export const statusWords: Record<ReferralStatus, string> = {
  pending: 'Pending',
  qualified: 'Qualified',
  disqualified: 'Disqualified',
  expired: 'Expired',
};

export const rewardStatus = z.enum(['none', 'due', 'issued', 'canceled']);
export type RewardStatus = z.infer<typeof rewardStatus>;

export const platformName = z.enum(platformNames);
export type PlatformName = z.infer<typeof platformName>;

export const referralSource = z.enum(['link', 'api', 'manual', 'platform']);
export type ReferralSource = z.infer<typeof referralSource>;

export type ReferralState = { status: ReferralStatus; reward: RewardStatus };

/** `reopen` is the card's "Back to pending". */
export type ReferralChange =
  | 'qualify'
  | 'disqualify'
  | 'expire'
  | 'reopen'
  | 'issue-reward'
  | 'cancel-reward';

export type Transition =
  | { outcome: 'changed'; state: ReferralState }
  /** Requesting the current status is not an error, because callers may retry. */
  | { outcome: 'unchanged' }
  | { outcome: 'refused'; why: string };

const target = {
  qualify: 'qualified',
  disqualify: 'disqualified',
  expire: 'expired',
  reopen: 'pending',
} as const;

const allowedFrom: Record<keyof typeof target, readonly ReferralStatus[]> = {
  qualify: ['pending'],
  disqualify: ['pending', 'qualified'],
  expire: ['pending'],
  reopen: ['qualified', 'disqualified', 'expired'],
};

/** The result of `change` on a referral, with or without a reward in its campaign. Issued rewards are never revoked. */
export function transition(
  state: ReferralState,
  change: ReferralChange,
  campaignRewards: boolean,
): Transition {
  if (change === 'issue-reward' || change === 'cancel-reward') return rewardTransition(state, change);
  const status = target[change];
  if (state.status === status) return { outcome: 'unchanged' };
  if (!allowedFrom[change].includes(state.status)) {
    return {
      outcome: 'refused',
      why: `a referral that is ${state.status} cannot become ${status}; put it back to pending first`,
    };
  }
  return {
    outcome: 'changed',
    state: { status, reward: rewardAfter(state.reward, status, campaignRewards) },
  };
}

function rewardAfter(reward: RewardStatus, status: ReferralStatus, campaignRewards: boolean): RewardStatus {
  if (reward === 'issued') return 'issued';
  if (status === 'qualified') return campaignRewards ? 'due' : 'none';
  if (status === 'pending') return 'none';
  return reward === 'due' ? 'canceled' : reward;
}

function rewardTransition(state: ReferralState, change: 'issue-reward' | 'cancel-reward'): Transition {
  const reward = change === 'issue-reward' ? 'issued' : 'canceled';
  if (state.reward === reward) return { outcome: 'unchanged' };
  if (state.reward !== 'due')
    return {
      outcome: 'refused',
      why: `only a reward that is due can be ${reward}; this one is ${state.reward}`,
    };
  return { outcome: 'changed', state: { status: state.status, reward } };
}
