// Imports as workers see them: taken up in turns, row by row in blocks, with every block's outcome in one transaction.
import { and, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { ImportCounts } from '../../domain/imports/contact-import.ts';
import type { ContactImport, ClaimedRow, SettledRow } from '../../usecases/imports/import-edges.ts';
import type { Database, Tx } from '../database.ts';
import {
  type ImportKey,
  updateImport,
  type EnqueueImport,
  jobOf,
  lockImport,
  isImport,
  rowsOf,
} from './contact-imports.ts';
import { imports, importRows } from './schema-imports.ts';

// A worker that is alive and says nothing for so long, since Intercom's window is used up, still has the lock: a job too
// many finds it taken.
const lostAfterMs = 5_000;
const uploadLostAfterMs = 60_000;

export function createImportWorkStore({ db, transaction }: Database, enqueue: EnqueueImport) {
  async function begin(key: ImportKey, at: Date): Promise<ContactImport | null> {
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

  async function claim(key: ImportKey, turn: number, limit: number, at: Date): Promise<ClaimedRow[]> {
    return transaction(async (tx) => {
      const [mine] = await tx
        .select({ turn: imports.turn })
        .from(imports)
        .where(and(isImport(key), eq(imports.state, 'running'), eq(imports.turn, turn)))
        .for('share');
      const rows = mine ? await nextRows(tx, key, turn, limit, at) : [];
      if (rows.length === 0) return [];
      await tx
        .update(importRows)
        .set({
          state: 'asked',
          turn,
          askedAt: sql`coalesce(${importRows.askedAt}, ${sql.param(at, importRows.askedAt)})`,
        })
        .where(
          and(
            rowsOf(key),
            inArray(
              importRows.line,
              rows.map((row) => row.line),
            ),
          ),
        );
      return rows;
    });
  }

  async function asked(key: ImportKey, turn: number, line: number, at: Date): Promise<boolean> {
    const marked = await db
      .update(importRows)
      .set({ askedAt: at })
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

  async function settle(key: ImportKey, turn: number, rows: readonly SettledRow[], at: Date): Promise<void> {
    await transaction(async (tx) => {
      const contactImport = await lockImport(tx, key);
      if (contactImport?.turn !== turn) return;
      await writeRows(tx, key, turn, rows);
      await updateImport(tx, key, { counts: withSettled(contactImport.counts, rows), touchedAt: at });
    });
  }

  async function end(
    key: ImportKey,
    turn: number,
    trouble: { pausedFor: 'intercom' | 'token' | null; error: string; dueAt: Date } | null,
    at: Date,
  ): Promise<void> {
    await transaction(async (tx) => {
      const contactImport = await lockImport(tx, key);
      if (contactImport?.turn !== turn || contactImport.state !== 'running') return;
      if (trouble) {
        await updateImport(tx, key, trouble);
        return;
      }
      const open = inArray(importRows.state, ['waiting', 'asked']);
      const [left] = await tx
        .select({
          count: sql<number>`count(*)::int`,
          dueAt: sql`min(coalesce(${importRows.dueAt}, ${sql.param(at, importRows.dueAt)}))`.mapWith(
            importRows.dueAt,
          ),
        })
        .from(importRows)
        .where(and(rowsOf(key), open));
      if (!left || left.count === 0) {
        await updateImport(tx, key, { state: 'done', finishedAt: at, pausedFor: null });
        return;
      }
      await updateImport(tx, key, { dueAt: left.dueAt });
      if (left.dueAt <= at) await enqueue(tx, jobOf(key));
    });
  }

  async function recovered(key: ImportKey, turn: number): Promise<void> {
    await db
      .update(imports)
      .set({ pausedFor: null, error: null })
      .where(and(isImport(key), eq(imports.turn, turn)));
  }

  async function sweep(at: Date): Promise<void> {
    const before = (ms: number) => new Date(at.getTime() - ms);
    await transaction(async (tx) => {
      // Whoever waited for its time gets a job when it comes; whoever should be at work, when nothing is heard of it.
      const waited = sql`${imports.touchedAt} < ${imports.dueAt}`;
      const due = await tx
        .update(imports)
        .set({ touchedAt: at })
        .where(
          and(
            eq(imports.state, 'running'),
            lte(imports.dueAt, at),
            or(waited, lt(imports.touchedAt, before(lostAfterMs))),
          ),
        )
        .returning({ workspaceId: imports.workspaceId, id: imports.id });
      for (const key of due) await enqueue(tx, jobOf(key));
      const error = 'The upload broke off: the process that received it ended.';
      await tx
        .update(imports)
        .set({ state: 'interrupted', error })
        .where(and(eq(imports.state, 'receiving'), lt(imports.touchedAt, before(uploadLostAfterMs))));
    });
  }

  async function wakePaused(workspaceId: string, pausedFor: 'intercom' | 'token', at: Date): Promise<void> {
    await transaction(async (tx) => {
      const woken = await tx
        .update(imports)
        .set({ dueAt: at, touchedAt: at })
        .where(
          and(
            eq(imports.workspaceId, workspaceId),
            eq(imports.state, 'running'),
            eq(imports.pausedFor, pausedFor),
          ),
        )
        .returning({ workspaceId: imports.workspaceId, id: imports.id });
      for (const key of woken) await enqueue(tx, jobOf(key));
    });
  }

  return { begin, claim, asked, settle, end, recovered, sweep, wakePaused };
}

/** In their order; `askedAt` as it was before this. */
function nextRows(tx: Tx, key: ImportKey, turn: number, limit: number, at: Date): Promise<ClaimedRow[]> {
  const { line, given, attempts, askedAt, dueAt, identity } = importRows;
  const isDue = or(isNull(dueAt), lte(dueAt, at));
  // Not "not exists": that is joined for all rows that wait, before the first hundred of them are taken.
  const earlier = sql`(select earlier.line from ${importRows} as earlier
    where earlier.workspace_id = ${key.workspaceId} and earlier.identity = ${identity}
      and earlier.import_id = ${key.id}::uuid and earlier.line < ${line}
      and earlier.state not in ('done', 'failed', 'invalid') limit 1)`;
  return tx
    .select({ line, given, attempts, askedAt })
    .from(importRows)
    .where(
      and(
        rowsOf(key),
        // Not a parameter: a plan that is kept could not use the index of what waits.
        sql`${importRows.state} in ('waiting', 'asked')`,
        lt(importRows.turn, turn),
        isDue,
        sql`(${identity} is null or ${earlier} is null)`,
      ),
    )
    .orderBy(line)
    .limit(limit);
}

async function writeRows(
  tx: Tx,
  { workspaceId, id }: ImportKey,
  turn: number,
  rows: readonly SettledRow[],
): Promise<void> {
  const lines = rows.map((row) => row.line);
  await tx.execute(sql`
    update ${importRows} as row
    set state = settled.state, outcome = settled.outcome, contact_id = settled."contactId", error = settled.error,
      problems = nullif(settled.problems, 'null'::jsonb), attempts = settled.attempts,
      asked_at = settled."askedAt", due_at = settled."dueAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as settled(line int, state text, outcome text,
      "contactId" text, error text, problems jsonb, attempts smallint, "askedAt" timestamptz, "dueAt" timestamptz)
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
