// The queue of later work: pg-boss on the app's own PostgreSQL, so that a job is enqueued in the transaction that needs it.
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { type Job, job, jobNames } from './job.ts';

type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
/** An open transaction, as the store hands it on. */
type Transaction = Parameters<typeof fromDrizzle>[0];

export type Queue = {
  /** Call it before the first enqueue: it creates what the queue stores in the database. */
  start(): Promise<void>;
  enqueue(tx: Transaction, work: Job, options?: { afterSeconds?: number }): Promise<void>;
  /** Jobs of one kind, in one statement. */
  enqueueAll<One extends Job>(
    tx: Transaction,
    name: One['name'],
    works: readonly One[],
    options?: { afterSeconds?: number },
  ): Promise<void>;
  /** Takes up work until `stop`. A handler that rejects is tried again, ever later, for half an hour at least. */
  work(run: (work: Job) => Promise<void>): Promise<void>;
  /** Takes no more work and waits for what is in hand. */
  stop(): Promise<void>;
};

/**
 * Of each process, for each kind of job: how many workers, how many jobs each takes up together, and how many may belong
 * to one workspace, so that there are always workers left for the others.
 */
const ways: Record<Job['name'], { workers: number; atOnce: number; forOneWorkspace: number }> = {
  'settle-conversion': { workers: 2, atOnce: 2, forOneWorkspace: 2 },
  // A stream brings one small job for each notification: they are fetched and completed several at a time.
  'handle-deliveries': { workers: 4, atOnce: 4, forOneWorkspace: 3 },
  'read-member': { workers: 2, atOnce: 2, forOneWorkspace: 2 },
  reconcile: { workers: 1, atOnce: 2, forOneWorkspace: 1 },
  'work-runs': { workers: 8, atOnce: 2, forOneWorkspace: 6 },
};

/** Seconds: 2, 4, 8, … 300, each cut by up to a half at random. Intercom's outages last longer than minutes. */
const limits = {
  retryLimit: 20,
  retryDelay: 2,
  retryDelayMax: 300,
  retryBackoff: true,
  heartbeatSeconds: 10,
  expireInSeconds: 120,
  notify: true,
};

export function createQueue(options: { url: string; log: Log }): Queue {
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'referral-desk jobs',
    max: 4,
    // A worker that was killed is noticed within seconds instead of a minute (heartbeats below).
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    useListenNotify: true,
  });
  boss.on('error', (error) => options.log.warn({ err: error }, 'the job queue met an error'));

  /** One of several that were taken up together: each succeeds or fails by itself. */
  async function settle(
    name: Job['name'],
    taken: { id: string; data: unknown },
    run: (work: Job) => Promise<void>,
  ) {
    const read = job.safeParse(taken.data);
    if (!read.success) {
      // Work of a version that this one does not know: kept in the log, not tried for ever.
      options.log.error({ jobId: taken.id, name }, 'a job could not be read and was dropped');
      return { id: taken.id, status: 'completed' as const };
    }
    try {
      await run(read.data);
      return { id: taken.id, status: 'completed' as const };
    } catch (error) {
      const about = { err: error, job: name, workspaceId: read.data.workspaceId };
      options.log.warn(about, 'a job failed and will be tried again');
      return { id: taken.id, status: 'failed' as const };
    }
  }

  return {
    async start() {
      await boss.start();
      for (const name of jobNames) {
        await boss.createQueue(name, limits);
        // A queue that an earlier version created keeps what it was given, unless it is told.
        await boss.updateQueue(name, limits);
      }
    },
    async enqueue(tx, work, more = {}) {
      await boss.send(work.name, work, {
        db: fromDrizzle(tx, sql),
        startAfter: more.afterSeconds ?? 0,
        group: { id: work.workspaceId },
      });
    },
    async enqueueAll(tx, name, works, more = {}) {
      const jobs = works.map((data) => ({
        data,
        startAfter: more.afterSeconds ?? 0,
        group: { id: data.workspaceId },
      }));
      await boss.insert(name, jobs, { db: fromDrizzle(tx, sql) });
    },
    async work(run) {
      for (const name of jobNames) {
        const { workers, atOnce, forOneWorkspace } = ways[name];
        await boss.work(
          name,
          {
            localConcurrency: workers,
            batchSize: atOnce,
            // A worker that takes one job at a time sleeps a whole poll after each: half a dozen a second, whatever waits.
            burstWhenBatchFull: true,
            localGroupConcurrency: forOneWorkspace,
            // Delayed and retried jobs send no notice when they fall due: the poll finds them.
            pollingIntervalSeconds: 1,
            notifyPollingIntervalSeconds: 1,
            perJobResults: true,
          },
          (taken) => Promise.all(taken.map((one) => settle(name, one, run))),
        );
      }
    },
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  };
}
