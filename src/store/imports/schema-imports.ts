// The tables of imports: what was uploaded, row by row, and what became of each.
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
    /** Whoever uploaded it; the name of an API token, for example. */
    createdBy: text('created_by').notNull(),
    /** The same upload made twice has the same one. */
    uploadKey: text('upload_key'),
    state: text('state').$type<ImportState>().notNull(),
    /** Running, but not to be gone on with until the service or the grant is back. */
    pausedFor: text('paused_for').$type<'intercom' | 'token'>(),
    error: text('error'),
    /** Those of a CSV file, in its order; null for JSON, where each row names its own. */
    columns: jsonb('columns').$type<string[]>(),
    options: jsonb('options').$type<ImportOptions>().notNull(),
    rows: integer('rows').notNull().default(0),
    counts: jsonb('counts').$type<ImportCounts>().notNull(),
    /** Each worker that takes it up counts one on: rows that an earlier one left may have been asked for. */
    turn: integer('turn').notNull().default(0),
    dueAt: moment('due_at').notNull(),
    /** The latest sign of life of its upload or its worker. */
    touchedAt: moment('touched_at').notNull(),
    createdAt: moment('created_at').notNull(),
    /** When it was last started, and how many rows were settled by then: for the rate. */
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
    /** Where it begins in the file. */
    line: integer('line').notNull(),
    /** Rows of one identity are done in their order. */
    identity: text('identity'),
    given: jsonb('given').$type<GivenRow>().notNull(),
    state: text('state').$type<RowState>().notNull(),
    /** Of the worker that has it, or had it last. */
    turn: integer('turn').notNull().default(0),
    outcome: text('outcome'),
    contactId: text('contact_id'),
    error: text('error'),
    problems: jsonb('problems').$type<RowProblems>(),
    attempts: smallint('attempts').notNull().default(0),
    /** Set before Intercom is asked; what is set and not done is looked up before it is asked again. */
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
