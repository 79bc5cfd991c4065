// Imports as people see and control them: progress, rows, state.
import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { ImportCounts, ImportRow, ImportState, RowState } from '../../domain/imports/contact-import.ts';
import type { PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { byTime, pageOf } from '../page.ts';
import { importRows, imports } from './schema-imports.ts';

export type ContactImport = typeof imports.$inferSelect;
export type ImportKey = { workspaceId: string; id: string };

export const isImport = ({ workspaceId, id }: ImportKey) => owned(imports, { workspaceId, id });
export const rowsOf = ({ workspaceId, id }: ImportKey) => owned(importRows, { workspaceId, importId: id });

/** Held for every change of counts or state, so that nothing is counted twice. */
export async function lockImport(tx: Tx, key: ImportKey): Promise<ContactImport | null> {
  const [found] = await tx.select().from(imports).where(isImport(key)).for('update');
  return found ?? null;
}

export async function updateImport(tx: Tx, key: ImportKey, changes: Partial<typeof imports.$inferInsert>) {
  const [changed] = await tx.update(imports).set(changes).where(isImport(key)).returning();
  if (!changed) throw new Error('an import that was locked is gone');
  return changed;
}

/** Include it when an import starts running: the rate counts from here. */
export function startsNow(counts: ImportCounts, at: Date) {
  const startedWith = Object.values(counts).reduce((sum, one) => sum + one, 0);
  return { dueAt: at, touchedAt: at, startedAt: at, startedWith, finishedAt: null };
}

export async function findImport(db: Queryable, workspaceId: string, id: string) {
  const [found] = await db.select().from(imports).where(isImport({ workspaceId, id }));
  return found ?? null;
}

/** Newest first. */
export async function findImports(db: Queryable, workspaceId: string, page: PageRequest) {
  const condition = eq(imports.workspaceId, workspaceId);
  return pageOf(db.select().from(imports), byTime(imports, 'createdAt'), condition, page);
}

export async function findImportRows(
  db: Queryable,
  key: ImportKey,
  { states, after, limit }: { states?: readonly RowState[] | undefined; after: number; limit: number },
): Promise<ImportRow[]> {
  return db
    .select()
    .from(importRows)
    .where(and(rowsOf(key), gt(importRows.line, after), states && inArray(importRows.state, [...states])))
    .orderBy(importRows.line)
    .limit(limit);
}

export async function findFailedColumns(db: Queryable, key: ImportKey): Promise<string[]> {
  const found = await db
    .selectDistinct({ name: sql<string>`jsonb_object_keys(${importRows.given})` })
    .from(importRows)
    .where(and(rowsOf(key), inArray(importRows.state, ['failed', 'invalid'])));
  return found.map(({ name }) => name);
}

/** Null when the import is in none of the states. */
export async function changeImportState(
  tx: Tx,
  key: ImportKey,
  from: readonly ImportState[],
  to: 'running' | 'paused' | 'canceled',
  at: Date,
): Promise<ContactImport | null> {
  const contactImport = await lockImport(tx, key);
  if (!contactImport || !from.includes(contactImport.state)) return null;
  return updateImport(tx, key, {
    state: to,
    ...(to === 'running' && { ...startsNow(contactImport.counts, at), pausedFor: null, error: null }),
    ...(to === 'canceled' && { finishedAt: at, pausedFor: null }),
  });
}

/** Null when the import cannot continue. Unreadable rows stay failed; a finished import runs again. */
export async function retryFailedRows(tx: Tx, key: ImportKey, at: Date) {
  const contactImport = await lockImport(tx, key);
  if (!contactImport || !['running', 'paused', 'done'].includes(contactImport.state)) return null;
  const reset = await tx
    .update(importRows)
    .set({ state: 'waiting', attempts: 0, error: null, problems: null, outcome: null, dueAt: null })
    .where(and(rowsOf(key), eq(importRows.state, 'failed')));
  const retried = reset.rowCount ?? 0;
  if (retried === 0) return { contactImport, retried };
  const { failed: _, ...counts } = contactImport.counts;
  const started = contactImport.state === 'done' && { state: 'running' as const, ...startsNow(counts, at) };
  return { contactImport: await updateImport(tx, key, { counts, ...started }), retried };
}
