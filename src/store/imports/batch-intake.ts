// Batches as they arrive: a row of their own at once, then their rows, hundreds in a statement.
import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Batch, NewBatch, NewRow } from '../../usecases/imports/batch-edges.ts';
import type { Database, Tx } from '../database.ts';
import {
  type BatchKey,
  changeBatch,
  type EnqueueBatch,
  jobOf,
  lockBatch,
  ofBatch,
  startsNow,
} from './batches.ts';
import { batches, batchRows } from './schema-batches.ts';

export function createBatchIntake({ db, transaction }: Database, enqueue: EnqueueBatch) {
  async function open(batch: NewBatch, at: Date): Promise<{ batch: Batch; fresh: boolean }> {
    const fresh = { id: randomUUID(), state: 'receiving', counts: {}, dueAt: at } as const;
    const [opened] = await db
      .insert(batches)
      .values({ ...batch, ...fresh, touchedAt: at, createdAt: at })
      .onConflictDoNothing({ target: [batches.workspaceId, batches.uploadKey] })
      .returning();
    if (opened) return { batch: opened, fresh: true };
    const [before] = await db
      .select()
      .from(batches)
      .where(and(eq(batches.workspaceId, batch.workspaceId), eq(batches.uploadKey, batch.uploadKey ?? '')));
    if (!before) throw new Error('a batch was neither opened nor found');
    return { batch: before, fresh: false };
  }

  async function addRows(key: BatchKey, rows: readonly NewRow[], at: Date): Promise<boolean> {
    return transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      // The process that sweeps may have thought that this one was gone.
      if (batch?.state !== 'receiving' && batch?.state !== 'interrupted') return false;
      await insertRows(tx, key, rows);
      const invalid = rows.filter((row) => row.problems !== null).length;
      const counts =
        invalid === 0 ? batch.counts : { ...batch.counts, invalid: (batch.counts.invalid ?? 0) + invalid };
      await changeBatch(tx, key, {
        state: 'receiving',
        rows: batch.rows + rows.length,
        counts,
        touchedAt: at,
      });
      return true;
    });
  }

  async function touch(key: BatchKey, at: Date): Promise<void> {
    await db
      .update(batches)
      .set({ touchedAt: at })
      .where(and(ofBatch(key), eq(batches.state, 'receiving')));
  }

  async function complete(
    key: BatchKey,
    end: { state: 'running' | 'paused' | 'interrupted'; error: string | null },
    at: Date,
  ): Promise<Batch> {
    return transaction(async (tx) => {
      const batch = await lockBatch(tx, key);
      if (!batch) throw new Error('a batch vanished while it arrived');
      if (batch.state !== 'receiving' && batch.state !== 'interrupted') return batch;
      if (end.state === 'running') await enqueue(tx, jobOf(key));
      const started = end.state === 'running' && startsNow(batch.counts, at);
      return changeBatch(tx, key, { ...end, touchedAt: at, ...started });
    });
  }

  return { open, addRows, touch, complete };
}

/** As one JSON parameter: a parameter for each cell would be more than PostgreSQL takes. */
async function insertRows(tx: Tx, { workspaceId, id }: BatchKey, rows: readonly NewRow[]): Promise<void> {
  const given = JSON.stringify(rows);
  await tx.execute(sql`
    insert into ${batchRows} (workspace_id, batch_id, line, identity, given, problems, error, state)
    select ${workspaceId}, ${id}::uuid, line, identity, given, nullif(problems, 'null'::jsonb),
      case when nullif(problems, 'null'::jsonb) is null then null else 'The row cannot be used as it is' end,
      case when nullif(problems, 'null'::jsonb) is null then 'waiting' else 'invalid' end
    from jsonb_to_recordset(${given}::jsonb) as given(line int, identity text, given jsonb, problems jsonb)`);
}
