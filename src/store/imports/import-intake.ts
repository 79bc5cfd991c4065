// Imports during upload: the import's row first, then its rows, hundreds per statement.
import { and, eq, sql } from 'drizzle-orm';
import type { ImportOptions, NewRow } from '../../domain/imports/contact-import.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import {
  type ContactImport,
  type ImportKey,
  isImport,
  lockImport,
  startsNow,
  updateImport,
} from './contact-imports.ts';
import { importRows, imports } from './schema-imports.ts';

export type NewImport = {
  workspaceId: string;
  name: string | null;
  createdBy: string;
  uploadKey: string | null;
  columns: string[] | null;
  options: ImportOptions;
};

/** `fresh` is false when the same upload already exists. */
export async function openImport(db: Queryable, newImport: NewImport, { id, at }: { id: string; at: Date }) {
  const [opened] = await db
    .insert(imports)
    .values({ ...newImport, id, state: 'receiving', counts: {}, dueAt: at, touchedAt: at, createdAt: at })
    .onConflictDoNothing({ target: [imports.workspaceId, imports.uploadKey] })
    .returning();
  if (opened) return { contactImport: opened, fresh: true };
  const [existing] = await db
    .select()
    .from(imports)
    .where(owned(imports, { workspaceId: newImport.workspaceId, uploadKey: newImport.uploadKey ?? '' }));
  if (!existing) throw new Error('an import was neither opened nor found');
  return { contactImport: existing, fresh: false };
}

/** False when the import was canceled or started. */
export async function addImportRows(tx: Tx, key: ImportKey, rows: readonly NewRow[], at: Date) {
  const contactImport = await lockImport(tx, key);
  // Another process's sweep may have declared this upload lost.
  if (contactImport?.state !== 'receiving' && contactImport?.state !== 'interrupted') return false;
  await insertRows(tx, key, rows);
  const invalid = rows.filter((row) => row.problems !== null).length;
  const { counts } = contactImport;
  await updateImport(tx, key, {
    state: 'receiving',
    rows: contactImport.rows + rows.length,
    counts: invalid === 0 ? counts : { ...counts, invalid: (counts.invalid ?? 0) + invalid },
    touchedAt: at,
  });
  return true;
}

export async function touchImport(db: Queryable, key: ImportKey, at: Date): Promise<void> {
  await db
    .update(imports)
    .set({ touchedAt: at })
    .where(and(isImport(key), eq(imports.state, 'receiving')));
}

/** Starts the import, or records why the upload is incomplete. A canceled import stays canceled. */
export async function completeImport(
  tx: Tx,
  key: ImportKey,
  end: { state: 'running' | 'paused' | 'interrupted'; error: string | null },
  at: Date,
): Promise<{ contactImport: ContactImport; completed: boolean }> {
  const contactImport = await lockImport(tx, key);
  if (!contactImport) throw new Error('an import vanished while it arrived');
  if (contactImport.state !== 'receiving' && contactImport.state !== 'interrupted') {
    return { contactImport, completed: false };
  }
  const started = end.state === 'running' && startsNow(contactImport.counts, at);
  return {
    contactImport: await updateImport(tx, key, { ...end, touchedAt: at, ...started }),
    completed: true,
  };
}

/** One JSON parameter: a parameter per cell would exceed PostgreSQL's limit. */
async function insertRows(tx: Tx, { workspaceId, id }: ImportKey, rows: readonly NewRow[]): Promise<void> {
  const given = JSON.stringify(rows);
  await tx.execute(sql`
    insert into ${importRows} (workspace_id, import_id, line, identity, given, problems, error, state)
    select ${workspaceId}, ${id}::uuid, line, identity, given, nullif(problems, 'null'::jsonb),
      case when nullif(problems, 'null'::jsonb) is null then null else 'The row has invalid values' end,
      case when nullif(problems, 'null'::jsonb) is null then 'waiting' else 'invalid' end
    from jsonb_to_recordset(${given}::jsonb) as given(line int, identity text, given jsonb, problems jsonb)`);
}
