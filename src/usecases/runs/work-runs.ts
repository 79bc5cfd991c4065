// Does the recorded work: each subject's runs, in order.
import type { Context } from '../../context.ts';
import type { LoggedRun, Postponed, Run, WorkKind } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { claimProbes, listOutages, type Outage } from '../../store/runs/outages.ts';
import {
  findHeadRun,
  findOverdueSubjects,
  type HeadRun,
  markAttempted,
  readRun,
} from '../../store/runs/runs.ts';
import type { SubjectLock } from '../../store/subject-lock.ts';
import { endOutages, releaseProbe } from './outages.ts';
import { wakeSubjects } from './plan-run.ts';
import {
  endRun,
  handleRunFailure,
  holdBackRun,
  pauseForService,
  postpone,
  servicesOf,
} from './run-failure.ts';
import type { RunHandler } from './run-handler.ts';

// Then a subject with many runs yields to others.
const runsPerTurn = 20;
// A job is taken within two seconds: a run overdue for longer has lost its job.
const overdueAfterMs = 5_000;
const subjectsPerSweep = 20;

/**
 * Does a subject's due runs in order, unless another worker is; `probe` may be tried despite an outage.
 * Rejects when the database fails.
 */
export async function workRuns(
  ctx: Context,
  workspaceId: string,
  subject: string,
  probe: string | null = null,
): Promise<void> {
  do {
    const lock = await ctx.locks.take(workspaceId, subject);
    // The holder checks again after release, so that work committed by now is not missed.
    if (!lock) return;
    let left = runsPerTurn;
    try {
      while (
        left > 0 &&
        !ctx.stopping.aborted &&
        lock.holds() &&
        (await workNext(ctx, workspaceId, subject, lock, probe))
      )
        left -= 1;
    } finally {
      await lock.release();
    }
    // After the release: a worker that finds the lock taken gives up.
    if (left === 0 || ctx.stopping.aborted) {
      return ctx.database.transaction((tx) => wakeSubjects(ctx, tx, workspaceId, [subject]));
    }
  } while (await findDueRun(ctx, workspaceId, subject));
}

/** Those of several subjects at the same time. Rejects when one of them could not be worked. */
export async function workAllRuns(ctx: Context, workspaceId: string, subjects: readonly string[]) {
  const worked = await Promise.allSettled(subjects.map((subject) => workRuns(ctx, workspaceId, subject)));
  const failed = worked.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function findDueRun(ctx: Context, workspaceId: string, subject: string): Promise<HeadRun | null> {
  const head = await findHeadRun(ctx.database.db, workspaceId, subject);
  return head && head.pausedFor === null && head.dueAt <= ctx.now() ? head : null;
}

/** False when nothing is left to do now. */
async function workNext(
  ctx: Context,
  workspaceId: string,
  subject: string,
  lock: SubjectLock,
  probe: string | null,
): Promise<boolean> {
  const head = await findDueRun(ctx, workspaceId, subject);
  if (!head) return false;
  const outage = await outageFor(ctx, head, probe);
  if (!outage) await attempt(ctx, head, lock);
  else if (outage.since) await pauseForService(ctx, head, outage.service, null);
  else if (outage.probeAt) await holdBackRun(ctx, head, outage.probeAt, head.error);
  return true;
}

/** A service's outage, unless the run probes it, or its requested pause. */
async function outageFor(ctx: Context, run: HeadRun, probe: string | null): Promise<Outage | undefined> {
  const services = servicesOf(run);
  if (services.length === 0) return undefined;
  const at = ctx.now();
  const outages = await listOutages(ctx.database.db, run.workspaceId);
  return outages.find(
    ({ service, since, probeAt }) =>
      services.includes(service) && (since ? run.id !== probe : probeAt !== null && probeAt > at),
  );
}

async function attempt(ctx: Context, row: HeadRun, lock: SubjectLock): Promise<void> {
  const begunAt = ctx.now();
  try {
    const run = readRun(row);
    if (!run) throw new Failure('unexpected', `this version has no run of the kind ${row.kind}`);
    const result = await handle(ctx, run, run.work.kind, lock);
    if ('waitUntil' in result) return await waitUntil(ctx, row, result);
    const { exchange = null, written, record, refused, canceled } = result;
    await endRun(ctx, row, { at: ctx.now(), exchange, written, record, refused, canceled });
    // No request was made, so nothing is known about the service.
    if (!exchange) return;
  } catch (error) {
    // Without the lock, another worker may have begun and decides the outcome.
    if (lock.holds()) await handleRunFailure(ctx, row, error, begunAt);
    return;
  }
  await endOutages(ctx, row.workspaceId, servicesOf(row));
}

function handle<K extends WorkKind>(ctx: Context, run: Run, kind: K, lock: SubjectLock) {
  // TypeScript cannot relate the table to the union of all kinds.
  const handler = ctx.runHandlers[kind] as RunHandler;
  return handler(ctx, run, async () => {
    if (lock.holds() && (await markAttempted(ctx.database.db, run, ctx.now()))) return;
    throw new Failure('conflict', 'the run was finished, canceled or taken over meanwhile');
  });
}

async function waitUntil(ctx: Context, run: LoggedRun, { waitUntil: dueAt, why }: Postponed): Promise<void> {
  await postpone(ctx, run, { at: ctx.now(), dueAt, attempts: run.attempts, error: why });
  ctx.metrics.countRun(run.kind, 'held-back');
}

/** A subject with work that cannot be recorded must not block others. */
async function workIsolated(ctx: Context, workspaceId: string, subject: string, probe: string | null = null) {
  await workRuns(ctx, workspaceId, subject, probe).catch((error: unknown) =>
    ctx.log.error({ err: error, workspaceId, subject }, 'a subject could not be worked'),
  );
}

/** Does due work that lost its job or worker. */
export async function sweepRuns(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - overdueAfterMs);
  for (const { workspaceId, subject } of await findOverdueSubjects(
    ctx.database.db,
    before,
    subjectsPerSweep,
  )) {
    if (!ctx.stopping.aborted) await workIsolated(ctx, workspaceId, subject);
  }
}

/** Tries one paused run per outage with a due probe. */
export async function probeOutages(ctx: Context): Promise<void> {
  for (const { workspaceId, service } of await claimProbes(ctx.database.db, ctx.now())) {
    const probe = await releaseProbe(ctx, workspaceId, service);
    if (probe) await workIsolated(ctx, workspaceId, probe.subject, probe.id);
  }
}
