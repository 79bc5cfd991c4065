// Batches as workers see them: taken up in turns, row by row in blocks, with every block's outcome in one transaction.
import { and, eq, inArray, lt, lte, or, sql } from 'drizzle-orm';
import type { BatchCounts } from '../domain/batch.ts';
import type { Batch, ClaimedRow, SettledRow } from '../usecases/batch-edges.ts';
import {
  type BatchKey,
  changeBatch,
  type EnqueueBatch,
  jobOf,
  lockBatch,
  ofBatch,
  rowsOf,
} from './batches.ts';
import type { Database, Tx } from './database.ts';
import { batches, batchRows } from './schema-batches.ts';

// Longer than any pause between two blocks of a worker that is alive: a whole window of Intercom's may go by.
const lostAfterMs = 20_000;
const uploadLostAfterMs = 60_000;

export function createBatchWorkStore({ db, transaction }: Database, enqueue: EnqueueBatch) {
  async function begin(key: BatchKey, at: Date): Promise<Batch | null> {
    const [begun] = await db
      .update(batches)
      .set({
        turn: sql`${batches.turn} + 1`,
        touchedAt: at,
        error: sql`case when ${batches.pausedFor} is not null then ${batches.error} end`,
      })
      .where(and(ofBatch(key), eq(batches.state, 'running'), lte(batches.dueAt, at)))
      .returning();
    return begun ?? null;
  }

  async function claim(key: BatchKey, turn: number, limit: number, at: Date): Promise<ClaimedRow[]> {
    const { workspaceId, id } = key;
    const now = sql.param(at, batchRows.askedAt);
    const { rows } = await db.execute<ClaimedRow & { askedAt: string | null }>(sql`
      with running as (
        select 1 from ${batches} where ${ofBatch(key)} and state = 'running' and turn = ${turn}::int for share
      ),
      next as (
        select line, asked_at from ${batchRows} as row, running
        where row.workspace_id = ${workspaceId} and row.batch_id = ${id}::uuid and row.state in ('waiting', 'asked')
          and row.turn < ${turn}::int and (row.due_at is null or row.due_at <= ${now}::timestamptz)
          and (row.identity is null or not exists (
            select from ${batchRows} as earlier where earlier.workspace_id = row.workspace_id
              and earlier.identity = row.identity and earlier.batch_id = row.batch_id and earlier.line < row.line
              and earlier.state in ('waiting', 'asked')))
        order by line limit ${limit}::int
      )
      update ${batchRows} as row
      set state = 'asked', turn = ${turn}::int, asked_at = coalesce(row.asked_at, ${now}::timestamptz)
      from next
      where row.workspace_id = ${workspaceId} and row.batch_id = ${id}::uuid and row.line = next.line
      returning row.line, row.given, row.attempts::int as attempts, next.asked_at as "askedAt"`);
    return rows
      .map((row) => ({ ...row, askedAt: row.askedAt === null ? null : new Date(row.askedAt) }))
      .toSorted((one, other) => one.line - other.line);
  }

  async function asked(key: BatchKey, turn: number, line: number, at: Date): Promise<boolean> {
    const marked = await db
      .update(batchRows)
      .set({ askedAt: at })
      .where(
        and(
          rowsOf(key),
          eq(batchRows.line, line),
          eq(batchRows.turn, turn),
          sql`exists (select from ${batches} where ${ofBatch(key)} and ${batches.turn} = ${turn}::int)`,
        ),
      );
    return marked.rowCount === 1;
  }

  async function settle(key: BatchKey, turn: number, rows: readonly SettledRow[], at: Date): Promise<void> {
    await transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      if (batch?.turn !== turn) return;
      await writeRows(tx, key, turn, rows);
      await changeBatch(tx, key, { counts: withSettled(batch.counts, rows), touchedAt: at });
    });
  }

  async function end(
    key: BatchKey,
    turn: number,
    trouble: { pausedFor: 'intercom' | 'token' | null; error: string; dueAt: Date } | null,
    at: Date,
  ): Promise<void> {
    await transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      if (batch?.turn !== turn || batch.state !== 'running') return;
      if (trouble) {
        await changeBatch(tx, key, trouble);
        return;
      }
      const open = inArray(batchRows.state, ['waiting', 'asked']);
      const [left] = await tx
        .select({
          count: sql<number>`count(*)::int`,
          dueAt: sql`min(coalesce(${batchRows.dueAt}, ${sql.param(at, batchRows.dueAt)}))`.mapWith(
            batchRows.dueAt,
          ),
        })
        .from(batchRows)
        .where(and(rowsOf(key), open));
      if (!left || left.count === 0) {
        await changeBatch(tx, key, { state: 'done', finishedAt: at, pausedFor: null });
        return;
      }
      await changeBatch(tx, key, { dueAt: left.dueAt });
      if (left.dueAt <= at) await enqueue(tx, jobOf(key));
    });
  }

  async function recovered(key: BatchKey, turn: number): Promise<void> {
    await db
      .update(batches)
      .set({ pausedFor: null, error: null })
      .where(and(ofBatch(key), eq(batches.turn, turn)));
  }

  async function sweep(at: Date): Promise<void> {
    const before = (ms: number) => new Date(at.getTime() - ms);
    await transaction(async (tx) => {
      // Whoever waited for its time gets a job when it comes; whoever should be at work, when nothing is heard of it.
      const waited = sql`${batches.touchedAt} < ${batches.dueAt}`;
      const due = await tx
        .update(batches)
        .set({ touchedAt: at })
        .where(
          and(
            eq(batches.state, 'running'),
            lte(batches.dueAt, at),
            or(waited, lt(batches.touchedAt, before(lostAfterMs))),
          ),
        )
        .returning({ workspaceId: batches.workspaceId, id: batches.id });
      for (const key of due) await enqueue(tx, jobOf(key));
      const error = 'The upload broke off: the process that received it ended.';
      await tx
        .update(batches)
        .set({ state: 'interrupted', error })
        .where(and(eq(batches.state, 'receiving'), lt(batches.touchedAt, before(uploadLostAfterMs))));
    });
  }

  async function wakePaused(workspaceId: string, pausedFor: 'intercom' | 'token', at: Date): Promise<void> {
    await transaction(async (tx) => {
      const woken = await tx
        .update(batches)
        .set({ dueAt: at, touchedAt: at })
        .where(
          and(
            eq(batches.workspaceId, workspaceId),
            eq(batches.state, 'running'),
            eq(batches.pausedFor, pausedFor),
          ),
        )
        .returning({ workspaceId: batches.workspaceId, id: batches.id });
      for (const key of woken) await enqueue(tx, jobOf(key));
    });
  }

  return { begin, claim, asked, settle, end, recovered, sweep, wakePaused };
}

async function writeRows(
  tx: Tx,
  { workspaceId, id }: BatchKey,
  turn: number,
  rows: readonly SettledRow[],
): Promise<void> {
  await tx.execute(sql`
    update ${batchRows} as row
    set state = settled.state, outcome = settled.outcome, contact_id = settled."contactId", error = settled.error,
      problems = nullif(settled.problems, 'null'::jsonb), attempts = settled.attempts,
      asked_at = settled."askedAt", due_at = settled."dueAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as settled(line int, state text, outcome text,
      "contactId" text, error text, problems jsonb, attempts smallint, "askedAt" timestamptz, "dueAt" timestamptz)
    where row.workspace_id = ${workspaceId} and row.batch_id = ${id}::uuid and row.line = settled.line
      and row.turn = ${turn}::int`);
}

function withSettled(counts: BatchCounts, rows: readonly SettledRow[]): BatchCounts {
  const more = { ...counts };
  for (const { state, outcome } of rows) {
    const name = state === 'done' ? outcome : state === 'failed' ? 'failed' : null;
    if (name !== null) more[name] = (more[name] ?? 0) + 1;
  }
  return more;
}
