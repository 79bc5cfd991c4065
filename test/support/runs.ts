// Runs with the test's own handlers, on a real database: driven by hand and by a clock, or by the real queue.
import { randomUUID } from 'node:crypto';
import type { Context } from '../../src/context.ts';
import {
  type NewRun,
  type Run,
  type RunResult,
  type Work,
  workKindNames,
} from '../../src/domain/runs/run.ts';
import { Failure } from '../../src/failure.ts';
import { createQueue, type Queue } from '../../src/jobs/queue.ts';
import { type Database, openDatabase, type Tx } from '../../src/store/database.ts';
import { createSubjectLocks, type SubjectLocks } from '../../src/store/subject-lock.ts';
import { planRun } from '../../src/usecases/runs/plan-run.ts';
import type { RunHandler, RunHandlers } from '../../src/usecases/runs/run-handler.ts';
import { workRuns } from '../../src/usecases/runs/work-runs.ts';

export type Handle = (run: Run, markAttempted: () => Promise<void>) => Promise<RunResult<Tx>>;

/** The same for every kind of work. */
function handlersOf(handle: Handle): RunHandlers {
  const handler: RunHandler = (_ctx, run, markAttempted) => handle(run, markAttempted);
  return Object.fromEntries(workKindNames.map((kind) => [kind, handler])) as RunHandlers;
}

export const writeBack: Work = { kind: 'write-back', contactId: 'contact' };
export const changeStatus = (referralId: string = randomUUID()): Work => ({
  kind: 'change-status',
  referralId,
  change: 'qualify',
  reason: 'a test',
  actor: { kind: 'rule', id: 'paid-plan', name: 'Paid plan' },
  saleValue: null,
});

/** A run of workspace `w`; its `deduplicationKey` is unique by default. */
export function newRun(wanted: Partial<NewRun> & { subject: string }): NewRun {
  return {
    workspaceId: 'w',
    work: writeBack,
    deduplicationKey: randomUUID(),
    cause: 'a test',
    maxAttempts: 3,
    ...wanted,
  };
}

export type RunRecord = {
  subject: string;
  state: string;
  paused_for: string | null;
  attempts: number;
  error: string | null;
  due_at: Date;
  attempted_at: Date | null;
};

export type Driver = {
  ctx: Context;
  database: Database;
  /** One transaction for each; resolves with whether it was new. */
  add(wanted: Partial<NewRun> & { subject: string }): Promise<boolean>;
  /** All of them, in order. */
  rows(): Promise<RunRecord[]>;
  outcomes: string[];
  /** Whether Intercom answers `GET /me`. It does not at first. */
  intercom: { isUp: boolean };
  /** Whether Referral Factory answers its probe. It does not at first. */
  platform: { isUp: boolean };
  stop(): void;
  close(): Promise<void>;
};

const quiet = { info() {}, warn() {}, error() {} };

function assemble(
  database: Database,
  locks: SubjectLocks,
  queue: Pick<Queue, 'enqueue' | 'enqueueAll'>,
  handle: Handle,
  now: () => Date,
) {
  const outcomes: string[] = [];
  const stopping = new AbortController();
  const intercom = { isUp: false };
  const platform = { isUp: false };
  const pingOf = (service: { isUp: boolean }) => async () => {
    if (!service.isUp) throw new Failure('unavailable', 'It did not answer (ECONNREFUSED)');
  };
  // Only what runs need of the context.
  const parts: Partial<Context> = {
    ...{ database, locks, now, log: quiet as unknown as Context['log'], queue: queue as Queue },
    intercom: { background: { ping: pingOf(intercom) } } as unknown as Context['intercom'],
    platforms: { 'referral-factory': { ping: pingOf(platform) } } as unknown as Context['platforms'],
    newId: randomUUID,
    random: () => 0.5,
    metrics: { countRun: (_kind, outcome) => void outcomes.push(outcome) } as Context['metrics'],
    runHandlers: handlersOf(handle),
    stopping: stopping.signal,
  };
  const ctx = parts as Context;
  return {
    ctx,
    outcomes,
    database,
    intercom,
    platform,
    stop: () => stopping.abort(),
    add: (wanted: Partial<NewRun> & { subject: string }) =>
      database.transaction((tx) => planRun(ctx, tx, newRun(wanted))),
    rows: async () => {
      const read = await database.pool.query<RunRecord>('select * from runs order by seq');
      return read.rows;
    },
  };
}

export type HandDriver = Driver & { woken: string[]; lockLost(): boolean };

/**
 * Without a queue: the test calls `work`, `sweep` and `probe` itself. `woken` lists the subjects that got a job.
 * `beforeRelease` runs when a worker has found nothing more, and still holds its subject.
 */
export function driveRuns(
  databaseUrl: string,
  handle: Handle,
  now: () => Date,
  beforeRelease: () => Promise<void> = async () => {},
): HandDriver {
  const database = openDatabase(databaseUrl, quiet);
  let lost = false;
  const locks = createSubjectLocks(databaseUrl, {
    warn() {
      lost = true;
    },
  });
  const watched: SubjectLocks = {
    ...locks,
    async take(workspaceId, subject) {
      const lock = await locks.take(workspaceId, subject);
      return lock && { holds: lock.holds, release: () => beforeRelease().then(lock.release) };
    },
  };
  const woken: string[] = [];
  const queue: Pick<Queue, 'enqueue' | 'enqueueAll'> = {
    async enqueue() {},
    async enqueueAll(_tx, jobs) {
      for (const job of jobs) if ('subject' in job) woken.push(job.subject);
    },
  };
  return {
    ...assemble(database, watched, queue, handle, now),
    woken,
    lockLost: () => lost,
    async close() {
      await locks.close();
      await database.close();
    },
  };
}

/** With the app's queue, as one process of several would have it. */
export async function queueRuns(databaseUrl: string, handle: Handle): Promise<Driver> {
  const database = openDatabase(databaseUrl, quiet);
  const locks = createSubjectLocks(databaseUrl, quiet);
  const queue = createQueue({ url: databaseUrl, log: quiet });
  await queue.start();
  const driver = assemble(database, locks, queue, handle, () => new Date());
  await queue.work(async (job) => {
    if ('subject' in job) await workRuns(driver.ctx, job.workspaceId, job.subject);
  });
  return {
    ...driver,
    async close() {
      await queue.stop();
      await locks.close();
      await database.close();
    },
  };
}
