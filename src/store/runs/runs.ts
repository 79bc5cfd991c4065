// Runs: recorded with the change that needs them, and done in order per subject.
import { and, asc, eq, getTableColumns, isNull, lte, sql } from 'drizzle-orm';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { RefusedExchange } from '../../domain/runs/exchange.ts';
import {
  type LoggedRun,
  type NewRun,
  type Run,
  type RunState,
  readWork,
  type WrittenToContact,
} from '../../domain/runs/run.ts';
import { type Database, type Db, oncePer, prepared, type Queryable, type Tx } from '../database.ts';
import { gathered, manyRows } from '../gathered-writes.ts';
import { campaignOf, referralOf } from '../joins.ts';
import { isAmong, owned } from '../owned.ts';
import { campaigns, referrals, runs } from '../schema.ts';
import { batched } from '../shared-query.ts';

/** A subject's first run, with the platform of its referral's campaign. */
export type HeadRun = LoggedRun & { platform: PlatformName | null };
type RunKey = { workspaceId: string; id: string };

// Not a parameter: a prepared plan could not use the partial indexes of waiting runs.
const waiting = sql`${runs.state} = 'waiting'`;
const waitingRun = ({ workspaceId, id }: RunKey) => and(owned(runs, { workspaceId, id }), waiting);

/** Of one workspace. Returns those that are new: a known `deduplicationKey` adds nothing. */
export async function insertRuns(
  tx: Tx,
  planned: readonly (NewRun & { id: string })[],
  createdAt: Date,
): Promise<{ subject: string; dueAt: Date }[]> {
  const rows = planned.map((run) => ({
    ...run,
    kind: run.work.kind,
    referralId: run.referralId ?? ('referralId' in run.work ? run.work.referralId : null),
    contactId: run.contactId ?? null,
    state: 'waiting' as const,
    attempts: 0,
    dueAt: run.dueAt ?? createdAt,
    createdAt,
  }));
  const inserted = await tx.execute<{ subject: string; due_at: string }>(sql`
    insert into ${manyRows(runs, rows)}
    on conflict (workspace_id, deduplication_key) do nothing returning subject, due_at`);
  return inserted.rows.map((row) => ({ subject: row.subject, dueAt: new Date(row.due_at) }));
}

/** The keys that already have a run. */
export async function knownRunKeys(db: Queryable, workspaceId: string, keys: readonly string[]) {
  const rows = await db
    .select({ key: runs.deduplicationKey })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), isAmong(runs.deduplicationKey, keys)));
  return new Set(rows.map(({ key }) => key));
}

type Finished = NewRun & RunEnd & { id: string };

/** For work of this transaction: runs with new keys. The locks on their referrals keep the keys new. */
export const insertNewFinishedRuns = gathered(async (tx: Tx, finished: readonly Finished[]) => {
  const rows = finished.map(({ at, refused, dismissedBecause, canceled: _, ...run }) => ({
    ...run,
    ...{ kind: run.work.kind, state: endStateOf({ at, refused, dismissedBecause }), attempts: 0 },
    ...{ error: refused ?? null, dismissedBecause, dueAt: at, createdAt: at, finishedAt: at },
  }));
  await tx.execute(sql`
    insert into ${manyRows(runs, rows)} on conflict (workspace_id, deduplication_key) do nothing`);
});

/** For work done in this transaction. False when the `deduplicationKey` exists. */
export async function insertFinishedRun(
  tx: Tx,
  run: NewRun,
  { id, ...finished }: RunEnd & { id: string },
): Promise<boolean> {
  const { at, refused, dismissedBecause } = finished;
  const end = { state: endStateOf(finished), error: refused ?? null, dismissedBecause };
  const { rowCount } = await tx
    .insert(runs)
    .values({ ...run, id, kind: run.work.kind, ...end, dueAt: at, createdAt: at, finishedAt: at })
    .onConflictDoNothing({ target: [runs.workspaceId, runs.deduplicationKey] });
  return rowCount === 1;
}

// Many subjects are worked at the same time, each run with a handful of statements: they share them.
const together = { perRound: 64, roundsAtOnce: 2 };

const firstWaiting = prepared((db) =>
  db
    .select({ ...getTableColumns(runs), platform: campaigns.platform })
    .from(runs)
    .leftJoin(referrals, referralOf(runs))
    .leftJoin(campaigns, campaignOf(referrals))
    .where(
      sql`${runs.id} in (
        select (select first.id from runs first
          where first.workspace_id = given.workspace_id and first.subject = given.subject and first.state = 'waiting'
          order by first.seq limit 1)
        from unnest(${sql.placeholder('workspaceIds')}::text[], ${sql.placeholder('subjects')}::text[])
          as given (workspace_id, subject))`,
    )
    .prepare('first_waiting_runs'),
);

type SubjectKey = { workspaceId: string; subject: string };
const subjectKey = ({ workspaceId, subject }: SubjectKey) => `${workspaceId} ${subject}`;

const headRuns = oncePer((db: Db) =>
  batched<SubjectKey, HeadRun | null>(async (keys) => {
    const found = await firstWaiting(db).execute({
      workspaceIds: keys.map(({ workspaceId }) => workspaceId),
      subjects: keys.map(({ subject }) => subject),
    });
    const bySubject = new Map(found.map((run) => [subjectKey(run), run]));
    return keys.map((key) => bySubject.get(subjectKey(key)) ?? null);
  }, together),
);

/** The subject's other runs wait behind it. */
export function findHeadRun(db: Db, workspaceId: string, subject: string): Promise<HeadRun | null> {
  return headRuns(db)({ workspaceId, subject });
}

const attempts = oncePer((db: Db) =>
  batched<RunKey & { at: Date }, boolean>(async (begun) => {
    const { rows } = await db.execute<{ id: string }>(sql`
      update runs set attempted_at = given.at
      from jsonb_to_recordset(${JSON.stringify(begun)}::jsonb) as given ("workspaceId" text, id uuid, at timestamptz)
      where runs.id = given.id and runs.workspace_id = given."workspaceId" and runs.state = 'waiting'
      returning runs.id`);
    const marked = new Set(rows.map(({ id }) => id));
    return begun.map(({ id }) => marked.has(id));
  }, together),
);

/** False when the run no longer waits: do not send the request. */
export function markAttempted(db: Db, { workspaceId, id }: RunKey, at: Date): Promise<boolean> {
  return attempts(db)({ workspaceId, id, at });
}

export async function clearAttempt(db: Queryable, run: LoggedRun): Promise<void> {
  await db.update(runs).set({ attemptedAt: run.attemptedAt }).where(waitingRun(run));
}

export async function saveExchange(db: Queryable, run: RunKey, exchange: RefusedExchange): Promise<void> {
  await db.update(runs).set({ exchange }).where(waitingRun(run));
}

/** `refused` and `canceled` end it with that reason. */
export type RunEnd = {
  at: Date;
  refused?: string | undefined;
  /** Why the failure of a refused run needs no attention. */
  dismissedBecause?: string | undefined;
  canceled?: string | undefined;
};

/** Without `exchange`, it keeps the previous one. */
export type FinishedRun = RunEnd & {
  attempts?: number;
  exchange?: unknown;
  /** What a contact shows in Intercom since. */
  written?: WrittenToContact | undefined;
  record?: ((tx: Tx) => Promise<void>) | undefined;
};

export function endStateOf({ refused, dismissedBecause, canceled }: RunEnd): Exclude<RunState, 'waiting'> {
  if (refused !== undefined) return dismissedBecause === undefined ? 'failed' : 'dismissed';
  return canceled === undefined ? 'done' : 'canceled';
}

type DoneRun = RunKey & { at: Date; exchange: unknown; written: WrittenToContact | undefined };

/** One statement for all of them: a run is done together with what it wrote, or neither is stored. */
const doneRuns = oncePer((db: Db) =>
  batched<DoneRun, boolean>(
    async (done) => {
      const given = done.map(({ written, ...run }) => ({ ...run, ...written }));
      const { rows } = await db.execute<{ id: string }>(sql`
        with finished as (
          update runs set state = 'done', error = null, paused_for = null, finished_at = given.at, exchange = given.exchange
          from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given
            ("workspaceId" text, id uuid, at timestamptz, exchange jsonb, "contactId" text, attributes jsonb)
          where runs.id = given.id and runs.workspace_id = given."workspaceId" and runs.state = 'waiting'
          returning runs.id, runs.workspace_id, given."contactId" as contact_id, given.attributes
        ), each_attribute as (
          select workspace_id, contact_id, jsonb_object_agg(name, value) as attributes
          from finished, jsonb_each(attributes) as attribute (name, value)
          group by workspace_id, contact_id
        ), written as (
          insert into contacts (workspace_id, contact_id, values, seen_at, written)
          select workspace_id, contact_id, '{}', to_timestamp(0), attributes from each_attribute
          order by workspace_id, contact_id
          on conflict (workspace_id, contact_id)
            do update set written = coalesce(contacts.written, '{}') || excluded.written
        )
        select id from finished`);
      const ended = new Set(rows.map(({ id }) => id));
      return done.map(({ id }) => ended.has(id));
    },
    { ...together, roundsAtOnce: 1 },
  ),
);

/** Commits together with what it wrote and `record` writes. False, with nothing written, when it no longer waits. */
export async function finishRun(
  { db, transaction }: Database,
  run: RunKey,
  finished: FinishedRun,
): Promise<boolean> {
  const { at, attempts, exchange, record, refused, dismissedBecause, canceled } = finished;
  const state = endStateOf(finished);
  if (state === 'done' && record === undefined && attempts === undefined && exchange !== undefined) {
    const { workspaceId, id } = run;
    return doneRuns(db)({ workspaceId, id, at, exchange, written: finished.written });
  }
  const end = {
    ...{ state, error: refused ?? canceled ?? null, dismissedBecause },
    ...(state === 'canceled' ? freedKey : {}),
  };
  const mark = async (handle: Queryable) => {
    const marked = await handle
      .update(runs)
      .set({ ...end, finishedAt: at, attempts, exchange, pausedFor: null })
      .where(waitingRun(run));
    return marked.rowCount === 1;
  };
  if (!record) return mark(db);
  return transaction(async (tx) => {
    if (!(await mark(tx))) return false;
    await record(tx);
    return true;
  });
}

export async function postponeRun(
  tx: Tx,
  run: RunKey,
  later: { dueAt: Date; attempts: number; error: string | null },
): Promise<void> {
  await tx.update(runs).set(later).where(waitingRun(run));
}

/** Due before then and still waiting, longest due first. */
export async function findOverdueSubjects(db: Queryable, before: Date, limit: number) {
  const earlier = sql`exists (select from ${runs} as earlier where earlier.workspace_id = ${runs.workspaceId}
    and earlier.subject = ${runs.subject} and earlier.state = 'waiting' and earlier.seq < ${runs.seq})`;
  return db
    .select({ workspaceId: runs.workspaceId, subject: runs.subject })
    .from(runs)
    .where(and(waiting, isNull(runs.pausedFor), lte(runs.dueAt, before), sql`not ${earlier}`))
    .orderBy(asc(runs.dueAt))
    .limit(limit);
}

export async function countWaitingRuns(db: Queryable) {
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

const freedKey = { deduplicationKey: sql`${runs.deduplicationKey} || ':' || ${runs.id}` };

/** Allows another run with the same effect. */
export async function freeRunKey(tx: Tx, run: RunKey): Promise<void> {
  await tx
    .update(runs)
    .set(freedKey)
    .where(owned(runs, { workspaceId: run.workspaceId, id: run.id }));
}

/** Lets the log and an erasure find the run by its contact. */
export async function setRunContact(tx: Tx, run: RunKey, contactId: string): Promise<void> {
  await tx
    .update(runs)
    .set({ contactId })
    .where(owned(runs, { workspaceId: run.workspaceId, id: run.id }));
}

/** Null for a kind that a later version recorded. */
export function readRun(row: LoggedRun): Run | null {
  const work = readWork(row.work);
  return work && { ...row, work };
}
