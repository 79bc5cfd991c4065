// Rewards of campaigns that issue automatically are sent to the reward webhook once they may be issued.
import type { Context } from '../../context.ts';
import { refusalToSend } from '../../domain/rewards/reward.ts';
import { subjectInOwnSystem } from '../../domain/runs/run.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import type { Tx } from '../../store/database.ts';
import { type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { hasRewardWebhook } from '../../store/rewards/reward-webhooks.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planAgain } from '../runs/run-log.ts';

/** Those that must not or need not be sent are left out. */
export async function planIssues(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  rewardIds: string[],
  cause: string,
): Promise<void> {
  if (rewardIds.length === 0 || !(await hasRewardWebhook(tx, workspaceId))) return;
  const maxAttempts = attemptsFor('issue-reward', await readSettings(tx, workspaceId), null);
  for (const reward of await readRewardFacts(tx, workspaceId, rewardIds)) {
    if (refusalToSend(reward) !== null) continue;
    await planAgain(ctx, tx, { ...runOf(workspaceId, reward), cause, maxAttempts });
  }
}

function runOf(workspaceId: string, { id: rewardId, referralId, personId }: RewardFacts) {
  return {
    ...{ workspaceId, referralId, subject: subjectInOwnSystem(personId) },
    deduplicationKey: `issue-reward:${rewardId}`,
    work: { kind: 'issue-reward' as const, rewardId },
  };
}
