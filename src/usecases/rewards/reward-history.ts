// A reward's changes in the history of its referral.
import type { HistoryEntry } from '../../domain/program/program.ts';
import type { EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';

const what = { referrer: 'reward', friend: 'friend_reward' } as const;

export function rewardHistory(
  recipient: RewardRecipient,
  before: EarnedStatus | null,
  after: EarnedStatus,
  by: Pick<HistoryEntry, 'actor' | 'at' | 'reason'>,
): Omit<HistoryEntry, 'id'> {
  return { ...by, what: what[recipient], from: before ?? 'none', to: after };
}
