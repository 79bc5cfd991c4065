// Paged work: about a minute per job, and each job enqueues the next.
import type { Context } from '../context.ts';
import type { PageWorkName, Stepped, WorkKey } from '../domain/page-work.ts';
import type { Tx } from '../store/database.ts';
import type { WorkRows } from '../store/page-work.ts';
import { isReachable } from './reachability.ts';
import { retryTransient } from './retry.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export type PageWork = {
  name: PageWorkName;
  rows: WorkRows;
  /** Reads a page and processes it with `doPageOnce`. Rejects with what kept it from that. */
  step(ctx: Context, key: WorkKey): Promise<Stepped>;
  /** After a failure that waiting cannot fix, or too many in a row. */
  giveUp(ctx: Context, tx: Tx, key: WorkKey, why: string): Promise<void>;
};

/** Below the two minutes after which the queue gives a job to another worker. */
const maxTurnMs = 60_000;
/** A row untouched for this long belongs to a dead process. */
const abandonedAfterMs = 120_000;

/** Of one page. An Intercom outage does not count as a failure. */
const maxFailures = 5;

/**
 * `failures`: how often the page failed already. Rejects only when the database fails; the queue then
 * retries.
 */
export async function workPages(
  ctx: Context,
  work: PageWork,
  { workspaceId, id, failures = 0 }: WorkKey & { failures?: number | undefined },
): Promise<void> {
  const key = { workspaceId, id };
  const until = ctx.now().getTime() + maxTurnMs;
  let failedBefore = failures;
  const goOn = (afterSeconds: number, failures = 0) =>
    ctx.database.transaction((tx) => enqueuePages(ctx, tx, work.name, key, { afterSeconds, failures }));
  try {
    for (;;) {
      const stepped = await work.step(ctx, key);
      if (stepped === 'over') return;
      failedBefore = 0;
      if (stepped !== 'more') return await goOn(stepped.waitSeconds);
      if (ctx.now().getTime() >= until) return await goOn(0);
    }
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.of === 'database') throw error;
    const { words } = trouble;
    const about = { err: error, ...key, work: work.name };
    if (trouble.isUnexpected) ctx.log.error(about, 'work in pages met an error');
    else ctx.log.warn(about, 'work in pages was cut short');
    const failed = failedBefore + ((await isOwnFailure(ctx, workspaceId, trouble)) ? 1 : 0);
    if (trouble.isFinal || trouble.isDenied || failed >= maxFailures)
      return whileUnderWay(ctx, work, key, (tx) => work.giveUp(ctx, tx, key, words));
    await noteTrouble(ctx, work, key, words);
    await goOn(secondsToWait(trouble, failed), failed);
  }
}

/** Where Intercom answers others, a page that it never answers is the work's own failure. */
async function isOwnFailure(ctx: Context, workspaceId: string, { of }: Trouble): Promise<boolean> {
  return of === 'work' || (of === 'service' && (await isReachable(ctx, workspaceId, 'intercom')));
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
  { afterSeconds = 0, failures = 0 } = {},
): Promise<void> {
  const counted = failures === 0 ? {} : { failures };
  const job = { name: 'work-in-pages' as const, what: name, workspaceId, id, ...counted };
  return ctx.queue.enqueue(tx, job, { afterSeconds });
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

function secondsToWait({ of, retryAfterSeconds }: Trouble, failed: number): number {
  if (of === 'limit') return retryAfterSeconds ?? 10;
  // Short of `abandonedAfterMs`. Intercom may be partly down for minutes, so it waits longer.
  if (of === 'service') return failed > 0 ? 90 : 30;
  // Until the app is reinstalled.
  return of === 'grant' ? 60 : 2 ** failed;
}
