// Reads rewards: lists, totals, and what a change would do.
import type { Context } from '../../context.ts';
import { sumAmounts } from '../../domain/rewards/amount.ts';
import { decideReward, type EarnedStatus, type RewardChange } from '../../domain/rewards/reward.ts';
import { type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import {
  countByStatus,
  countWaitingRewards,
  type Reward,
  type RewardFilter,
  type RewardSort,
  type RewardTotal,
  rewardLabels,
  rewardList,
  rewardPage,
  rewardsAfter,
  rewardTotals,
  sumRewards,
} from '../../store/rewards/rewards.ts';
import { query } from '../query.ts';
import { refusalOfReward } from './change-rewards.ts';

export type { Reward, RewardFilter, RewardSort, RewardTotal };

export const listRewards = query(rewardPage);
export const browseRewards = query(rewardList);
export const sumListedRewards = query(sumRewards);
export const readRewardTotals = query(rewardTotals);
export const countWaiting = query(countWaitingRewards);
export const listRewardLabels = query(rewardLabels);
export const countRewardsByStatus = query(countByStatus);

/** In one currency, or without one. */
export type Sum = { currency: string | null; count: number; amount: string | null };

export type ChangePreview = {
  /** The ids that would change. */
  changing: string[];
  sums: Sum[];
  unchanged: number;
  /** How many, by why not. */
  refused: Map<string, number>;
};

export async function previewRewardChange(
  ctx: Context,
  workspaceId: string,
  change: RewardChange,
  ids: string[],
): Promise<ChangePreview> {
  const rewards = await readRewardFacts(ctx.database.db, workspaceId, ids);
  const { refused, allowed } = countRefusals(rewards, (reward) => refusalOfReward(reward, change));
  const changing = allowed.filter((reward) => decideReward(reward, change).outcome === 'changed');
  const unchanged = allowed.length - changing.length;
  return { changing: changing.map(({ id }) => id), sums: sumsOf(changing), unchanged, refused };
}

/** `refusalOf` returns null for those that are allowed. */
export function countRefusals(
  rewards: readonly RewardFacts[],
  refusalOf: (reward: RewardFacts) => string | null,
): { allowed: RewardFacts[]; refused: Map<string, number> } {
  const refused = new Map<string, number>();
  const allowed = rewards.filter((reward) => {
    const why = refusalOf(reward);
    if (why !== null) refused.set(why, (refused.get(why) ?? 0) + 1);
    return why === null;
  });
  return { allowed, refused };
}

export function sumsOf(rewards: readonly Pick<RewardFacts, 'amount' | 'currency'>[]): Sum[] {
  const groups = Map.groupBy(rewards, ({ currency }) => currency);
  return [...groups].map(([currency, group]) => ({
    ...{ currency, count: group.length },
    amount: sumAmounts(
      group.map(({ amount }) => amount),
      currency,
    ),
  }));
}

/** What the last change of many made of them; null when nothing is left of it. */
export async function readChange(
  ctx: Context,
  workspaceId: string,
  changeId: string,
): Promise<{ status: EarnedStatus; sums: Sum[] } | null> {
  const totals = await rewardTotals(ctx.database.db, workspaceId, { changeId });
  const [first] = totals;
  if (!first) return null;
  const groups = Map.groupBy(totals, ({ currency }) => currency);
  const sums = [...groups].map(([currency, group]) => ({
    ...{ currency, count: group.reduce((sum, total) => sum + total.count, 0) },
    amount: sumAmounts(
      group.map(({ amount }) => amount),
      currency,
    ),
  }));
  return { status: first.status, sums };
}

const perRead = 1_000;

/** All of them, in the memory of one page. */
export async function* readRewards(
  ctx: Context,
  workspaceId: string,
  filter: RewardFilter,
): AsyncGenerator<Reward> {
  let after: string | null = null;
  for (;;) {
    const rows: Reward[] = await rewardsAfter(ctx.database.db, workspaceId, filter, {
      after,
      limit: perRead,
    });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < perRead) return;
    after = last.id;
  }
}
