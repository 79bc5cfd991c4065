// Runs: recorded in the transaction that wants them, with a job that wakes a worker; the order of a subject is theirs.
import { randomUUID } from 'node:crypto';
import { and, asc, eq, getTableColumns, isNull, lte, sql } from 'drizzle-orm';
import type { RefusedExchange } from '../../domain/runs/exchange.ts';
import { isInIntercom, type NewRun, type Run, readWork } from '../../domain/runs/run.ts';
import type { Finished, HeadRun } from '../../usecases/runs/run-edges.ts';
import type { Database, Tx } from '../database.ts';
import { campaigns, referrals, runs } from '../schema.ts';
import { createRunLogStore } from './run-log.ts';

export type RunJob = { name: 'work-runs' | 'tell-intercom'; workspaceId: string; subject: string };
export type EnqueueRuns = (tx: Tx, jobs: RunJob[], options?: { afterMs?: number }) => Promise<void>;

export type RunRow = typeof runs.$inferSelect;
export type RunCounts = { kind: string; waiting: number; paused: number; oldestDueAt: Date | null };

export type RunStore = ReturnType<typeof createRunStore>;

export function createRunStore(
  { db, transaction }: Database,
  enqueue: EnqueueRuns,
  now: () => Date = () => new Date(),
) {
  const one = (workspaceId: string, id: string) => and(eq(runs.workspaceId, workspaceId), eq(runs.id, id));
  const woken = new WeakMap<Tx, Set<string>>();
  // Not a parameter: a plan that is kept could not use the indexes of what waits.
  const waiting = sql`${runs.state} = 'waiting'`;
  // Asked several times for each run, so planned once for each connection.
  const firstWaiting = db
    .select({ ...getTableColumns(runs), platform: campaigns.platform })
    .from(runs)
    .leftJoin(referrals, and(eq(referrals.workspaceId, runs.workspaceId), eq(referrals.id, runs.referralId)))
    .leftJoin(
      campaigns,
      and(eq(campaigns.workspaceId, runs.workspaceId), eq(campaigns.id, referrals.campaignId)),
    )
    .where(
      and(
        eq(runs.workspaceId, sql.placeholder('workspaceId')),
        eq(runs.subject, sql.placeholder('subject')),
        waiting,
      ),
    )
    .orderBy(asc(runs.seq))
    .limit(1)
    .prepare('first_waiting_run');
  /** Records a run and wakes a worker, both with the transaction. False: a run of that `dedupe` is there already. */
  async function add(tx: Tx, run: NewRun): Promise<boolean> {
    const at = now();
    const [added] = await tx
      .insert(runs)
      .values({
        ...run,
        id: randomUUID(),
        kind: run.work.kind,
        referralId: run.referralId ?? ('referralId' in run.work ? run.work.referralId : null),
        state: 'waiting',
        dueAt: run.dueAt ?? at,
        createdAt: at,
      })
      .onConflictDoNothing({ target: [runs.workspaceId, runs.dedupe] })
      .returning({ dueAt: runs.dueAt });
    if (!added) return false;
    const afterMs = added.dueAt.getTime() - at.getTime();
    if (afterMs > 0 || firstOf(tx, run)) await enqueue(tx, [jobOf(run)], { afterMs });
    return true;
  }

  /** One job does all runs of a subject that a transaction adds. */
  function firstOf(tx: Tx, { workspaceId, subject }: NewRun): boolean {
    const key = `${workspaceId}:${subject}`;
    const subjects = woken.get(tx) ?? new Set();
    if (subjects.has(key)) return false;
    woken.set(tx, subjects.add(key));
    return true;
  }

  /** The first of the subject's runs that is neither done, failed nor canceled; all others wait behind it. */
  async function head(workspaceId: string, subject: string): Promise<HeadRun | null> {
    const [first] = await firstWaiting.execute({ workspaceId, subject });
    return first ?? null;
  }

  /** False when the run is not to be done any more: then nothing may be asked. */
  async function asked(run: Run, at: Date): Promise<boolean> {
    const marked = await db
      .update(runs)
      .set({ askedAt: at })
      .where(and(one(run.workspaceId, run.id), waiting));
    return marked.rowCount === 1;
  }

  /** As it was when the run was read, before the try that came to nothing. */
  async function notAsked(run: RunRow): Promise<void> {
    await db
      .update(runs)
      .set({ askedAt: run.askedAt })
      .where(and(one(run.workspaceId, run.id), waiting));
  }

  async function keepExchange(run: RunRow, exchange: RefusedExchange): Promise<void> {
    await db
      .update(runs)
      .set({ exchange })
      .where(and(one(run.workspaceId, run.id), waiting));
  }

  /**
   * Marks it done, or failed when it was refused, together with what `record` writes. False, with nothing written, when it
   * is not waiting any more.
   */
  async function finish(run: Run, { at, exchange, record, refused }: Finished<Tx>): Promise<boolean> {
    const end =
      refused === undefined
        ? { state: 'done' as const, error: null }
        : { state: 'failed' as const, error: refused };
    const mark = async (handle: Pick<Tx, 'update'>) => {
      const marked = await handle
        .update(runs)
        .set({ ...end, finishedAt: at, exchange, pausedFor: null })
        .where(and(one(run.workspaceId, run.id), waiting));
      return marked.rowCount === 1;
    };
    if (!record) return mark(db);
    return transaction(async (tx) => {
      if (!(await mark(tx))) return false;
      await record(tx);
      return true;
    });
  }

  /** Tries again later; the job that falls due with it is enqueued in the same transaction. */
  async function postpone(
    run: RunRow,
    later: { at: Date; dueAt: Date; attempts: number; error: string | null },
  ): Promise<void> {
    const { at, ...changed } = later;
    await transaction(async (tx) => {
      await tx
        .update(runs)
        .set(changed)
        .where(and(one(run.workspaceId, run.id), waiting));
      await enqueue(tx, [jobOf(run)], { afterMs: changed.dueAt.getTime() - at.getTime() });
    });
  }

  async function fail(run: RunRow, at: Date, attempts: number, error: string): Promise<void> {
    await db
      .update(runs)
      .set({ state: 'failed', finishedAt: at, attempts, error })
      .where(and(one(run.workspaceId, run.id), waiting));
  }

  /** To the back of the queue, behind the work of others. */
  async function wake(workspaceId: string, subject: string): Promise<void> {
    await transaction((tx) => enqueue(tx, [jobOf({ workspaceId, subject })]));
  }

  /** Subjects whose first run was due before that moment and is still there, longest due first. */
  async function overdue(before: Date, limit: number): Promise<{ workspaceId: string; subject: string }[]> {
    const earlier = sql`exists (select from ${runs} as earlier where earlier.workspace_id = ${runs.workspaceId}
      and earlier.subject = ${runs.subject} and earlier.state = 'waiting' and earlier.seq < ${runs.seq})`;
    return db
      .select({ workspaceId: runs.workspaceId, subject: runs.subject })
      .from(runs)
      .where(and(waiting, isNull(runs.pausedFor), lte(runs.dueAt, before), sql`not ${earlier}`))
      .orderBy(asc(runs.dueAt))
      .limit(limit);
  }

  /** What waits, by kind, for the metrics. */
  async function counts(): Promise<RunCounts[]> {
    return db
      .select({
        kind: runs.kind,
        waiting: sql<number>`count(*) filter (where ${runs.pausedFor} is null)::int`,
        paused: sql<number>`count(${runs.pausedFor})::int`,
        oldestDueAt: sql`min(${runs.dueAt}) filter (where ${runs.pausedFor} is null)`.mapWith(runs.dueAt),
      })
      .from(runs)
      .where(waiting)
      .groupBy(runs.kind);
  }

  return {
    add,
    head,
    asked,
    notAsked,
    keepExchange,
    finish,
    postpone,
    fail,
    wake,
    overdue,
    counts,
    ...createRunLogStore(
      { db, transaction },
      (tx, workspaceId, subjects) =>
        enqueue(
          tx,
          subjects.map((subject) => jobOf({ workspaceId, subject })),
        ),
      now,
    ),
  };
}

/** What has the runs of a subject done. */
export function jobOf({ workspaceId, subject }: { workspaceId: string; subject: string }): RunJob {
  return { name: isInIntercom(subject) ? 'tell-intercom' : 'work-runs', workspaceId, subject };
}

/** With the run being done: whose work it turned out to be, so that the log and an erasure find it by the contact. */
export async function nameContactOf(
  tx: Tx,
  run: Pick<Run, 'workspaceId' | 'id'>,
  contactId: string,
): Promise<void> {
  await tx
    .update(runs)
    .set({ contactId })
    .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.id, run.id)));
}

/** Null when a later version of this app recorded it, for work that this one does not know. */
export function readRun(row: RunRow): Run | null {
  const work = readWork(row.work);
  return work && { ...row, work };
}
