// Copies from an outside platform what became of the rewards that were due.
import { changesOf } from '../../domain/program/program.ts';
import { transition } from '../../domain/program/referral.ts';
import type { Place, ReconcileDeps } from './reconcile.ts';

type Deps<Tx> = Pick<
  ReconcileDeps<Tx>,
  'transaction' | 'platforms' | 'copying' | 'copies' | 'referrals' | 'now'
>;

/**
 * Rewards are told by whom they are for, with no word of the referral behind each: one that was due has been issued
 * or canceled once neither the referred nor the referrer has anything due any more.
 */
export function createRewardCopying<Tx>(deps: Deps<Tx>) {
  const { copying, copies } = deps;

  async function copyRewards({ workspaceId, platform }: Place): Promise<void> {
    const waiting = await copies.awaitingReward(workspaceId, platform);
    if (waiting.length === 0) return;
    const rewards = await copying.sourceOf(platform).rewards(workspaceId);
    for (const { id, platformId, referrerPlatformId } of waiting) {
      const theirs = [platformId, referrerPlatformId].map((one) => rewards.get(one ?? ''));
      if (theirs.includes('due')) continue;
      await setReward(
        { workspaceId, platform },
        id,
        theirs.includes('issued') ? 'issue-reward' : 'cancel-reward',
      );
    }
  }

  async function setReward(
    { workspaceId, platform }: Place,
    id: string,
    change: 'issue-reward' | 'cancel-reward',
  ) {
    const { name } = deps.platforms[platform];
    await deps.transaction(async (tx) => {
      const here = await deps.referrals.lock(tx, workspaceId, id);
      const next = here && transition(here, change, here.campaignRewards);
      if (!here || next?.outcome !== 'changed') return;
      await deps.referrals.setReward(tx, workspaceId, id, next.state.reward);
      const by = { actor: { kind: 'platform' as const, name }, reason: null, at: deps.now() };
      await deps.referrals.record(tx, workspaceId, id, changesOf(here, next.state, by));
    });
  }

  return { copyRewards };
}
