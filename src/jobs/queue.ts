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
  /** Takes up work until `stop`. A handler that rejects is tried again, ever later, for half an hour at least. */
  work(run: (work: Job) => Promise<void>): Promise<void>;
  /** Takes no more work and waits for what is in hand. */
  stop(): Promise<void>;
};

/** Two workers for each kind of job in each process. */
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

  return {
    async start() {
      await boss.start();
      for (const name of jobNames) {
        await boss.createQueue(name, {
          // Seconds: 2, 4, 8, … 300, each cut by up to a half at random. Intercom's outages last longer than minutes.
          retryLimit: 20,
          retryDelay: 2,
          retryDelayMax: 300,
          retryBackoff: true,
          heartbeatSeconds: 10,
          expireInSeconds: 120,
          notify: true,
        });
      }
    },
    async enqueue(tx, work, more = {}) {
      await boss.send(work.name, work, { db: fromDrizzle(tx, sql), startAfter: more.afterSeconds ?? 0 });
    },
    async work(run) {
      for (const name of jobNames) {
        // Delayed and retried jobs send no notice when they fall due: the poll finds them.
        await boss.work(
          name,
          { batchSize: 1, localConcurrency: 2, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 },
          async ([taken]) => {
            if (!taken) return;
            const read = job.safeParse(taken.data);
            // Work of a version that this one does not know: kept in the log, not tried for ever.
            if (!read.success)
              return options.log.error({ jobId: taken.id, name }, 'a job could not be read and was dropped');
            await run(read.data).catch((error: unknown) => {
              options.log.warn(
                { err: error, job: name, workspaceId: read.data.workspaceId },
                'a job failed and will be tried again',
              );
              throw error;
            });
          },
        );
      }
    },
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  };
}
