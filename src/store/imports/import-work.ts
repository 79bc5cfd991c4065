// Imports as workers process them: in turns and blocks of rows, one transaction per block.
import { and, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { ClaimedRow, ImportCounts, SettledRow } from '../../domain/imports/contact-import.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import {
  type ContactImport,
  type ImportKey,
  isImport,
  lockImport,
  rowsOf,
  updateImport,
} from './contact-imports.ts';
import { importRows, imports } from './schema-imports.ts';

// A live worker that is silent this long (Intercom's limit is used up) still holds the lock, which an extra
// job finds taken.
const lostAfterMs = 5_000;
const uploadLostAfterMs = 60_000;

/** Null when there is nothing to do now. */
export async function beginTurn(db: Queryable, key: ImportKey, at: Date): Promise<ContactImport | null> {
  const [begun] = await db
    .update(imports)
    .set({
      turn: sql`${imports.turn} + 1`,
      touchedAt: at,
      error: sql`case when ${imports.pausedFor} is not null then ${imports.error} end`,
    })
    .where(and(isImport(key), eq(imports.state, 'running'), lte(imports.dueAt, at)))
    .returning();
  return begun ?? null;
}

/**
 * Due rows in order, marked as asked, skipping identities with an unsettled earlier row. Empty when the
 * import is not running or another turn has begun.
 */
export async function claimRows(
  tx: Tx,
  key: ImportKey,
  { turn, limit }: { turn: number; limit: number },
  at: Date,
): Promise<ClaimedRow[]> {
  const [current] = await tx
    .select({ turn: imports.turn })
    .from(imports)
    .where(and(isImport(key), eq(imports.state, 'running'), eq(imports.turn, turn)))
    .for('share');
  const rows = current ? await nextRows(tx, key, turn, limit, at) : [];
  if (rows.length === 0) return [];
  const lines = rows.map((row) => row.line);
  await tx
    .update(importRows)
    .set({
      state: 'attempted',
      turn,
      attemptedAt: sql`coalesce(${importRows.attemptedAt}, ${sql.param(at, importRows.attemptedAt)})`,
    })
    .where(and(rowsOf(key), inArray(importRows.line, lines)));
  return rows;
}

export async function markRowAttempted(
  db: Queryable,
  key: ImportKey,
  { turn, line }: { turn: number; line: number },
  at: Date,
): Promise<boolean> {
  const marked = await db
    .update(importRows)
    .set({ attemptedAt: at })
    .where(
      and(
        rowsOf(key),
        eq(importRows.line, line),
        eq(importRows.turn, turn),
        sql`exists (select from ${imports} where ${isImport(key)} and ${imports.turn} = ${turn}::int)`,
      ),
    );
  return marked.rowCount === 1;
}

/** Also shows that the worker is alive. Does nothing once another turn has begun. */
export async function settleRows(
  tx: Tx,
  key: ImportKey,
  turn: number,
  rows: readonly SettledRow[],
  at: Date,
): Promise<void> {
  const contactImport = await lockImport(tx, key);
  if (contactImport?.turn !== turn) return;
  await writeRows(tx, key, turn, rows);
  await updateImport(tx, key, { counts: withSettled(contactImport.counts, rows), touchedAt: at });
}

export type ImportPause = { pausedFor: 'intercom' | 'token' | null; error: string; dueAt: Date };

/** Done, paused, or due when its rows are. True when due at once. */
export async function endTurn(tx: Tx, key: ImportKey, turn: number, pause: ImportPause | null, at: Date) {
  const contactImport = await lockImport(tx, key);
  if (contactImport?.turn !== turn || contactImport.state !== 'running') return false;
  if (pause) {
    await updateImport(tx, key, pause);
    return false;
  }
  const [left] = await tx
    .select({
      count: sql<number>`count(*)::int`,
      dueAt: sql`min(coalesce(${importRows.dueAt}, ${sql.param(at, importRows.dueAt)}))`.mapWith(
        importRows.dueAt,
      ),
    })
    .from(importRows)
    .where(and(rowsOf(key), inArray(importRows.state, ['waiting', 'attempted'])));
  if (!left || left.count === 0) {
    await updateImport(tx, key, { state: 'done', finishedAt: at, pausedFor: null });
    return false;
  }
  await updateImport(tx, key, { dueAt: left.dueAt });
  return left.dueAt <= at;
}

export async function clearPause(db: Queryable, key: ImportKey, turn: number): Promise<void> {
  await db
    .update(imports)
    .set({ pausedFor: null, error: null })
    .where(and(isImport(key), eq(imports.turn, turn)));
}

/** Due imports, and those that lost their job or worker. */
export async function takeDueImports(tx: Tx, at: Date): Promise<ImportKey[]> {
  const waited = sql`${imports.touchedAt} < ${imports.dueAt}`;
  const lost = lt(imports.touchedAt, new Date(at.getTime() - lostAfterMs));
  return tx
    .update(imports)
    .set({ touchedAt: at })
    .where(and(eq(imports.state, 'running'), lte(imports.dueAt, at), or(waited, lost)))
    .returning({ workspaceId: imports.workspaceId, id: imports.id });
}

/** Uploads with a dead process. */
export async function interruptLostUploads(tx: Tx, at: Date): Promise<void> {
  const lost = lt(imports.touchedAt, new Date(at.getTime() - uploadLostAfterMs));
  await tx
    .update(imports)
    .set({ state: 'interrupted', error: 'The upload was interrupted: the process that received it ended.' })
    .where(and(eq(imports.state, 'receiving'), lost));
}

export async function wakePausedImports(
  tx: Tx,
  workspaceId: string,
  pausedFor: 'intercom' | 'token',
  at: Date,
): Promise<ImportKey[]> {
  return tx
    .update(imports)
    .set({ dueAt: at, touchedAt: at })
    .where(owned(imports, { workspaceId, state: 'running', pausedFor }))
    .returning({ workspaceId: imports.workspaceId, id: imports.id });
}

/** In order; `attemptedAt` as it was before. */
function nextRows(tx: Tx, key: ImportKey, turn: number, limit: number, at: Date): Promise<ClaimedRow[]> {
  const { line, given, attempts, attemptedAt, dueAt, identity } = importRows;
  const isDue = or(isNull(dueAt), lte(dueAt, at));
  // "not exists" would join all waiting rows before the first hundred are taken.
  const earlier = sql`(select earlier.line from ${importRows} as earlier
    where earlier.workspace_id = ${key.workspaceId} and earlier.identity = ${identity}
      and earlier.import_id = ${key.id}::uuid and earlier.line < ${line}
      and earlier.state not in ('done', 'failed', 'invalid') limit 1)`;
  return tx
    .select({ line, given, attempts, attemptedAt })
    .from(importRows)
    .where(
      and(
        rowsOf(key),
        // Not a parameter: a cached plan could not use the partial index.
        sql`${importRows.state} in ('waiting', 'attempted')`,
        lt(importRows.turn, turn),
        isDue,
        sql`(${identity} is null or ${earlier} is null)`,
      ),
    )
    .orderBy(line)
    .limit(limit);
}

async function writeRows(tx: Tx, { workspaceId, id }: ImportKey, turn: number, rows: readonly SettledRow[]) {
  const lines = rows.map((row) => row.line);
  await tx.execute(sql`
    update ${importRows} as row
    set state = settled.state, outcome = settled.outcome, contact_id = settled."contactId", error = settled.error,
      problems = nullif(settled.problems, 'null'::jsonb), attempts = settled.attempts,
      attempted_at = settled."attemptedAt", due_at = settled."dueAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as settled(line int, state text, outcome text,
      "contactId" text, error text, problems jsonb, attempts smallint, "attemptedAt" timestamptz, "dueAt" timestamptz)
    where row.workspace_id = ${workspaceId} and row.import_id = ${id}::uuid and row.line = settled.line
      and row.line = any(${sql.param(lines)}::int[]) and row.turn = ${turn}::int`);
}

function withSettled(counts: ImportCounts, rows: readonly SettledRow[]): ImportCounts {
  const more = { ...counts };
  for (const { state, outcome } of rows) {
    const name = state === 'done' ? outcome : state === 'failed' ? 'failed' : null;
    if (name !== null) more[name] = (more[name] ?? 0) + 1;
  }
  return more;
}
