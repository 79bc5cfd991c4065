// Batches as workers see them: taken up in turns, row by row in blocks, with every block's outcome in one transaction.
import { and, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { BatchCounts } from '../../domain/imports/batch.ts';
import type { Batch, ClaimedRow, SettledRow } from '../../usecases/imports/batch-edges.ts';
import type { Database, Tx } from '../database.ts';
import {
  type BatchKey,
  changeBatch,
  type EnqueueBatch,
  jobOf,
  lockBatch,
  ofBatch,
  rowsOf,
} from './batches.ts';
import { batches, batchRows } from './schema-batches.ts';

// A worker that is alive and says nothing for so long, since Intercom's window is used up, still has the lock: a job too
// many finds it taken.
const lostAfterMs = 5_000;
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
    return transaction(async (tx) => {
      const [mine] = await tx
        .select({ turn: batches.turn })
        .from(batches)
        .where(and(ofBatch(key), eq(batches.state, 'running'), eq(batches.turn, turn)))
        .for('share');
      const rows = mine ? await nextRows(tx, key, turn, limit, at) : [];
      if (rows.length === 0) return [];
      await tx
        .update(batchRows)
        .set({
          state: 'asked',
          turn,
          askedAt: sql`coalesce(${batchRows.askedAt}, ${sql.param(at, batchRows.askedAt)})`,
        })
        .where(
          and(
            rowsOf(key),
            inArray(
              batchRows.line,
              rows.map((row) => row.line),
            ),
          ),
        );
      return rows;
    });
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

/** In their order; `askedAt` as it was before this. */
function nextRows(tx: Tx, key: BatchKey, turn: number, limit: number, at: Date): Promise<ClaimedRow[]> {
  const { line, given, attempts, askedAt, dueAt, identity } = batchRows;
  const isDue = or(isNull(dueAt), lte(dueAt, at));
  // Not "not exists": that is joined for all rows that wait, before the first hundred of them are taken.
  const earlier = sql`(select earlier.line from ${batchRows} as earlier
    where earlier.workspace_id = ${key.workspaceId} and earlier.identity = ${identity}
      and earlier.batch_id = ${key.id}::uuid and earlier.line < ${line}
      and earlier.state not in ('done', 'failed', 'invalid') limit 1)`;
  return tx
    .select({ line, given, attempts, askedAt })
    .from(batchRows)
    .where(
      and(
        rowsOf(key),
        // Not a parameter: a plan that is kept could not use the index of what waits.
        sql`${batchRows.state} in ('waiting', 'asked')`,
        lt(batchRows.turn, turn),
        isDue,
        sql`(${identity} is null or ${earlier} is null)`,
      ),
    )
    .orderBy(line)
    .limit(limit);
}

async function writeRows(
  tx: Tx,
  { workspaceId, id }: BatchKey,
  turn: number,
  rows: readonly SettledRow[],
): Promise<void> {
  const lines = rows.map((row) => row.line);
  await tx.execute(sql`
    update ${batchRows} as row
    set state = settled.state, outcome = settled.outcome, contact_id = settled."contactId", error = settled.error,
      problems = nullif(settled.problems, 'null'::jsonb), attempts = settled.attempts,
      asked_at = settled."askedAt", due_at = settled."dueAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as settled(line int, state text, outcome text,
      "contactId" text, error text, problems jsonb, attempts smallint, "askedAt" timestamptz, "dueAt" timestamptz)
    where row.workspace_id = ${workspaceId} and row.batch_id = ${id}::uuid and row.line = settled.line
      and row.line = any(${sql.param(lines)}::int[]) and row.turn = ${turn}::int`);
}

function withSettled(counts: BatchCounts, rows: readonly SettledRow[]): BatchCounts {
  const more = { ...counts };
  for (const { state, outcome } of rows) {
    const name = state === 'done' ? outcome : state === 'failed' ? 'failed' : null;
    if (name !== null) more[name] = (more[name] ?? 0) + 1;
  }
  return more;
}
