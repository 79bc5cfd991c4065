// Copies from an outside platform whether rewards were issued or canceled.
import type { Context } from '../../context.ts';
import type { ConnectionKey } from '../../store/platforms/connections.ts';
import { listCopiesAwaitingReward } from '../../store/platforms/copies.ts';
import { copyRewardChange } from '../rewards/change-rewards.ts';
import { byPlatform, outsidePlatform } from './copy-person.ts';

/**
 * The platform lists rewards by recipient, not by referral: a due one is settled once neither the referred
 * person nor the referrer has one due.
 */
export async function copyRewards(ctx: Context, key: ConnectionKey): Promise<void> {
  const { workspaceId, platform } = key;
  const waiting = await listCopiesAwaitingReward(ctx.database.db, key);
  if (waiting.length === 0) return;
  const rewards = await outsidePlatform(ctx, platform).rewards(workspaceId);
  for (const { rewardIds, platformId, referrerPlatformId } of waiting) {
    const states = [platformId, referrerPlatformId].map((key) => rewards.get(key ?? ''));
    if (states.includes('due')) continue;
    const change = states.includes('issued') ? 'issue' : 'cancel';
    await copyRewardChange(ctx, workspaceId, change, rewardIds, byPlatform(platform));
  }
}
