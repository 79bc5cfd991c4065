// The tables of lists of people: each list, and each row with its outcome.
import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type {
  ColumnMapping,
  ImportPurpose,
  OutcomeCounts,
  PeopleImportState,
  RowOutcome,
} from '../../domain/people/people-import.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { references } from '../owned.ts';
import { campaigns, moment, workspace } from '../schema.ts';

export const peopleImports = pgTable(
  'people_imports',
  {
    workspaceId: workspace(),
    id: uuid('id').notNull(),
    campaignId: uuid('campaign_id').notNull(),
    purpose: text('purpose').$type<ImportPurpose>().notNull(),
    name: text('name').notNull(),
    state: text('state').$type<PeopleImportState>().notNull(),
    /** The state to go back to. */
    failedIn: text('failed_in').$type<PeopleImportState>(),
    step: integer('step').notNull().default(0),
    columns: jsonb('columns').$type<string[]>().notNull(),
    mapping: jsonb('mapping').$type<ColumnMapping>().notNull(),
    rows: integer('rows').notNull().default(0),
    counts: jsonb('counts').$type<OutcomeCounts>().notNull(),
    /** The last row of the work under way that was looked at. */
    place: integer('place').notNull().default(0),
    /** The rows of the work under way. */
    wanted: integer('wanted').notNull().default(0),
    trouble: text('trouble'),
    createdBy: text('created_by').notNull(),
    /** Who confirmed it, or asked for its undoing. */
    actor: jsonb('actor').$type<IdentifiedActor>(),
    createdAt: moment('created_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.id] }),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    index('people_imports_newest').on(table.workspaceId, table.createdAt, table.id),
    index('people_imports_under_way')
      .on(table.touchedAt)
      .where(sql`state in ('checking', 'running', 'undoing')`),
    check(
      'people_imports_state',
      sql`state in ('receiving', 'unmapped', 'checking', 'checked', 'running', 'done', 'undoing', 'undone', 'canceled', 'failed')`,
    ),
  ],
);

export const peopleImportRows = pgTable(
  'people_import_rows',
  {
    workspaceId: workspace(),
    importId: uuid('import_id').notNull(),
    /** A pasted line may have several people. */
    seq: integer('seq').notNull(),
    line: integer('line').notNull(),
    cells: jsonb('cells').$type<string[]>().notNull(),
    /** Equal for rows about one person. */
    identity: text('identity'),
    outcome: text('outcome').$type<RowOutcome>(),
    reason: text('reason'),
    /** The referrer or referral that it became or is about. */
    subjectId: uuid('subject_id'),
    personId: uuid('person_id'),
    isNewPerson: boolean('is_new_person').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.importId, table.seq] }),
    references(table, table.importId, peopleImports).onDelete('cascade'),
    index('people_import_rows_by_outcome').on(table.workspaceId, table.importId, table.outcome, table.seq),
    index('people_import_rows_of_identity').on(table.workspaceId, table.identity, table.importId, table.seq),
    index('people_import_rows_of_person').on(table.workspaceId, table.personId),
  ],
);
