// Takes back the last change of rewards, as long as nothing else changed them since.
import type { Context } from '../../context.ts';
import type { EarnedStatus } from '../../domain/rewards/reward.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { insertHistories } from '../../store/program/referrals.ts';
import { countForLimit, settleReferralRewards } from '../../store/rewards/referral-rewards.ts';
import { lockRewardsOfChange, type RewardFacts, restoreRewards } from '../../store/rewards/reward-changes.ts';
import { retryTransient } from '../retry.ts';
import { recordAudits } from '../workspace/record-audit.ts';
import { planIssues } from './plan-issue.ts';
import { rewardHistory } from './reward-history.ts';

/** A statement has ten seconds. */
const perStatement = 1_000;

/** Returns how many rewards are back; 0 when the change was taken back already. All of them, or a `conflict`. */
export function undoRewardChange(
  ctx: Context,
  workspaceId: string,
  changeId: string,
  actor: IdentifiedActor,
): Promise<number> {
  const work = async (tx: Tx) => {
    const rewards = (await lockRewardsOfChange(tx, workspaceId, changeId)).flatMap((reward) =>
      reward.changedFrom === null ? [] : [{ ...reward, to: reward.changedFrom }],
    );
    for (const reward of rewards)
      if (reward.status === 'canceled') await refuseSpent(tx, workspaceId, reward);
    for (let start = 0; start < rewards.length; start += perStatement)
      await undoAll(ctx, tx, workspaceId, rewards.slice(start, start + perStatement), actor);
    return rewards.length;
  };
  return retryTransient(3, () => ctx.database.transaction(work));
}

type Restored = RewardFacts & { to: EarnedStatus };

/** What canceled it may hold by now, or another reward may have used its place in the limit. */
async function refuseSpent(tx: Tx, workspaceId: string, reward: Restored): Promise<void> {
  const refuse = (why: string) => {
    throw new Failure('conflict', `A reward cannot come back: ${why}. Nothing was changed.`);
  };
  if (reward.referralStatus !== 'qualified') refuse('its referral is no longer qualified');
  const limit = reward.promised[reward.recipient]?.limit_per_person ?? null;
  if (limit !== null && (await countForLimit(tx, workspaceId, reward)) >= limit)
    refuse(`the ${reward.recipient} has reached the limit of ${limit}`);
}

async function undoAll(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  rewards: readonly Restored[],
  actor: IdentifiedActor,
): Promise<void> {
  await restoreAll(ctx, tx, workspaceId, rewards, { actor, reason: 'Undone' });
  // What had failed waits for a person again; a run that found the others canceled or issued is over.
  const ids = rewards.filter(({ autoIssue, to }) => autoIssue && to !== 'failed').map(({ id }) => id);
  await planIssues(ctx, tx, workspaceId, ids, 'A change of the reward was undone');
  const entries = rewards.map(({ id, campaign, status, to }) => ({
    ...{ subject: id, details: { campaign, before: status, after: to } },
  }));
  await recordAudits(ctx, tx, workspaceId, actor, 'reward.undo', entries);
}

/** The rewards must be locked. */
export async function restoreAll(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  rewards: readonly Restored[],
  { actor, reason }: { actor: IdentifiedActor; reason: string },
): Promise<void> {
  if (rewards.length === 0) return;
  const steps = Map.groupBy(rewards, ({ status, to }) => `${status} ${to}`);
  for (const [first, ...more] of steps.values()) {
    if (!first) continue;
    const ids = [first, ...more].map(({ id }) => id);
    await restoreRewards(tx, workspaceId, ids, { from: first.status, to: first.to });
  }
  const by = { actor, at: ctx.now(), reason };
  const history = rewards.map(({ referralId, recipient, status, to }) => ({
    ...{ referralId, ...rewardHistory(recipient, status, to, by) },
  }));
  await insertHistories(tx, workspaceId, history);
  await settleReferralRewards(tx, workspaceId, [...new Set(rewards.map(({ referralId }) => referralId))]);
}
