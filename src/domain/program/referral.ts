// Referrals: their statuses, and the allowed transitions.
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

export const platformName = z.enum(platformNames);
export type PlatformName = z.infer<typeof platformName>;

export const referralSource = z.enum(['link', 'api', 'manual', 'platform', 'messenger']);
export type ReferralSource = z.infer<typeof referralSource>;

export type ReferralState = { status: ReferralStatus };

type Transition =
  | { outcome: 'changed'; status: ReferralStatus }
  /** Requesting the current status is not an error, because callers may retry. */
  | { outcome: 'unchanged' }
  | { outcome: 'refused'; why: string };

/** `reopen` is the card's "Back to pending". */
const changes: Record<StatusChange, { to: ReferralStatus; from: readonly ReferralStatus[] }> = {
  qualify: { from: ['pending'], to: 'qualified' },
  disqualify: { from: ['pending', 'qualified'], to: 'disqualified' },
  expire: { from: ['pending'], to: 'expired' },
  reopen: { from: ['qualified', 'disqualified', 'expired'], to: 'pending' },
};

/** A referral with a block does not qualify. */
export function transition(
  state: ReferralState,
  change: StatusChange,
  block: QualificationBlock | null,
): Transition {
  const { from, to: status } = changes[change];
  if (state.status === status) return { outcome: 'unchanged' };
  if (!from.includes(state.status)) {
    const why = `a referral that is ${state.status} cannot become ${status}; set it back to pending first`;
    return { outcome: 'refused', why };
  }
  if (block !== null && change === 'qualify') return { outcome: 'refused', why: block.reason };
  return { outcome: 'changed', status };
}

/** Null while it may qualify. The schedule that expires it may be late: the app was down, or its holds ended first. */
export function whyOverdue(state: ReferralState, expiresAt: Date | null, now: Date): string | null {
  if (state.status !== 'pending' || expiresAt === null || expiresAt > now) return null;
  return 'Its time to qualify is over. It expires within minutes; then set it back to pending';
}

/** A referral that is disqualified or expired is over: nothing is in its way. */
export function shownBlock(status: ReferralStatus, block: QualificationBlock | null) {
  return status === 'pending' || status === 'qualified' ? block : null;
}
