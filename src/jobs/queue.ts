// The queue of later work: pg-boss on the app's own PostgreSQL, so that a job is enqueued in the transaction that needs it.
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { asOne, type Job, job, jobNames, sharedWith } from './job.ts';
import { createTurns } from './turns.ts';

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
  /** Those of a kind in one statement. */
  enqueueAll(tx: Transaction, works: readonly Job[], options?: { afterSeconds?: number }): Promise<void>;
  /**
   * Takes out what is there of a workspace, in whatever state, that one of these regular expressions of PostgreSQL finds.
   * Answers how many.
   */
  forget(
    tx: Transaction,
    workspaceId: string,
    patterns: { anyCase: string | null; exact: string | null },
  ): Promise<number>;
  /** Takes up work until `stop`. A handler that rejects is tried again, ever later, for half an hour at least. */
  work(run: (work: Job) => Promise<void>): Promise<void>;
  /** Rejects when this process works jobs and has not looked for any for half a minute. */
  ping(): Promise<void>;
  /** Takes no more work and waits for what is in hand. */
  stop(): Promise<void>;
};

/**
 * Of each process, for each kind of job: how many workers, how many jobs each takes up together, and how many may belong
 * to one workspace, so that there are always workers left for the others.
 */
const ways: Record<Job['name'], { workers: number; atOnce: number; forOneWorkspace?: number }> = {
  'settle-conversion': { workers: 2, atOnce: 2, forOneWorkspace: 2 },
  // A stream brings one small job for each notification: those of a workspace that are taken up together are done as
  // one. A limit for each workspace would have most of them put back and taken up again.
  'handle-deliveries': { workers: 4, atOnce: 64 },
  'plan-enrollments': { workers: 1, atOnce: 2, forOneWorkspace: 1 },
  'read-member': { workers: 2, atOnce: 2, forOneWorkspace: 2 },
  'read-contact': { workers: 2, atOnce: 2, forOneWorkspace: 1 },
  'read-contacts': { workers: 1, atOnce: 2, forOneWorkspace: 1 },
  reconcile: { workers: 1, atOnce: 2, forOneWorkspace: 1 },
  // A turn lasts a minute, and most of it is waiting for Intercom: workspaces must not wait for each other's.
  'work-batch': { workers: 4, atOnce: 1, forOneWorkspace: 1 },
  'work-runs': { workers: 6, atOnce: 2, forOneWorkspace: 4 },
  'work-in-pages': { workers: 2, atOnce: 2, forOneWorkspace: 2 },
  'tell-intercom': { workers: 8, atOnce: 2, forOneWorkspace: 6 },
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
  // What became of the work is in the work's own tables.
  deleteAfterSeconds: 3_600,
};

/** A peer that vanished without a word is noticed by the query that waits for it, and its connection replaced. */
const heldOpen = { keepAlive: true, keepAliveInitialDelayMillis: 5_000, query_timeout: 10_000 };

/** Workers look for jobs every second, and a query that hangs is given up after ten. */
const idleTooLongMs = 30_000;

/** `connections` in all, the one that listens included. */
export function createQueue(options: { url: string; connections?: number; log: Log }): Queue {
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'referral-desk jobs',
    max: (options.connections ?? 5) - 1,
    ...heldOpen,
    // A worker that was killed is noticed within seconds instead of a minute (heartbeats below).
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 600,
    useListenNotify: true,
  });
  const priorityOf = createTurns();
  boss.on('error', (error) => options.log.warn({ err: error }, 'the job queue met an error'));

  /** What is done as one succeeds or fails as one; everything else that was taken up together, each by itself. */
  async function settle(
    name: Job['name'],
    taken: readonly { id: string; data: unknown }[],
    run: (work: Job) => Promise<void>,
  ): Promise<{ id: string; status: 'completed' | 'failed' }[]> {
    const read = taken.map(({ id, data }) => ({ id, work: job.safeParse(data).data ?? null }));
    const groups = Map.groupBy(read, ({ id, work }) => (work && sharedWith(work)) ?? id);
    const settled = [...groups.values()].map(async (group) => {
      const works = group.flatMap(({ work }) => work ?? []);
      const status = await attempt(name, asOne(works), run);
      return group.map(({ id }) => ({ id, status }));
    });
    return (await Promise.all(settled)).flat();
  }

  async function attempt(
    name: Job['name'],
    work: Job | null,
    run: (work: Job) => Promise<void>,
  ): Promise<'completed' | 'failed'> {
    if (work === null) {
      // Of a version that this one does not know: kept in the log, not tried for ever.
      options.log.error({ name }, 'a job could not be read and was dropped');
      return 'completed';
    }
    try {
      await run(work);
      return 'completed';
    } catch (error) {
      const about = { err: error, job: name, workspaceId: work.workspaceId };
      options.log.warn(about, 'a job failed and will be tried again');
      return 'failed';
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
        priority: priorityOf(work),
        group: { id: work.workspaceId },
      });
    },
    async enqueueAll(tx, works, more = {}) {
      for (const [name, alike] of Map.groupBy(works, (work) => work.name)) {
        const jobs = alike.map((data) => ({
          data,
          startAfter: more.afterSeconds ?? 0,
          priority: priorityOf(data),
          group: { id: data.workspaceId },
        }));
        await boss.insert(name, jobs, { db: fromDrizzle(tx, sql) });
      }
    },
    async forget(tx, workspaceId, { anyCase, exact }) {
      // pg-boss has no way to find jobs by what is in them.
      const { rows } = await fromDrizzle(tx, sql).executeSql(
        `delete from pgboss.job where data ->> 'workspaceId' = $1
           and (concat(data::text, output::text) ~* $2 or concat(data::text, output::text) ~ $3) returning id`,
        [workspaceId, anyCase, exact],
      );
      return rows.length;
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
            ...(forOneWorkspace !== undefined && { localGroupConcurrency: forOneWorkspace }),
            // Delayed and retried jobs send no notice when they fall due: the poll finds them.
            pollingIntervalSeconds: 1,
            notifyPollingIntervalSeconds: 1,
            perJobResults: true,
          },
          (taken) => settle(name, taken, run),
        );
      }
    },
    async ping() {
      const workers = boss.getWipData();
      const latest = Math.max(...workers.map(({ lastFetchedOn, createdOn }) => lastFetchedOn ?? createdOn));
      if (workers.length > 0 && Date.now() - latest > idleTooLongMs)
        throw new Error('no worker has looked for jobs lately');
    },
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  };
}
