// Rewards of campaigns that issue automatically are sent to the reward webhook once they may be issued.
import type { Context } from '../../context.ts';
import { refusalToSend } from '../../domain/rewards/reward.ts';
import { type NewRun, subjectInOwnSystem } from '../../domain/runs/run.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import type { Tx } from '../../store/database.ts';
import { type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { hasRewardWebhook } from '../../store/rewards/reward-webhooks.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun } from '../runs/plan-run.ts';
import { rescheduleRuns } from '../runs/run-log.ts';

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
    await planIssue(ctx, tx, { ...runOf(workspaceId, reward), cause, maxAttempts });
  }
}

/** A run that failed, or waits for its next attempt, begins again. */
async function planIssue(ctx: Context, tx: Tx, run: NewRun): Promise<void> {
  if (await planRun(ctx, tx, run)) return;
  const known = await findRunByKey(tx, run.workspaceId, run.deduplicationKey);
  if (known) await rescheduleRuns(ctx, tx, run.workspaceId, { id: known.id });
}

function runOf(workspaceId: string, { id: rewardId, referralId, personId }: RewardFacts) {
  return {
    ...{ workspaceId, referralId, subject: subjectInOwnSystem(personId) },
    deduplicationKey: `issue-reward:${rewardId}`,
    work: { kind: 'issue-reward' as const, rewardId },
  };
}
