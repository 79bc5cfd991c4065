// Paged work: about a minute per job, and each job enqueues the next.
import type { Context } from '../context.ts';
import type { PageWorkName, Stepped, WorkKey } from '../domain/page-work.ts';
import { Failure } from '../failure.ts';
import type { Tx } from '../store/database.ts';
import type { WorkRows } from '../store/page-work.ts';
import { retryTransient } from './retry.ts';

export type PageWork = {
  name: PageWorkName;
  rows: WorkRows;
  /** Reads a page and processes it with `doPageOnce`. Rejects with a Failure when a service is down. */
  step(ctx: Context, key: WorkKey): Promise<Stepped>;
  /** After a Failure that waiting cannot fix. */
  giveUp(ctx: Context, tx: Tx, key: WorkKey, why: string): Promise<void>;
};

/** Below the two minutes after which the queue gives a job to another worker. */
const maxTurnMs = 60_000;
/** A row untouched for this long belongs to a dead process. */
const abandonedAfterMs = 120_000;

/** Rejects only when the database fails; the queue then retries. */
export async function workPages(ctx: Context, work: PageWork, { workspaceId, id }: WorkKey): Promise<void> {
  const key = { workspaceId, id };
  const until = ctx.now().getTime() + maxTurnMs;
  const goOn = (afterSeconds: number) =>
    ctx.database.transaction((tx) => enqueuePages(ctx, tx, work.name, key, afterSeconds));
  try {
    for (;;) {
      const stepped = await work.step(ctx, key);
      if (stepped === 'over') return;
      if (stepped !== 'more') return await goOn(stepped.waitSeconds);
      if (ctx.now().getTime() >= until) return await goOn(0);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ctx.log.warn({ err: error, ...key, work: work.name }, 'work in pages was cut short');
    const waitSeconds = waitAfter(error);
    if (waitSeconds === null) {
      return whileUnderWay(ctx, work, key, (tx) => work.giveUp(ctx, tx, key, error.message));
    }
    await noteTrouble(ctx, work, key, error.message);
    await goOn(waitSeconds);
  }
}

/** Every minute: continues the work of dead processes. */
export async function resumeAbandoned(ctx: Context, work: PageWork): Promise<void> {
  const before = new Date(ctx.now().getTime() - abandonedAfterMs);
  for (const key of await work.rows.abandoned(ctx.database.db, before)) {
    await ctx.database.transaction((tx) => enqueuePages(ctx, tx, work.name, key));
  }
}

export function enqueuePages(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  name: PageWorkName,
  { workspaceId, id }: WorkKey,
  afterSeconds = 0,
): Promise<void> {
  return ctx.queue.enqueue(tx, { name: 'work-in-pages', what: name, workspaceId, id }, { afterSeconds });
}

/**
 * Commits the page read at `seen` together with the next position, so that a crash neither loses nor repeats
 * it. Does nothing when the row has changed.
 */
export function doPageOnce<Row extends WorkKey & { step: number }>(
  ctx: Context,
  rows: { lock(tx: Tx, key: WorkKey): Promise<{ step: number } | null> },
  seen: Row,
  doPage: (tx: Tx) => Promise<Stepped>,
): Promise<Stepped> {
  return retryTransient(4, () =>
    ctx.database.transaction(async (tx) => {
      const locked = await rows.lock(tx, seen);
      return locked?.step === seen.step ? doPage(tx) : 'over';
    }),
  );
}

export function noteTrouble(ctx: Context, work: PageWork, key: WorkKey, trouble: string): Promise<void> {
  return whileUnderWay(ctx, work, key, (tx) => work.rows.change(tx, key, { trouble }, ctx.now()));
}

function whileUnderWay(ctx: Context, { rows }: PageWork, key: WorkKey, change: (tx: Tx) => Promise<void>) {
  return ctx.database.transaction(async (tx) => {
    if (await rows.isLockedUnderWay(tx, key)) await change(tx);
  });
}

/** Seconds; null when waiting cannot fix it. */
function waitAfter({ code, retryAfterSeconds }: Failure): number | null {
  if (code === 'rate-limited') return retryAfterSeconds ?? 10;
  if (code === 'unavailable') return 30;
  // Until the app is reinstalled.
  return code === 'unauthorized' ? 60 : null;
}
