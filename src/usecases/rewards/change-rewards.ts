// Rewards approved, issued or canceled, many at once: all of them, or none.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { isOutside, platforms } from '../../domain/platforms/platform.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import {
  decideReward,
  type EarnedStatus,
  type RewardChange,
  statusAfter,
} from '../../domain/rewards/reward.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { insertHistories } from '../../store/program/referrals.ts';
import { settleReferralRewards } from '../../store/rewards/referral-rewards.ts';
import { lockRewards, type RewardFacts, updateRewards } from '../../store/rewards/reward-changes.ts';
import { listRewardsById, type Reward } from '../../store/rewards/rewards.ts';
import { retryTransient } from '../retry.ts';
import { recordAudits } from '../workspace/record-audit.ts';
import { planIssues } from './plan-issue.ts';
import { rewardHistory } from './reward-history.ts';

export type RewardRequest = {
  change: RewardChange;
  ids: readonly string[];
  /** The receipt, when issued. */
  reference: string | null;
  /** Why, when canceled. */
  reason: string | null;
};

/** What an undo takes, and how many rewards changed. */
export type RewardsChanged = { changeId: string; changed: number };

/**
 * Repeating a request changes nothing. Rejects with `not-found` when any id is unknown, and with `conflict` when any
 * reward cannot be changed so: then nothing is done.
 */
export async function changeRewards(
  ctx: Context,
  workspaceId: string,
  request: RewardRequest,
  actor: IdentifiedActor,
): Promise<RewardsChanged & { rewards: Reward[] }> {
  const ids = [...new Set(request.ids)];
  // PostgreSQL would reject the query: no record has such an id.
  const malformed = ids.find((id) => !z.guid().safeParse(id).success);
  if (malformed !== undefined) throw new Failure('not-found', missing([malformed], []));
  const changeId = ctx.newId();
  const work = async (tx: Tx) => {
    const locked = await lockRewards(tx, workspaceId, ids);
    if (locked.length < ids.length) throw new Failure('not-found', missing(ids, locked));
    const { change, reason, reference } = request;
    const rewards = locked.map((reward) => ({ ...reward, reference }));
    return applyRewardChange(ctx, tx, workspaceId, { change, reason, changeId, rewards }, actor);
  };
  const changed = await retryTransient(3, () => ctx.database.transaction(work));
  return { changeId, changed, rewards: await listRewardsById(ctx.database.db, workspaceId, ids) };
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
    const rewards = locked
      .filter(
        (reward) => decideReward({ ...reward, block: null, approval: null }, change).outcome === 'changed',
      )
      .map((reward) => ({ ...reward, reference: null }));
    const to = statusAfter[change];
    await writeRewards(ctx, tx, workspaceId, { to, reason: null, changeId: ctx.newId(), rewards }, actor);
  });
}

type LockedChange = Pick<RewardRequest, 'change' | 'reason'> & {
  changeId: string;
  rewards: readonly (RewardFacts & { reference: string | null })[];
};

/** The rewards must be locked. Returns how many changed. */
export async function applyRewardChange(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  request: LockedChange,
  actor: IdentifiedActor,
): Promise<number> {
  const { change, reason } = request;
  const rewards = request.rewards.filter((reward) => isNews(reward, change));
  const to = statusAfter[change];
  await writeRewards(ctx, tx, workspaceId, { ...request, to, rewards }, actor);
  if (change === 'approve') {
    const ids = rewards.filter(({ autoIssue }) => autoIssue).map(({ id }) => id);
    await planIssues(ctx, tx, workspaceId, ids, 'The reward was approved');
  }
  const entries = rewards.map(({ id, campaign, status, reference }) => {
    const more = { ...(reference !== null && { reference }), ...(reason !== null && { reason }) };
    return { subject: id, details: { campaign, before: status, after: to, ...more } };
  });
  await recordAudits(ctx, tx, workspaceId, actor, `reward.${change}`, entries);
  return rewards.length;
}

/** Null when the change is allowed, or made already; else why not, to follow "the reward". */
export function refusalOfReward(reward: RewardFacts, change: RewardChange): string | null {
  if (isOutside(reward.platform)) {
    return `belongs to ${platforms[reward.platform].name}; change it there`;
  }
  const decision = decideReward(reward, change);
  return decision.outcome === 'refused' ? decision.why : null;
}

/** False when nothing would change; throws `conflict` when it is not allowed. */
function isNews(reward: RewardFacts, change: RewardChange): boolean {
  const refusal = refusalOfReward(reward, change);
  if (refusal !== null)
    throw new Failure('conflict', `The reward ${reward.id} ${refusal}. Nothing was changed.`);
  return decideReward(reward, change).outcome === 'changed';
}

/** The rewards must be locked. No table is asked: the caller knows that it is so. */
export async function writeRewards(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { to, rewards, reason, changeId }: Omit<LockedChange, 'change'> & { to: EarnedStatus },
  actor: ReferralActor,
): Promise<void> {
  if (rewards.length === 0) return;
  const at = ctx.now();
  await updateRewards(tx, workspaceId, { rewards, to, at, by: actor, reason, changeId });
  const history = rewards.map(({ referralId, recipient, status, reference }) => {
    const by = { actor, at, reason: to === 'issued' ? reference : reason };
    return { referralId, ...rewardHistory(recipient, status, to, by) };
  });
  await insertHistories(tx, workspaceId, history);
  await settleReferralRewards(tx, workspaceId, [...new Set(rewards.map(({ referralId }) => referralId))]);
}

function missing(ids: readonly string[], found: readonly { id: string }[]): string {
  const known = new Set(found.map(({ id }) => id));
  return `Reward not found: ${ids.find((id) => !known.has(id))}. Nothing was changed.`;
}
