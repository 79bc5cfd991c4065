// Imports as they arrive: a row of their own at once, then their rows, hundreds in a statement.
import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { ContactImport, NewImport, NewRow } from '../../usecases/imports/import-edges.ts';
import type { Database, Tx } from '../database.ts';
import {
  type ImportKey,
  updateImport,
  type EnqueueImport,
  jobOf,
  lockImport,
  isImport,
  startsNow,
} from './contact-imports.ts';
import { imports, importRows } from './schema-imports.ts';

export function createImportIntake({ db, transaction }: Database, enqueue: EnqueueImport) {
  async function open(contactImport: NewImport, at: Date): Promise<{ contactImport: ContactImport; fresh: boolean }> {
    const fresh = { id: randomUUID(), state: 'receiving', counts: {}, dueAt: at } as const;
    const [opened] = await db
      .insert(imports)
      .values({ ...contactImport, ...fresh, touchedAt: at, createdAt: at })
      .onConflictDoNothing({ target: [imports.workspaceId, imports.uploadKey] })
      .returning();
    if (opened) return { contactImport: opened, fresh: true };
    const [before] = await db
      .select()
      .from(imports)
      .where(and(eq(imports.workspaceId, contactImport.workspaceId), eq(imports.uploadKey, contactImport.uploadKey ?? '')));
    if (!before) throw new Error('an import was neither opened nor found');
    return { contactImport: before, fresh: false };
  }

  async function addRows(key: ImportKey, rows: readonly NewRow[], at: Date): Promise<boolean> {
    return transaction(async (tx) => {
      const contactImport = await lockImport(tx, key);
      // The process that sweeps may have thought that this one was gone.
      if (contactImport?.state !== 'receiving' && contactImport?.state !== 'interrupted') return false;
      await insertRows(tx, key, rows);
      const invalid = rows.filter((row) => row.problems !== null).length;
      const counts =
        invalid === 0 ? contactImport.counts : { ...contactImport.counts, invalid: (contactImport.counts.invalid ?? 0) + invalid };
      await updateImport(tx, key, {
        state: 'receiving',
        rows: contactImport.rows + rows.length,
        counts,
        touchedAt: at,
      });
      return true;
    });
  }

  async function touch(key: ImportKey, at: Date): Promise<void> {
    await db
      .update(imports)
      .set({ touchedAt: at })
      .where(and(isImport(key), eq(imports.state, 'receiving')));
  }

  async function complete(
    key: ImportKey,
    end: { state: 'running' | 'paused' | 'interrupted'; error: string | null },
    at: Date,
  ): Promise<ContactImport> {
    return transaction(async (tx) => {
      const contactImport = await lockImport(tx, key);
      if (!contactImport) throw new Error('an import vanished while it arrived');
      if (contactImport.state !== 'receiving' && contactImport.state !== 'interrupted') return contactImport;
      if (end.state === 'running') await enqueue(tx, jobOf(key));
      const started = end.state === 'running' && startsNow(contactImport.counts, at);
      return updateImport(tx, key, { ...end, touchedAt: at, ...started });
    });
  }

  return { open, addRows, touch, complete };
}

/** As one JSON parameter: a parameter for each cell would be more than PostgreSQL takes. */
async function insertRows(tx: Tx, { workspaceId, id }: ImportKey, rows: readonly NewRow[]): Promise<void> {
  const given = JSON.stringify(rows);
  await tx.execute(sql`
    insert into ${importRows} (workspace_id, import_id, line, identity, given, problems, error, state)
    select ${workspaceId}, ${id}::uuid, line, identity, given, nullif(problems, 'null'::jsonb),
      case when nullif(problems, 'null'::jsonb) is null then null else 'The row cannot be used as it is' end,
      case when nullif(problems, 'null'::jsonb) is null then 'waiting' else 'invalid' end
    from jsonb_to_recordset(${given}::jsonb) as given(line int, identity text, given jsonb, problems jsonb)`);
}
