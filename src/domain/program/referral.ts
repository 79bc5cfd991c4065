// Referrals and rewards: their statuses, and the allowed transitions.
import { z } from 'zod';
import { platformNames, type StatusChange } from '../platforms/platform.ts';
import type { QualificationBlock } from './qualification-block.ts';

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
export type ReferralChange = StatusChange | 'issue-reward' | 'cancel-reward';

type Transition =
  | { outcome: 'changed'; state: ReferralState }
  /** Requesting the current status is not an error, because callers may retry. */
  | { outcome: 'unchanged' }
  | { outcome: 'refused'; why: string };

const changes: Record<StatusChange, { to: ReferralStatus; from: readonly ReferralStatus[] }> = {
  qualify: { from: ['pending'], to: 'qualified' },
  disqualify: { from: ['pending', 'qualified'], to: 'disqualified' },
  expire: { from: ['pending'], to: 'expired' },
  reopen: { from: ['qualified', 'disqualified', 'expired'], to: 'pending' },
};

/** Issued rewards are never revoked. A referral with a block neither qualifies nor earns. */
export function transition(
  state: ReferralState,
  change: ReferralChange,
  campaignRewards: boolean,
  block: QualificationBlock | null,
): Transition {
  const to = unblockedTransition(state, change, campaignRewards);
  const isBlocked = block !== null && (change === 'qualify' || change === 'issue-reward');
  return isBlocked && to.outcome === 'changed' ? { outcome: 'refused', why: block.reason } : to;
}

function unblockedTransition(
  state: ReferralState,
  change: ReferralChange,
  campaignRewards: boolean,
): Transition {
  if (change === 'issue-reward' || change === 'cancel-reward') return rewardTransition(state, change);
  const { from, to: status } = changes[change];
  if (state.status === status) return { outcome: 'unchanged' };
  if (!from.includes(state.status)) {
    const why = `a referral that is ${state.status} cannot become ${status}; put it back to pending first`;
    return { outcome: 'refused', why };
  }
  const reward = rewardAfter(state.reward, status, campaignRewards);
  return { outcome: 'changed', state: { status, reward } };
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
  if (state.reward !== 'due') {
    const why = `only a reward that is due can be ${reward}; this one is ${state.reward}`;
    return { outcome: 'refused', why };
  }
  return { outcome: 'changed', state: { status: state.status, reward } };
}

/** Null while it may qualify. The schedule that expires it may be late: the app was down, or its holds ended first. */
export function whyOverdue(state: ReferralState, expiresAt: Date | null, now: Date): string | null {
  if (state.status !== 'pending' || expiresAt === null || expiresAt > now) return null;
  return 'Its time to qualify is over: it expires within minutes, and can be put back to pending then';
}

/** A referral that is disqualified or expired is over: nothing is in its way. */
export function shownBlock(status: ReferralStatus, block: QualificationBlock | null) {
  return status === 'pending' || status === 'qualified' ? block : null;
}
