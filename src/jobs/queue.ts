// The job queue: pg-boss on the app's own PostgreSQL, so that a transaction can enqueue its jobs.
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { statementName } from '../statement-name.ts';
import { createFairPriority } from './fair-priority.ts';
import { type Job, type JobName, jobKinds, jobNames, mergeJobs, mergeKey, readJob } from './job.ts';
import { repeat } from './repeat.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
type Transaction = Parameters<typeof fromDrizzle>[0];

export type Queue = {
  /** Creates the queue's tables; call it before the first enqueue. */
  start(): Promise<void>;
  enqueue(tx: Transaction, job: Job, options?: { afterSeconds?: number }): Promise<void>;
  enqueueAll(tx: Transaction, jobs: readonly Job[], options?: { afterSeconds?: number }): Promise<void>;
  /**
   * Deletes a workspace's jobs, in any state, that match a PostgreSQL regular expression. Returns how many.
   */
  forget(
    tx: Transaction,
    workspaceId: string,
    patterns: { anyCase: string | null; exact: string | null },
  ): Promise<number>;
  /** Runs until `stop`. A handler that rejects is retried with growing delays for at least half an hour. */
  work(run: (job: Job) => Promise<void>): Promise<void>;
  /** Rejects when a process with workers has not polled for half a minute. */
  ping(): Promise<void>;
  /** Takes no more jobs and waits for those in progress. */
  stop(): Promise<void>;
};

/**
 * Seconds: 2, 4, 8, … 300, with up to half of each taken off at random. Intercom's outages outlast minutes.
 */
const limits = {
  retryLimit: 20,
  retryDelay: 2,
  retryDelayMax: 300,
  retryBackoff: true,
  heartbeatSeconds: 10,
  expireInSeconds: 120,
  notify: true,
  // The outcome of the work is in its own tables.
  deleteAfterSeconds: 3_600,
};

/** TCP keep-alive makes a query to a vanished peer fail, so that its connection is replaced. */
const heldOpen = { keepAlive: true, keepAliveInitialDelayMillis: 5_000, query_timeout: 10_000 };

/** Delayed and retried jobs send no notification when due. Only a query finds them. */
const lookForDueMs = 2_000;

/** A worker of each queue looks every two seconds, and a hung query times out after ten. */
const idleTooLongMs = 30_000;

/** `connections` includes the one that listens. */
export function createQueue(options: { url: string; connections?: number; log: Log }): Queue {
  const boss = openBoss(options);
  const wakeUp = createWakeUp(boss);
  announceTo(boss, wakeUp);
  prepareStatements(boss);
  let stopLooking = async () => {};
  const priorityOf = createFairPriority();
  /** `group` lets `perWorkspace` limit the jobs of one workspace. */
  const placing = (job: Job, afterSeconds = 0) => ({
    startAfter: afterSeconds,
    priority: priorityOf(job),
    group: { id: job.workspaceId },
  });
  return {
    start: () => prepareQueues(boss),
    async enqueue(tx, job, { afterSeconds } = {}) {
      await boss.send(job.name, job, { db: fromDrizzle(tx, sql), ...placing(job, afterSeconds) });
    },
    async enqueueAll(tx, jobs, { afterSeconds } = {}) {
      for (const [name, alike] of Map.groupBy(jobs, (job) => job.name)) {
        const inserts = alike.map((data) => ({ data, ...placing(data, afterSeconds) }));
        await boss.insert(name, inserts, { db: fromDrizzle(tx, sql) });
      }
    },
    forget: forgetJobs,
    async work(run) {
      for (const name of jobNames)
        await startWorkers(boss, name, (taken) => {
          wakeUp.taken(name, taken.length);
          return settle(name, taken, run, options.log);
        });
      const lookForDue = async () => jobNames.forEach(wakeUp.announced);
      stopLooking = repeat(lookForDueMs, 'look for due jobs', lookForDue, options.log);
    },
    async ping() {
      const workers = boss.getWipData();
      const latest = Math.max(...workers.map(({ lastFetchedOn, createdOn }) => lastFetchedOn ?? createdOn));
      if (workers.length > 0 && Date.now() - latest > idleTooLongMs)
        throw new Error('no worker has polled for jobs recently');
    },
    async stop() {
      await stopLooking();
      await boss.stop({ graceful: true, timeout: 10_000 });
    },
  };
}

function openBoss({ url, connections = 5, log }: { url: string; connections?: number; log: Log }): PgBoss {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'referral-desk jobs',
    max: connections - 1,
    ...heldOpen,
    // Notices a killed worker within seconds instead of a minute (heartbeats above).
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 600,
    useListenNotify: true,
  });
  boss.on('error', (error) => log.warn({ err: error }, 'the job queue reported an error'));
  return boss;
}

/**
 * Only what this version changes is written: each statement would be a transaction of its own under a lock that all
 * starting processes share.
 */
async function prepareQueues(boss: PgBoss): Promise<void> {
  await boss.start();
  const known = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  for (const name of jobNames) {
    const queue = known.get(name);
    if (!queue) await boss.createQueue(name, limits);
    else if (!isDeepStrictEqual({ ...queue, ...limits }, queue)) await boss.updateQueue(name, limits);
  }
}

/** Has an announced job wake one worker, instead of all of its queue. */
function announceTo(boss: PgBoss, wakeUp: WakeUp): void {
  const database = boss.getDb();
  const listen = database.listen?.bind(database);
  if (!listen) throw new Error('pg-boss cannot listen for announced jobs');
  database.listen = (channel, _wakeAll, onReconnect) => listen(channel, wakeUp.announced, onReconnect);
}

/** Planning a fetch takes longer than doing it, so that statements with values are named, and planned once. */
function prepareStatements(boss: PgBoss): void {
  const database = boss.getDb();
  // It hands both to the driver's pool, which takes a query with its name as well.
  const execute = database.executeSql.bind(database) as (
    query: string | { text: string; values: unknown[]; name: string },
  ) => ReturnType<typeof database.executeSql>;
  // The driver cannot prepare a text of several statements.
  database.executeSql = (text, values) =>
    execute(values && !text.includes(';') ? { text, values, name: statementName(text) } : text);
}

async function startWorkers(
  boss: PgBoss,
  name: JobName,
  settleBatch: (taken: readonly TakenJob[]) => Promise<SettledJob[]>,
): Promise<void> {
  const { workers, batchSize, perWorkspace } = jobKinds[name];
  const options = {
    localConcurrency: workers,
    batchSize,
    // Without this, a worker that takes one job at a time sleeps a whole poll after each.
    burstWhenBatchFull: true,
    ...(perWorkspace !== undefined && { localGroupConcurrency: perWorkspace }),
    // Every worker polls only while nothing can be announced. Otherwise one of them is woken to look for due jobs: if
    // all polled, that would be most of what an idle process does.
    pollingIntervalSeconds: 1,
    notifyPollingIntervalSeconds: 60,
    perJobResults: true as const,
  };
  await boss.work(name, options, settleBatch);
}

type TakenJob = { id: string; data: unknown };
type SettledJob = { id: string; status: 'completed' | 'failed' };

/** Merged jobs succeed or fail together; other jobs of the batch do so one by one. */
async function settle(
  name: JobName,
  taken: readonly TakenJob[],
  run: (job: Job) => Promise<void>,
  log: Log,
): Promise<SettledJob[]> {
  const read = taken.map(({ id, data }) => ({ id, job: readJob(name, data) }));
  const groups = Map.groupBy(read, ({ id, job }) => (job && mergeKey(job)) ?? id);
  const settled = [...groups.values()].map(async (group) => {
    const jobs = group.flatMap(({ job }) => job ?? []);
    const status = await attempt(name, mergeJobs(jobs), run, log);
    return group.map(({ id }) => ({ id, status }));
  });
  return (await Promise.all(settled)).flat();
}

async function attempt(
  name: JobName,
  job: Job | null,
  run: (job: Job) => Promise<void>,
  log: Log,
): Promise<SettledJob['status']> {
  if (job === null) {
    // Enqueued by a newer version.
    log.error({ name }, 'a job could not be read and was dropped');
    return 'completed';
  }
  try {
    await run(job);
    return 'completed';
  } catch (error) {
    log.warn({ err: error, job: name, workspaceId: job.workspaceId }, 'a job failed and will be tried again');
    return 'failed';
  }
}

/** pg-boss cannot find jobs by their payload. */
async function forgetJobs(
  tx: Transaction,
  workspaceId: string,
  { anyCase, exact }: { anyCase: string | null; exact: string | null },
): Promise<number> {
  const { rows } = await fromDrizzle(tx, sql).executeSql(
    `delete from pgboss.job where data ->> 'workspaceId' = $1
       and (concat(data::text, output::text) ~* $2 or concat(data::text, output::text) ~ $3) returning id`,
    [workspaceId, anyCase, exact],
  );
  return rows.length;
}
