// How many rewards a referrer earned, in words, and totals of counts.
import { counted } from '../words.ts';
import { type EarnedStatus, earnedStatus } from './reward.ts';

/** "4 rewards earned: 1 due, 3 issued"; canceled rewards were not earned. */
export function rewardCounts(rewards: Partial<Record<EarnedStatus, number>>): string {
  const earned = { ...rewards, canceled: 0 };
  const total = totalOf(earned);
  const statuses = earnedStatus.options.filter((status) => (earned[status] ?? 0) > 0);
  const parts = statuses.map((status) => `${earned[status] ?? 0} ${status}`);
  return total === 0
    ? 'No rewards earned yet'
    : `${counted(total, 'reward', 'rewards')} earned: ${parts.join(', ')}`;
}

export function totalOf(counts: Partial<Record<string, number>>): number {
  return Object.values(counts).reduce<number>((sum, each) => sum + (each ?? 0), 0);
}
