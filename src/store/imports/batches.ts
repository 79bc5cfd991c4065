// Batches as people see and steer them: how far they are, their rows, pausing, canceling, trying again.
import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { BatchCounts, BatchState, RowState } from '../../domain/imports/batch.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Batch, BatchRow } from '../../usecases/imports/batch-edges.ts';
import type { Database, Tx } from '../database.ts';
import { newestFirst, olderThan, toPage } from '../page.ts';
import { batches, batchRows } from './schema-batches.ts';

export type BatchKey = { workspaceId: string; id: string };
export type EnqueueBatch = (
  tx: Tx,
  job: { name: 'work-batch'; workspaceId: string; batchId: string },
) => Promise<void>;

export const ofBatch = ({ workspaceId, id }: BatchKey) =>
  and(eq(batches.workspaceId, workspaceId), eq(batches.id, id));
export const rowsOf = ({ workspaceId, id }: BatchKey) =>
  and(eq(batchRows.workspaceId, workspaceId), eq(batchRows.batchId, id));

/** Whoever changes a batch's counts or state holds its row, so that none is counted twice. */
export async function lockBatch(tx: Tx, key: BatchKey): Promise<Batch | null> {
  const [found] = await tx.select().from(batches).where(ofBatch(key)).for('update');
  return found ?? null;
}

export async function changeBatch(
  tx: Tx,
  key: BatchKey,
  changes: Partial<typeof batches.$inferInsert>,
): Promise<Batch> {
  const [changed] = await tx.update(batches).set(changes).where(ofBatch(key)).returning();
  if (!changed) throw new Error('a batch that was locked is gone');
  return changed;
}

/** To be added to whatever makes a batch run: the rate is counted from here on. */
export function startsNow(counts: BatchCounts, at: Date) {
  const startedWith = Object.values(counts).reduce((sum, one) => sum + one, 0);
  return { dueAt: at, touchedAt: at, startedAt: at, startedWith, finishedAt: null };
}

export function createBatchStore({ db, transaction }: Database, enqueue: EnqueueBatch) {
  async function find(workspaceId: string, id: string): Promise<Batch | null> {
    const [found] = await db.select().from(batches).where(ofBatch({ workspaceId, id }));
    return found ?? null;
  }

  /** Newest first. */
  async function list(workspaceId: string, page: PageRequest): Promise<Page<Batch>> {
    const rows = await db
      .select()
      .from(batches)
      .where(and(eq(batches.workspaceId, workspaceId), olderThan(batches.createdAt, batches.id, page.after)))
      .orderBy(...newestFirst(batches.createdAt, batches.id))
      .limit(page.limit + 1);
    return toPage(rows, page, (row) => ({ at: row.createdAt, id: row.id }));
  }

  async function rows(
    key: BatchKey,
    { states, after, limit }: { states?: readonly RowState[] | undefined; after: number; limit: number },
  ): Promise<BatchRow[]> {
    return db
      .select()
      .from(batchRows)
      .where(and(rowsOf(key), gt(batchRows.line, after), states && inArray(batchRows.state, [...states])))
      .orderBy(batchRows.line)
      .limit(limit);
  }

  async function failedColumns(key: BatchKey): Promise<string[]> {
    const found = await db
      .selectDistinct({ name: sql<string>`jsonb_object_keys(${batchRows.given})` })
      .from(batchRows)
      .where(and(rowsOf(key), inArray(batchRows.state, ['failed', 'invalid'])));
    return found.map((one) => one.name);
  }

  async function change(
    key: BatchKey,
    from: readonly BatchState[],
    to: 'running' | 'paused' | 'canceled',
    at: Date,
  ): Promise<Batch | null> {
    return transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      if (!batch || !from.includes(batch.state)) return null;
      if (to === 'running') await enqueue(tx, jobOf(key));
      return changeBatch(tx, key, {
        state: to,
        ...(to === 'running' && { ...startsNow(batch.counts, at), pausedFor: null, error: null }),
        ...(to === 'canceled' && { finishedAt: at, pausedFor: null }),
      });
    });
  }

  /** What cannot be read stays as it is: it would be refused again. */
  async function retry(key: BatchKey, at: Date): Promise<{ batch: Batch; retried: number } | null> {
    return transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      if (!batch || !['running', 'paused', 'done'].includes(batch.state)) return null;
      const again = await tx
        .update(batchRows)
        .set({ state: 'waiting', attempts: 0, error: null, problems: null, outcome: null, dueAt: null })
        .where(and(rowsOf(key), eq(batchRows.state, 'failed')));
      const retried = again.rowCount ?? 0;
      if (retried === 0) return { batch, retried };
      const { failed: _, ...counts } = batch.counts;
      const goesOn = batch.state === 'done';
      if (goesOn) await enqueue(tx, jobOf(key));
      const started = goesOn && { state: 'running' as const, ...startsNow(counts, at) };
      return { batch: await changeBatch(tx, key, { counts, ...started }), retried };
    });
  }

  return { find, list, rows, failedColumns, change, retry };
}

export function jobOf({ workspaceId, id }: BatchKey) {
  return { name: 'work-batch' as const, workspaceId, batchId: id };
}
