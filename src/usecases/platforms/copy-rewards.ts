// Copies from an outside platform what became of the rewards that were due.
import type { Context } from '../../context.ts';
import type { ConnectionKey } from '../../store/platforms/connections.ts';
import { listCopiesAwaitingReward } from '../../store/platforms/copies.ts';
import { changeReward } from '../program/change-status.ts';
import { byPlatform, outsidePlatform } from './copy-person.ts';

/**
 * Rewards are told by their recipients, with no word of the referral behind each: one that was due has been issued
 * or canceled once neither the referred person nor the referrer has anything due any more.
 */
export async function copyRewards(ctx: Context, key: ConnectionKey): Promise<void> {
  const { workspaceId, platform } = key;
  const waiting = await listCopiesAwaitingReward(ctx.database.db, key);
  if (waiting.length === 0) return;
  const rewards = await outsidePlatform(ctx, platform).rewards(workspaceId);
  for (const { id, platformId, referrerPlatformId } of waiting) {
    const states = [platformId, referrerPlatformId].map((key) => rewards.get(key ?? ''));
    if (states.includes('due')) continue;
    const change = states.includes('issued') ? 'issue-reward' : 'cancel-reward';
    await changeReward(ctx, workspaceId, id, change, { actor: byPlatform(platform), reason: null });
  }
}
