// After a failed attempt: retry later, pause for an outage, or end the run.
import type { Context } from '../../context.ts';
import { isOutside } from '../../domain/platforms/platform.ts';
import {
  backoffMs,
  failuresOfAnOutage,
  type LoggedRun,
  type Pause,
  serviceOf,
} from '../../domain/runs/run.ts';
import {
  countServiceFailure,
  holdBackService,
  listOutages,
  pauseRun,
  recordTokenRefusal,
} from '../../store/runs/outages.ts';
import {
  clearAttempt,
  endStateOf,
  type FinishedRun,
  finishRun,
  type HeadRun,
  postponeRun,
  saveExchange,
} from '../../store/runs/runs.ts';
import { isReachable } from '../reachability.ts';
import { failureOfReward } from '../rewards/issue-reward.ts';
import { type Trouble, troubleOf } from '../trouble.ts';
import { withMuting } from './failed-run.ts';
import { endOutages } from './outages.ts';
import { wakeSubjects } from './plan-run.ts';

// For a rate limit without a delay, and our own database.
const holdBackMs = 10_000;

export function servicesOf(run: HeadRun): readonly Pause[] {
  const service = serviceOf(run);
  if (service === null) return [];
  return service === 'intercom' ? ['intercom', 'token'] : [service];
}

/** Rejects when the database fails. */
export async function handleRunFailure(ctx: Context, run: HeadRun, error: unknown, begunAt: Date) {
  const trouble = troubleOf(error);
  const { words } = trouble;
  const details = { err: error, workspaceId: run.workspaceId, run: run.id, kind: run.kind };
  if (trouble.isUnexpected || trouble.of === 'database')
    ctx.log.error(details, 'a run failed with an unexpected error');
  else ctx.log.warn(details, 'a run did not succeed');
  // A refused attempt had no effect, so the next one need not check.
  if (trouble.notDone) await clearAttempt(ctx.database.db, run);
  if (trouble.exchange) await saveExchange(ctx.database.db, run, trouble.exchange);
  const service = serviceOf(run);
  switch (trouble.of) {
    case 'database':
      return holdBackRun(ctx, run, new Date(ctx.now().getTime() + holdBackMs), words);
    case 'work':
      await retryOrFail(ctx, run, trouble);
      // It answered, with a grant that it takes: neither is what other runs wait for.
      if (trouble.isFinal || trouble.isDenied) await endOutages(ctx, run.workspaceId, servicesOf(run));
      return;
    case 'limit':
      return service === null ? retryOrFail(ctx, run, trouble) : slowDown(ctx, run, service, trouble);
    case 'grant':
      return service === null ? retryOrFail(ctx, run, trouble) : refused(ctx, run, service, words, begunAt);
    case 'service':
      return service === null ? retryOrFail(ctx, run, trouble) : unreachable(ctx, run, service, trouble);
  }
}

async function slowDown(ctx: Context, run: LoggedRun, service: Pause, trouble: Trouble): Promise<void> {
  const { retryAfterSeconds, words } = trouble;
  const forMs = retryAfterSeconds === undefined ? holdBackMs : retryAfterSeconds * 1_000;
  const until = new Date(ctx.now().getTime() + forMs);
  await holdBackService(ctx.database.db, run.workspaceId, service, { until, error: words });
  await holdBackRun(ctx, run, until, words);
}

async function refused(ctx: Context, run: LoggedRun, service: Pause, error: string, begunAt: Date) {
  const { workspaceId } = run;
  const { db } = ctx.database;
  const at = ctx.now();
  if (service === 'platform') {
    await countServiceFailure(db, workspaceId, service, { at, error, weight: failuresOfAnOutage });
    return pauseForService(ctx, run, service, error);
  }
  if (await recordTokenRefusal(db, workspaceId, { begunAt, error })) {
    return pauseForService(ctx, run, 'token', error);
  }
  await postpone(ctx, run, { at, dueAt: at, attempts: run.attempts, error });
}

async function unreachable(ctx: Context, run: HeadRun, service: Pause, trouble: Trouble): Promise<void> {
  const { words: error } = trouble;
  const { workspaceId } = run;
  if ((await wouldPause(ctx, workspaceId, service)) && (await isUp(ctx, run, service))) {
    await retryOrFail(ctx, run, trouble);
    return endOutages(ctx, workspaceId, servicesOf(run));
  }
  const at = ctx.now();
  const failure = { at, error, weight: 1 };
  const counted = await countServiceFailure(ctx.database.db, run.workspaceId, service, failure);
  if (counted.since) return pauseForService(ctx, run, service, error);
  // Other runs succeeded since this one's last failure, so the problem is its own and its attempts count.
  if (counted.failures === 1 && run.error !== null) return retryOrFail(ctx, run, trouble);
  const dueAt = new Date(at.getTime() + backoffMs(counted.failures, ctx.random));
  await postpone(ctx, run, { at, dueAt, attempts: run.attempts, error });
  ctx.metrics.countRun(run.kind, 'retried');
}

/** As this run's failure begins an outage, or as its probe continues it. */
async function wouldPause(ctx: Context, workspaceId: string, service: Pause): Promise<boolean> {
  const outages = await listOutages(ctx.database.db, workspaceId);
  const known = outages.find((outage) => outage.service === service);
  return known !== undefined && (known.since !== null || known.failures + 1 >= failuresOfAnOutage);
}

async function isUp(ctx: Context, { workspaceId, platform }: HeadRun, service: Pause): Promise<boolean> {
  if (service === 'intercom') return isReachable(ctx, workspaceId, service);
  return platform !== null && isOutside(platform) && isReachable(ctx, workspaceId, platform);
}

/** After the usual wait, or the longer one that the failure names. */
async function retryOrFail(ctx: Context, run: LoggedRun, trouble: Trouble): Promise<void> {
  const { words: error, isFinal, retryAfterSeconds = 0 } = trouble;
  const at = ctx.now();
  const attempts = run.attempts + 1;
  if (isFinal || attempts >= run.maxAttempts) return endRun(ctx, run, { at, attempts, refused: error });
  const waitMs = Math.max(backoffMs(attempts, ctx.random), retryAfterSeconds * 1_000);
  await postpone(ctx, run, { at, dueAt: new Date(at.getTime() + waitMs), attempts, error });
  ctx.metrics.countRun(run.kind, 'retried');
}

/** Done, canceled, or failed when refused for good. `requestStatusChange` ends runs that need no attempt. */
export async function endRun(ctx: Context, run: LoggedRun, end: FinishedRun): Promise<void> {
  const marked = await withMuting(ctx, run, end);
  const failed = end.refused === undefined ? null : failureOfReward(ctx, run, end.refused);
  const ended = await finishRun(ctx.database, run, failed === null ? marked : { ...marked, record: failed });
  if (ended) ctx.metrics.countRun(run.kind, endStateOf(marked));
}

export async function pauseForService(ctx: Context, run: LoggedRun, service: Pause, error: string | null) {
  const paused = await ctx.database.transaction((tx) => pauseRun(tx, run, service, error));
  if (paused) ctx.metrics.countRun(run.kind, 'paused');
}

export async function holdBackRun(ctx: Context, run: LoggedRun, until: Date, error: string | null) {
  // Spread over a second, so that waiting runs do not all return at once.
  const dueAt = new Date(until.getTime() + 1_000 * ctx.random());
  await postpone(ctx, run, { at: ctx.now(), dueAt, attempts: run.attempts, error });
  ctx.metrics.countRun(run.kind, 'held-back');
}

/** Enqueues the job in the same transaction. */
export async function postpone(
  ctx: Context,
  run: LoggedRun,
  { at, ...later }: { at: Date; dueAt: Date; attempts: number; error: string | null },
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    await postponeRun(tx, run, later);
    await wakeSubjects(ctx, tx, run.workspaceId, [run.subject], later.dueAt.getTime() - at.getTime());
  });
}
