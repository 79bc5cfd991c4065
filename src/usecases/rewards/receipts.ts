// Lists of issued rewards with their receipts: checked when they come, applied page by page once confirmed.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import { sumAmounts } from '../../domain/rewards/amount.ts';
import {
  type JudgedReceipt,
  judgeReceipt,
  type ReceiptLine,
  type ReceiptOutcome,
} from '../../domain/rewards/receipt.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  countReceipts,
  insertReceipts,
  listReceipts,
  type ReceiptFile,
  receiptFileRows,
  settleReceipts,
} from '../../store/rewards/receipts.ts';
import { lockRewards, type RewardFacts, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { found } from '../found.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { applyRewardChange, refusalOfReward } from './change-rewards.ts';
import type { Sum } from './rewards.ts';

export const receiptWork: PageWork = {
  name: 'receipts',
  rows: receiptFileRows,
  step,
  giveUp: (ctx, tx, key, trouble) =>
    receiptFileRows.change(tx, key, { state: 'failed', trouble, finishedAt: ctx.now() }, ctx.now()),
};

export const maxReceipts = 100_000;
const perPage = 500;
const perCheck = 1_000;

/** Changes nothing yet. */
export async function keepReceipts(
  ctx: Context,
  workspaceId: string,
  { name, lines }: { name: string; lines: readonly ReceiptLine[] },
): Promise<string> {
  const judged: JudgedReceipt[] = [];
  const unique = withoutRepeats(lines);
  for (let start = 0; start < unique.length; start += perCheck) {
    const some = unique.slice(start, start + perCheck);
    judged.push(...judge(some, await readRewardFacts(ctx.database.db, workspaceId, idsOf(some))));
  }
  const id = ctx.newId();
  await ctx.database.transaction(async (tx) => {
    const file = { id, workspaceId, name, state: 'ready' as const, changeId: ctx.newId() };
    await receiptFileRows.add(tx, { ...file, uploadedAt: ctx.now() });
    await insertReceipts(tx, workspaceId, id, judged);
  });
  return id;
}

function withoutRepeats(lines: readonly ReceiptLine[]): ReceiptLine[] {
  const first = new Map<string, number>();
  return lines.map((line) => {
    if (line.rewardId === null) return line;
    const earlier = first.get(line.rewardId);
    if (earlier === undefined) first.set(line.rewardId, line.line);
    const problem = earlier === undefined ? line.problem : `is for the same reward as line ${earlier}`;
    return { ...line, problem };
  });
}

const idsOf = (lines: readonly ReceiptLine[]) => lines.flatMap(({ rewardId }) => rewardId ?? []);

function judge(lines: readonly ReceiptLine[], rewards: readonly RewardFacts[]): JudgedReceipt[] {
  const known = new Map(rewards.map((reward) => [reward.id, reward]));
  return lines.map((line) => {
    const reward = known.get(line.rewardId ?? '');
    if (!reward) return judgeReceipt(line, null);
    const { amount, currency, status } = reward;
    const refusal = refusalOfReward(reward, 'issue');
    return judgeReceipt(line, { amount, currency, refusal, isIssued: status === 'issued' });
  });
}

export type ReceiptPreview = {
  file: ReceiptFile;
  counts: Record<ReceiptOutcome, number>;
  /** Of those to issue, or issued. */
  sums: Sum[];
  /** The first lines that cannot be used. */
  refused: JudgedReceipt[];
};

const refusedShown = 200;

export async function previewReceipts(
  ctx: Context,
  workspaceId: string,
  id: string,
): Promise<ReceiptPreview> {
  const { db } = ctx.database;
  const file = found(await receiptFileRows.find(db, workspaceId, id), 'file of receipts');
  const [rows, refused] = await Promise.all([
    countReceipts(db, workspaceId, id),
    listReceipts(db, workspaceId, id, { outcome: 'refused', after: 0, limit: refusedShown }),
  ]);
  const counts = { issue: 0, issued: 0, unchanged: 0, 'no-receipt': 0, refused: 0 };
  for (const { outcome, count } of rows) counts[outcome] += count;
  const shown: ReceiptOutcome = file.state === 'done' ? 'issued' : 'issue';
  const sums = rows
    .filter(({ outcome }) => outcome === shown)
    .map(({ currency, count, amount }) => ({
      currency,
      count,
      amount: amount && sumAmounts([amount], currency),
    }));
  return { file, counts, sums, refused };
}

/** Once, however often it is confirmed. */
export async function issueReceipts(ctx: Context, workspaceId: string, id: string, actor: IdentifiedActor) {
  const key = { workspaceId, id };
  await ctx.database.transaction(async (tx) => {
    const file = found(await receiptFileRows.lock(tx, key), 'file of receipts');
    if (file.state !== 'ready') return;
    const rows = await countReceipts(tx, workspaceId, id);
    const count = rows.reduce((sum, row) => sum + (row.outcome === 'issue' ? row.count : 0), 0);
    if (count === 0) throw new Failure('conflict', 'No line of this file issues a reward.');
    await receiptFileRows.change(tx, key, { state: 'running', actor }, ctx.now());
    await enqueuePages(ctx, tx, 'receipts', key);
    await recordAudit(ctx, tx, workspaceId, actor, 'receipts.issue', null, { count, file: id });
  });
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const file = await receiptFileRows.find(ctx.database.db, workspaceId, id);
  if (file?.state !== 'running') return 'over';
  return doPageOnce(ctx, receiptFileRows, file, (tx) => issuePage(ctx, tx, file));
}

/** Rewards may have changed since the preview: each is judged again, under its lock. */
async function issuePage(ctx: Context, tx: Tx, file: ReceiptFile): Promise<Stepped> {
  const { workspaceId, id, place: after, actor, changeId } = file;
  if (actor === null) throw new Error('receipts were confirmed without an actor');
  const page = await listReceipts(tx, workspaceId, id, { outcome: 'issue', after, limit: perPage });
  const locked = await lockRewards(tx, workspaceId, idsOf(page));
  const judged = judge(page, locked);
  const references = new Map(
    judged.flatMap(({ outcome, rewardId, reference }) =>
      outcome === 'issue' && rewardId !== null ? [[rewardId, reference] as const] : [],
    ),
  );
  const rewards = locked
    .filter((reward) => references.has(reward.id))
    .map((reward) => ({ ...reward, reference: references.get(reward.id) ?? null }));
  await applyRewardChange(ctx, tx, workspaceId, { change: 'issue', reason: null, changeId, rewards }, actor);
  const settled = judged.map((receipt) =>
    receipt.outcome === 'issue' ? { ...receipt, outcome: 'issued' as const } : receipt,
  );
  await settleReceipts(tx, workspaceId, id, settled);
  const isLast = page.length < perPage;
  const place = page.at(-1)?.line ?? after;
  const end = isLast ? { state: 'done' as const, finishedAt: ctx.now() } : {};
  await receiptFileRows.change(tx, file, { place, trouble: null, ...end }, ctx.now());
  return isLast ? 'over' : 'more';
}
