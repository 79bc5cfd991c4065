// Runs with handlers of the test's own, on a real database: driven by hand and by a clock, or by the real queue.
import { randomUUID } from 'node:crypto';
import type { Handlers, NewRun, Run, RunResult, Work } from '../../src/domain/runs/run.ts';
import { createQueue } from '../../src/jobs/queue.ts';
import { type Database, openDatabase, type Tx } from '../../src/store/database.ts';
import { createOutageStore } from '../../src/store/runs/outages.ts';
import { createRunStore, type EnqueueRuns, type RunStore, readRun } from '../../src/store/runs/runs.ts';
import { createSubjectLocks, type SubjectLocks } from '../../src/store/subject-lock.ts';
import { createRunLog, type RunLog } from '../../src/usecases/runs/run-log.ts';
import { createRuns, type Runs } from '../../src/usecases/runs/runs.ts';

export type Handle = (run: Run, signalAsked: () => Promise<void>) => Promise<RunResult<Tx>>;

/** The same for every kind of work. */
export function handlersOf(handle: Handle): Handlers<Tx> {
  return {
    'change-status': handle,
    'write-back': handle,
    tag: handle,
    event: handle,
    note: handle,
    enroll: handle,
    contact: handle,
  };
}

export const writeBack: Work = { kind: 'write-back', contactId: 'contact' };
export const changeStatus = (referralId: string = randomUUID()): Work => ({
  kind: 'change-status',
  referralId,
  change: 'qualify',
  reason: 'a test',
  actor: { kind: 'rule', name: 'Paid plan' },
  saleValue: null,
});

/** A run of workspace `w`; its `dedupe` is its own unless given. */
export function newRun(wanted: Partial<NewRun> & { subject: string }): NewRun {
  return {
    workspaceId: 'w',
    work: writeBack,
    dedupe: randomUUID(),
    cause: 'a test',
    mostAttempts: 3,
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
  asked_at: Date | null;
};

export type Driver = {
  runs: Runs;
  log: RunLog;
  database: Database;
  store: RunStore;
  /** In one transaction for each; resolves with whether it was new. */
  add(wanted: Partial<NewRun> & { subject: string }): Promise<boolean>;
  /** All of them, in their order. */
  rows(): Promise<RunRecord[]>;
  outcomes: string[];
  close(): Promise<void>;
};

const quiet = { info() {}, warn() {}, error() {} };

function assemble(
  database: Database,
  locks: SubjectLocks,
  enqueue: EnqueueRuns,
  handle: Handle,
  now: () => Date,
) {
  const store = createRunStore(database, enqueue, now);
  const outcomes: string[] = [];
  const runs = createRuns<Tx>({
    handlers: handlersOf(handle),
    runs: { ...store, read: readRun },
    outages: createOutageStore(database, enqueue),
    locks,
    now,
    random: () => 0.5,
    count: (_kind, outcome) => void outcomes.push(outcome),
    log: quiet,
  });
  return {
    runs,
    log: createRunLog({ runs: store, audit: { record: async () => {} } }),
    outcomes,
    database,
    store,
    add: (wanted: Partial<NewRun> & { subject: string }) =>
      database.transaction((tx) => store.add(tx, newRun(wanted))),
    rows: async () => {
      const read = await database.pool.query<RunRecord>('select * from runs order by seq');
      return read.rows;
    },
  };
}

export type HandDriver = Driver & { woken: string[]; lockLost(): boolean };

/**
 * Without a queue: the test calls `work`, `sweep` and `probe` itself. `woken` lists the subjects that got a job.
 * `beforeRelease` is done when a worker has found nothing more, and holds its subject still.
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
  const enqueue: EnqueueRuns = async (_tx, jobs) => void woken.push(...jobs.map((job) => job.subject));
  return {
    ...assemble(database, watched, enqueue, handle, now),
    woken,
    lockLost: () => lost,
    async close() {
      await locks.close();
      await database.close();
    },
  };
}

/** With the queue that the app has, as one process of several would have it. */
export async function queueRuns(databaseUrl: string, handle: Handle): Promise<Driver> {
  const database = openDatabase(databaseUrl, quiet);
  const locks = createSubjectLocks(databaseUrl, quiet);
  const queue = createQueue({ url: databaseUrl, log: quiet });
  await queue.start();
  const enqueue: EnqueueRuns = (tx, jobs, { afterMs = 0 } = {}) =>
    queue.enqueueAll(tx, jobs, { afterSeconds: afterMs / 1000 });
  const driver = assemble(database, locks, enqueue, handle, () => new Date());
  await queue.work(async (job) => {
    if (job.name === 'work-runs' || job.name === 'tell-intercom')
      await driver.runs.work(job.workspaceId, job.subject);
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
