// Rewards sent to the reward webhook by a person: those that were due before it was set, or that failed.
import type { Context } from '../../context.ts';
import { refusalToSend, statusToSend } from '../../domain/rewards/reward.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { lockRewards, type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { hasRewardWebhook } from '../../store/rewards/reward-webhooks.ts';
import { retryTransient } from '../retry.ts';
import { recordAudits } from '../workspace/record-audit.ts';
import { planIssues } from './plan-issue.ts';
import { type ChangePreview, countRefusals, sumsOf } from './rewards.ts';
import { restoreAll } from './undo-rewards.ts';

export async function previewSending(
  ctx: Context,
  workspaceId: string,
  ids: string[],
): Promise<ChangePreview> {
  const rewards = await readRewardFacts(ctx.database.db, workspaceId, ids);
  const { refused, allowed } = countRefusals(rewards, refusalToSend);
  return { changing: allowed.map(({ id }) => id), sums: sumsOf(allowed), unchanged: 0, refused };
}

/** Returns how many. All of them, or a `conflict`. */
export function sendRewards(
  ctx: Context,
  workspaceId: string,
  ids: string[],
  actor: IdentifiedActor,
): Promise<number> {
  const work = () =>
    ctx.database.transaction(async (tx) => {
      if (!(await hasRewardWebhook(tx, workspaceId)))
        throw new Failure('conflict', 'No reward webhook is set. Nothing was sent.');
      const rewards = await lockRewards(tx, workspaceId, ids);
      rewards.forEach(refuseUnsendable);
      await planSending(ctx, tx, workspaceId, rewards, actor);
      return rewards.length;
    });
  return retryTransient(3, work);
}

/** They are locked, and may be sent. */
export async function planSending(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  rewards: readonly RewardFacts[],
  actor: IdentifiedActor,
): Promise<void> {
  const failed = rewards.filter(({ status }) => status === 'failed');
  const restored = failed.map((reward) => ({ ...reward, to: statusToSend(reward) }));
  await restoreAll(ctx, tx, workspaceId, restored, { actor, reason: 'Sent again' });
  const entries = rewards.map(({ id, campaign }) => ({ subject: id, details: { campaign } }));
  await recordAudits(ctx, tx, workspaceId, actor, 'reward.send', entries);
  const ids = rewards.map(({ id }) => id);
  await planIssues(ctx, tx, workspaceId, ids, `Sent by ${actor.name}`);
}

function refuseUnsendable(reward: RewardFacts): void {
  const why = refusalToSend(reward);
  if (why !== null) throw new Failure('conflict', `The reward ${reward.id} ${why}. Nothing was sent.`);
}
