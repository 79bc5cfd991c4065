// Rewards that an outside platform keeps: read from it, and issued or canceled there, by runs.
import type { Context } from '../../context.ts';
import { isOutside, type OutsidePlatformName, platforms } from '../../domain/platforms/platform.ts';
import type { PlatformReward, PlatformRewardChange } from '../../domain/platforms/platform-reward.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { type CopiedPerson, findCopiedPeople } from '../../store/platforms/copies.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import type { RunHandler } from '../runs/run-handler.ts';
import { planAgain } from '../runs/run-log.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { listConnections } from './connections.ts';

export type ListedPlatformReward = PlatformReward & {
  /** Null until the person was copied. */
  recipient: Omit<CopiedPerson, 'platformId'> | null;
};

/** Those that the workspace is connected to. */
export async function connectedPlatforms(ctx: Context, workspaceId: string): Promise<OutsidePlatformName[]> {
  return (await listConnections(ctx, workspaceId)).map(({ platform }) => platform).filter(isOutside);
}

/** As the platform lists them now. Rejects when it does not answer. */
export async function readPlatformRewards(
  ctx: Context,
  workspaceId: string,
  platform: OutsidePlatformName,
): Promise<ListedPlatformReward[]> {
  const rewards = await ctx.platforms[platform].dueRewards(workspaceId);
  const ids = [...new Set(rewards.map(({ recipientId }) => recipientId))];
  const people = await findCopiedPeople(ctx.database.db, { workspaceId, platform }, ids);
  const byId = new Map(people.map(({ platformId, ...recipient }) => [platformId, recipient]));
  return rewards.map((reward) => ({ ...reward, recipient: byId.get(reward.recipientId) ?? null }));
}

type Settlement = { platform: OutsidePlatformName; ids: string[]; change: PlatformRewardChange };

const waitMs = 8_000;

/** Waits for them briefly. Returns how many are settled, how many failed, and how many are still on their way. */
export async function settlePlatformRewards(
  ctx: Context,
  workspaceId: string,
  { platform, ids, change }: Settlement,
  actor: Actor,
): Promise<{ done: number; failed: number; waiting: number }> {
  const keys = await ctx.database.transaction(async (tx) => {
    const maxAttempts = attemptsFor('platform-reward', await readSettings(tx, workspaceId), null);
    const planned: string[] = [];
    for (const rewardId of new Set(ids)) {
      const key = `platform-reward:${platform}:${rewardId}:${change}`;
      const isNew = await planAgain(ctx, tx, {
        ...{ workspaceId, subject: `reward ${rewardId} on ${platform}`, deduplicationKey: key },
        work: { kind: 'platform-reward', platform, rewardId, change },
        ...{ cause: `${actor.name} requested it`, maxAttempts },
      });
      const details = { id: rewardId, platform: platforms[platform].name };
      if (isNew) await recordAudit(ctx, tx, workspaceId, actor, `platform_reward.${change}`, null, details);
      planned.push(key);
    }
    return planned;
  });
  const deadline = Date.now() + waitMs;
  const counts = { done: 0, failed: 0, waiting: 0 };
  for (const key of keys) {
    const run = await waitForRun(ctx, workspaceId, key, Math.max(0, deadline - Date.now()));
    counts[run?.state === 'done' ? 'done' : run?.state === 'waiting' ? 'waiting' : 'failed'] += 1;
  }
  return counts;
}

/** Once the request may have reached the platform, a reward that is not due any more is settled. */
export const settlePlatformReward: RunHandler<'platform-reward'> = async (ctx, run, markAttempted) => {
  const { platform, rewardId, change } = run.work;
  const { workspaceId, attemptedAt } = run;
  const exchange = await ctx.platforms[platform].settleReward(workspaceId, rewardId, change, markAttempted);
  if (exchange !== null) return { exchange };
  if (attemptedAt !== null) return {};
  return { refused: `The reward is no longer due on ${platforms[platform].name}` };
};
