// Rewards approved, issued or canceled, many at once: all of them, or none.
import type { Context } from '../../context.ts';
import { isOutside, platforms } from '../../domain/platforms/platform.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import {
  decideReward,
  type EarnedStatus,
  type RewardChange,
  statusAfter,
} from '../../domain/rewards/reward.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { insertHistories } from '../../store/program/referrals.ts';
import { settleReferralRewards } from '../../store/rewards/referral-rewards.ts';
import { type LockedReward, lockRewards, updateRewards } from '../../store/rewards/reward-changes.ts';
import { listRewardsById, type Reward } from '../../store/rewards/rewards.ts';
import { retryTransient } from '../retry.ts';
import { recordAudits } from '../workspace/record-audit.ts';
import { rewardHistory } from './reward-history.ts';

export type RewardRequest = {
  change: RewardChange;
  ids: readonly string[];
  /** The receipt, when issued. */
  reference: string | null;
  /** Why, when canceled. */
  reason: string | null;
};

type RewardActor = Actor & ReferralActor;

/**
 * Repeating a request changes nothing. Rejects with `not-found` when any id is unknown, and with `conflict` when any
 * reward cannot be changed so: then nothing is done.
 */
export async function changeRewards(
  ctx: Context,
  workspaceId: string,
  request: RewardRequest,
  actor: RewardActor,
): Promise<Reward[]> {
  const ids = [...new Set(request.ids)];
  const change = (tx: Tx) => changeLocked(ctx, tx, workspaceId, { ...request, ids }, actor);
  await retryTransient(3, () => ctx.database.transaction(change));
  return listRewardsById(ctx.database.db, workspaceId, ids);
}

/** Returns the id that an undo takes, and how many rewards changed. */
async function changeLocked(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { ids, ...request }: RewardRequest,
  actor: RewardActor,
): Promise<{ changeId: string; changed: number }> {
  const rewards = await lockRewards(tx, workspaceId, [...ids]);
  if (rewards.length < ids.length) throw new Failure('not-found', missing(ids, rewards));
  return applyRewardChange(ctx, tx, workspaceId, { ...request, rewards }, actor);
}

/** Of an outside platform's campaign: the platform pays, and its word counts. */
export async function copyRewardChange(
  ctx: Context,
  workspaceId: string,
  change: 'issue' | 'cancel',
  rewardIds: string[],
  actor: ReferralActor,
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const locked = await lockRewards(tx, workspaceId, rewardIds);
    const decidable = locked.map((reward) => ({ ...reward, block: null, approval: null }));
    const changed = decidable.filter((reward) => decideReward(reward, change).outcome === 'changed');
    const write = { change, reference: null, reason: null, changeId: ctx.newId() };
    await writeRewards(ctx, tx, workspaceId, { ...write, rewards: changed }, actor);
  });
}

type Applied = Pick<RewardRequest, 'change' | 'reference' | 'reason'> & {
  /** Locked. */
  rewards: readonly LockedReward[];
};

async function applyRewardChange(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  request: Applied,
  actor: RewardActor,
): Promise<{ changeId: string; changed: number }> {
  const { change, rewards } = request;
  const changed = rewards.filter((reward) => isNews(reward, change));
  const changeId = ctx.newId();
  await writeRewards(ctx, tx, workspaceId, { ...request, changeId, rewards: changed }, actor);
  const { reference, reason } = request;
  const entries = changed.map(({ id, campaign, status }) => {
    const more = { ...(reference !== null && { reference }), ...(reason !== null && { reason }) };
    return { subject: id, details: { campaign, before: status, after: statusAfter[change], ...more } };
  });
  await recordAudits(ctx, tx, workspaceId, actor, `reward.${change}`, entries);
  return { changeId, changed: changed.length };
}

/** False when nothing would change; throws `conflict` when it is not allowed. */
function isNews(reward: LockedReward, change: RewardChange): boolean {
  if (isOutside(reward.platform)) {
    const { name } = platforms[reward.platform];
    throw new Failure('conflict', `Rewards of ${reward.campaign} are issued on ${name}; change them there.`);
  }
  const decision = decideReward(reward, change);
  if (decision.outcome !== 'refused') return decision.outcome === 'changed';
  throw new Failure('conflict', `The reward ${reward.id} stays as it is: ${decision.why}.`);
}

async function writeRewards(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { change, rewards, reference, reason, changeId }: Applied & { changeId: string },
  actor: ReferralActor,
): Promise<void> {
  if (rewards.length === 0) return;
  const to: EarnedStatus = statusAfter[change];
  const at = ctx.now();
  const ids = rewards.map(({ id }) => id);
  await updateRewards(tx, workspaceId, { ids, to, at, by: actor, reference, reason, changeId });
  const by = { actor, at, reason: change === 'issue' ? reference : reason };
  const history = rewards.map(({ referralId, recipient, status }) => ({
    ...{ referralId, ...rewardHistory(recipient, status, to, by) },
  }));
  await insertHistories(tx, workspaceId, history);
  await settleReferralRewards(tx, workspaceId, [...new Set(rewards.map(({ referralId }) => referralId))]);
}

function missing(ids: readonly string[], found: readonly { id: string }[]): string {
  const known = new Set(found.map(({ id }) => id));
  return `There is no such reward: ${ids.find((id) => !known.has(id))}. Nothing was changed.`;
}
