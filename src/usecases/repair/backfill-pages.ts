// A backfill's pages: read from the source, then counted or applied.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import { addCounts, type BackfillCounts, type BackfillState } from '../../domain/repair/backfill.ts';
import type { Tx } from '../../store/database.ts';
import { type Backfill, type BackfillChanges, backfillRows } from '../../store/repair/backfills.ts';
import { doPageOnce, noteTrouble, type PageWork } from '../page-work.ts';
import { type BackfillSource, backpressure, sourceOf } from './backfill-sources.ts';

/** No notification reports new members of a segment or search. */
const nextPassAfterMs = 6 * 3_600_000;

export const backfillWork: PageWork = {
  name: 'backfill',
  rows: backfillRows,
  step,
  giveUp: (ctx, tx, key, trouble) =>
    backfillRows.change(tx, key, { ...stopped(ctx, 'failed'), trouble }, ctx.now()),
};

export const isUnderWay = (state: BackfillState) => state === 'counting' || state === 'running';

/** Starts or resumes a pass. */
export function begun(ctx: Context, { wanted }: Backfill, progress: BackfillCounts) {
  return {
    state: 'running' as const,
    progress,
    startedAt: ctx.now(),
    startedWith: progress.seen,
    finishedAt: null,
    // Set at the start, so that contacts who appear during a pass are included.
    nextPassAt: isOngoing(wanted) ? nextPassAt(ctx) : null,
  };
}

export function stopped<State extends 'failed' | 'canceled'>(ctx: Context, state: State) {
  return { state, finishedAt: ctx.now(), nextPassAt: null };
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const backfill = await backfillRows.find(ctx.database.db, workspaceId, id);
  if (!backfill || !isUnderWay(backfill.state)) return 'over';
  const source = sourceOf(backfill.wanted);
  const wait = backfill.state === 'running' ? await backpressure(ctx, workspaceId, source.kind) : null;
  if (wait) {
    await noteTrouble(ctx, backfillWork, backfill, wait.why);
    return wait;
  }
  const page = await source.page(ctx, backfill);
  return doPageOnce(ctx, backfillRows, backfill, (tx) => doPage(ctx, tx, backfill, source, page));
}

async function doPage<Item>(
  ctx: Context,
  tx: Tx,
  backfill: Backfill,
  source: BackfillSource<Item>,
  { items, next }: { items: Item[]; next: string | null },
): Promise<Stepped> {
  const isCounting = backfill.state === 'counting';
  const counts = await (isCounting ? source.count : source.apply)(ctx, tx, backfill, items);
  const progress = addCounts(backfill.progress, counts);
  const changes = { progress, cursor: next, trouble: null };
  if (next !== null) {
    await backfillRows.change(tx, backfill, changes, ctx.now());
    return 'more';
  }
  const ended = isCounting ? { state: 'counted' as const, counted: progress } : passEnded(ctx, backfill);
  await backfillRows.change(tx, backfill, { ...changes, ...ended }, ctx.now());
  return 'over';
}

function passEnded(ctx: Context, { wanted }: Backfill): BackfillChanges {
  const finishedAt = ctx.now();
  if (!isOngoing(wanted)) return { state: 'done', finishedAt };
  return { state: 'watching', finishedAt, nextPassAt: nextPassAt(ctx) };
}

const isOngoing = (wanted: Backfill['wanted']) => wanted.from === 'intercom' && wanted.ongoing;
const nextPassAt = (ctx: Context) => new Date(ctx.now().getTime() + nextPassAfterMs);
