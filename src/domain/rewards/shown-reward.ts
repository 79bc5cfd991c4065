// The rewards of one referral as people are told about them: earned, still to earn, or why there is none.
import type { ReferralStatus } from '../program/referral.ts';
import {
  type CampaignRewards,
  type EarnedStatus,
  type RewardRecipient,
  type RewardStatus,
  rewardRecipient,
} from './reward.ts';

export type EarnedReward = {
  recipient: RewardRecipient;
  status: EarnedStatus;
  label: string;
  /** Since when it has this status. */
  since: Date;
  /** Who changed it last; null while it is due. */
  by: string | null;
  /** The receipt of an issued one; else why it was canceled or failed. */
  note: string | null;
};

export type ShownReward = {
  recipient: RewardRecipient;
  status: RewardStatus;
  /** Null when nothing is promised. */
  label: string | null;
  since: Date | null;
  by: string | null;
  note: string | null;
};

/**
 * `note` says why a qualified referral earned less than the campaign promises. Empty when the campaign promises
 * nothing. What is over promises nothing.
 */
export function shownRewards(
  referral: { status: ReferralStatus; note: string | null; hasReferrer: boolean },
  promised: CampaignRewards,
  earned: readonly EarnedReward[],
): ShownReward[] {
  return rewardRecipient.options.flatMap((recipient): ShownReward[] => {
    const reward = earned.find((candidate) => candidate.recipient === recipient);
    const isOpen = referral.status === 'pending';
    // Of an earlier qualification: it can be earned again.
    if (reward && !(isOpen && reward.status === 'canceled')) return [reward];
    const terms = promised[recipient];
    if (terms === null) return [];
    const none = { recipient, status: 'none' as const, since: null, by: null };
    const unearned = (note: string) => [{ ...none, label: null, note }];
    if (recipient === 'referrer' && !referral.hasReferrer) return unearned('This person has no referrer.');
    if (isOpen) return [{ ...none, label: terms.label, note: null }];
    if (referral.status !== 'qualified') return unearned(`The referral is ${referral.status}.`);
    return unearned(referral.note ?? 'It qualified before the campaign had this reward.');
  });
}
