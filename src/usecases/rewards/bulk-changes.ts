// One change of all rewards that a filter shows: checked page by page, and made page by page once confirmed.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import { sumAmounts } from '../../domain/rewards/amount.ts';
import { type BulkAct, type BulkOutcome, maxInBulk } from '../../domain/rewards/bulk-change.ts';
import { decideReward, refusalToSend } from '../../domain/rewards/reward.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  type BulkChange,
  type BulkRow,
  bulkChangeWork,
  countBulkRows,
  insertBulkRows,
  listBulkRows,
  settleBulkRows,
} from '../../store/rewards/bulk-changes.ts';
import { lockRewards, type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { hasRewardWebhook } from '../../store/rewards/reward-webhooks.ts';
import type { RewardFilter } from '../../store/rewards/rewards.ts';
import { found } from '../found.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { applyRewardChange, refusalOfReward } from './change-rewards.ts';
import type { Sum } from './rewards.ts';
import { planSending } from './send-rewards.ts';

export type { BulkChange };

export const bulkRewardWork: PageWork = {
  name: 'bulk-change',
  rows: bulkChangeWork,
  step,
  giveUp: (ctx, tx, key, trouble) =>
    bulkChangeWork.change(tx, key, { state: 'failed', trouble, finishedAt: ctx.now() }, ctx.now()),
};

const perCheck = 1_000;
const perChange = 500;
const noun = 'bulk change';

/** Changes nothing yet. Which rewards it is about is settled here: what matches later is none of it. */
export async function startBulkChange(
  ctx: Context,
  workspaceId: string,
  change: BulkAct,
  filter: RewardFilter,
): Promise<string> {
  const key = { workspaceId, id: ctx.newId() };
  await ctx.database.transaction(async (tx) => {
    const about = {
      change,
      state: 'checking' as const,
      rows: 0,
      changeId: ctx.newId(),
      startedAt: ctx.now(),
    };
    await bulkChangeWork.add(tx, { ...key, ...about });
    const rows = await insertBulkRows(tx, workspaceId, key.id, filter, maxInBulk);
    if (rows === 0) throw new Failure('conflict', 'No rewards match these filters.');
    await bulkChangeWork.change(tx, key, { rows }, ctx.now());
    await enqueuePages(ctx, tx, 'bulk-change', key);
  });
  return key.id;
}

export type BulkPreview = {
  bulk: BulkChange;
  counts: Record<BulkOutcome, number>;
  /** Of those to change, or changed. */
  sums: Sum[];
  /** How many cannot be changed, by why not. */
  refused: Map<string, number>;
};

export async function previewBulkChange(ctx: Context, workspaceId: string, id: string): Promise<BulkPreview> {
  const { db } = ctx.database;
  const bulk = found(await bulkChangeWork.find(db, workspaceId, id), noun);
  const counts = { change: 0, changed: 0, unchanged: 0, refused: 0 };
  const refused = new Map<string, number>();
  const sums: Sum[] = [];
  const shown: BulkOutcome = bulk.state === 'done' ? 'changed' : 'change';
  for (const { outcome, problem, currency, count, amount } of await countBulkRows(db, workspaceId, id)) {
    if (outcome !== null) counts[outcome] += count;
    if (problem !== null) refused.set(problem, (refused.get(problem) ?? 0) + count);
    if (outcome === shown) sums.push({ currency, count, amount: amount && sumAmounts([amount], currency) });
  }
  return { bulk, counts, sums, refused };
}

type Confirmed = { reference: string | null; reason: string | null };

/** Once, however often it is confirmed. */
export async function confirmBulkChange(
  ctx: Context,
  workspaceId: string,
  id: string,
  { reference, reason }: Confirmed,
  actor: IdentifiedActor,
): Promise<void> {
  const key = { workspaceId, id };
  await ctx.database.transaction(async (tx) => {
    const bulk = found(await bulkChangeWork.lock(tx, key), noun);
    if (bulk.state !== 'ready') return;
    const { change } = bulk;
    if (change === 'cancel' && reason === null)
      throw new Failure('invalid', 'Enter a reason.', { fields: { reason: 'is missing' } });
    const rows = await countBulkRows(tx, workspaceId, id);
    const count = rows.reduce((sum, row) => sum + (row.outcome === 'change' ? row.count : 0), 0);
    if (count === 0) throw new Failure('conflict', 'None of these rewards can be changed this way.');
    await bulkChangeWork.change(tx, key, { state: 'running', place: 0, reference, reason, actor }, ctx.now());
    await enqueuePages(ctx, tx, 'bulk-change', key);
    await recordAudit(ctx, tx, workspaceId, actor, 'rewards.change', null, { change, count });
  });
}

/** What is changed already stays so. */
export async function cancelBulkChange(ctx: Context, workspaceId: string, id: string): Promise<void> {
  const key = { workspaceId, id };
  await ctx.database.transaction(async (tx) => {
    const { state } = found(await bulkChangeWork.lock(tx, key), noun);
    if (state === 'checking' || state === 'ready' || state === 'running')
      await bulkChangeWork.change(tx, key, { state: 'canceled', finishedAt: ctx.now() }, ctx.now());
  });
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const bulk = await bulkChangeWork.find(ctx.database.db, workspaceId, id);
  if (bulk?.state === 'checking')
    return doPageOnce(ctx, bulkChangeWork, bulk, (tx) => checkPage(ctx, tx, bulk));
  if (bulk?.state === 'running')
    return doPageOnce(ctx, bulkChangeWork, bulk, (tx) => changePage(ctx, tx, bulk));
  return 'over';
}

async function checkPage(ctx: Context, tx: Tx, bulk: BulkChange): Promise<Stepped> {
  const page = await listBulkRows(tx, bulk, perCheck);
  const facts = await readRewardFacts(
    tx,
    bulk.workspaceId,
    page.map(({ rewardId }) => rewardId),
  );
  await settleBulkRows(tx, bulk, await judge(tx, bulk, page, facts));
  return goOn(ctx, tx, bulk, { page, isLast: page.length < perCheck, end: { state: 'ready' } });
}

/** Rewards may have changed since the preview: each is judged again, under its lock. */
async function changePage(ctx: Context, tx: Tx, bulk: BulkChange): Promise<Stepped> {
  const { workspaceId, change, changeId, actor, reference, reason } = bulk;
  if (actor === null) throw new Error('a bulk change was confirmed without an actor');
  const page = await listBulkRows(tx, bulk, perChange);
  const wanted = page.filter(({ outcome }) => outcome === 'change');
  const locked = await lockRewards(
    tx,
    workspaceId,
    wanted.map(({ rewardId }) => rewardId),
  );
  const judged = await judge(tx, bulk, wanted, locked);
  const ids = new Set(judged.flatMap((row) => (row.outcome === 'change' ? [row.rewardId] : [])));
  const chosen = locked.filter(({ id }) => ids.has(id));
  if (change === 'send') {
    await planSending(ctx, tx, workspaceId, chosen, actor);
  } else {
    const rewards = chosen.map((reward) => ({ ...reward, reference }));
    await applyRewardChange(ctx, tx, workspaceId, { change, reason, changeId, rewards }, actor);
  }
  const settled = judged.map((row) =>
    row.outcome === 'change' ? { ...row, outcome: 'changed' as const } : row,
  );
  await settleBulkRows(tx, bulk, settled);
  const end = { state: 'done' as const, finishedAt: ctx.now() };
  return goOn(ctx, tx, bulk, { page, isLast: page.length < perChange, end });
}

async function judge(
  tx: Tx,
  { workspaceId, change }: BulkChange,
  rows: readonly BulkRow[],
  rewards: readonly RewardFacts[],
): Promise<BulkRow[]> {
  const canSend = change !== 'send' || (await hasRewardWebhook(tx, workspaceId));
  const known = new Map(rewards.map((reward) => [reward.id, reward]));
  return rows.map((row) => {
    const reward = known.get(row.rewardId);
    if (!reward) return { ...row, outcome: 'refused', problem: 'is gone' };
    if (!canSend) return { ...row, outcome: 'refused', problem: 'has no reward webhook to be sent to' };
    const problem = change === 'send' ? refusalToSend(reward) : refusalOfReward(reward, change);
    if (problem !== null) return { ...row, outcome: 'refused', problem };
    const isNews = change === 'send' || decideReward(reward, change).outcome === 'changed';
    return { ...row, outcome: isNews ? 'change' : 'unchanged', problem: null };
  });
}

type Turn = { page: readonly BulkRow[]; isLast: boolean; end: Partial<BulkChange> };

async function goOn(ctx: Context, tx: Tx, bulk: BulkChange, { page, isLast, end }: Turn): Promise<Stepped> {
  const place = page.at(-1)?.line ?? bulk.place;
  await bulkChangeWork.change(tx, bulk, { place, trouble: null, ...(isLast && end) }, ctx.now());
  return isLast ? 'over' : 'more';
}
