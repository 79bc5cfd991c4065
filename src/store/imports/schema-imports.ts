// The tables of imports: each upload, and each row with its outcome.
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  GivenRow,
  ImportCounts,
  ImportOptions,
  ImportState,
  RowProblems,
  RowState,
} from '../../domain/imports/contact-import.ts';
import { references } from '../owned.ts';
import { moment, workspace } from '../schema.ts';

export const imports = pgTable(
  'imports',
  {
    workspaceId: workspace(),
    id: uuid('id').notNull(),
    name: text('name'),
    /** A name, such as that of an API token. */
    createdBy: text('created_by').notNull(),
    /** Equal for a repeated upload. */
    uploadKey: text('upload_key'),
    state: text('state').$type<ImportState>().notNull(),
    /** Running, but waits for the service or a new grant. */
    pausedFor: text('paused_for').$type<'intercom' | 'token'>(),
    error: text('error'),
    /** Of a CSV file, in its order; null for JSON, where each row names its own. */
    columns: jsonb('columns').$type<string[]>(),
    options: jsonb('options').$type<ImportOptions>().notNull(),
    rows: integer('rows').notNull().default(0),
    counts: jsonb('counts').$type<ImportCounts>().notNull(),
    /** Incremented by each worker: rows left by an earlier turn may have been requested already. */
    turn: integer('turn').notNull().default(0),
    dueAt: moment('due_at').notNull(),
    /** Last sign of life of the upload or worker. */
    touchedAt: moment('touched_at').notNull(),
    createdAt: moment('created_at').notNull(),
    /** The last start, and the rows settled by then: for the rate. */
    startedAt: moment('started_at'),
    startedWith: integer('started_with').notNull().default(0),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.id] }),
    unique('imports_once').on(table.workspaceId, table.uploadKey),
    index('imports_newest').on(table.workspaceId, table.createdAt, table.id),
    index('imports_open').on(table.dueAt).where(sql`state in ('running', 'receiving')`),
  ],
);

export const importRows = pgTable(
  'import_rows',
  {
    workspaceId: workspace(),
    importId: uuid('import_id').notNull(),
    /** First line in the file. */
    line: integer('line').notNull(),
    /** Rows of one identity are processed in order. */
    identity: text('identity'),
    given: jsonb('given').$type<GivenRow>().notNull(),
    state: text('state').$type<RowState>().notNull(),
    /** The turn of the current or last worker. */
    turn: integer('turn').notNull().default(0),
    outcome: text('outcome'),
    contactId: text('contact_id'),
    error: text('error'),
    problems: jsonb('problems').$type<RowProblems>(),
    attempts: smallint('attempts').notNull().default(0),
    /** Set before the request to Intercom; if not done, looked up before the next request. */
    attemptedAt: moment('attempted_at'),
    dueAt: moment('due_at'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.importId, table.line] }),
    references(table, table.importId, imports).onDelete('cascade'),
    index('import_rows_open')
      .on(table.workspaceId, table.importId, table.line)
      .where(sql`state in ('waiting', 'attempted')`),
    index('import_rows_of_identity').on(table.workspaceId, table.identity, table.importId, table.line),
    index('import_rows_bad')
      .on(table.workspaceId, table.importId, table.line)
      .where(sql`state in ('failed', 'invalid')`),
  ],
);
