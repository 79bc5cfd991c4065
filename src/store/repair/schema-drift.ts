// The tables of comparing both sides: reports of what differs, their rows, and what was missed and is read again.
import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Difference, DriftCounts, DriftKind, DriftRepair } from '../../domain/repair/drift.ts';
import { campaigns, moment, workspace } from '../schema.ts';

export const driftReports = pgTable(
  'drift_reports',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    /** Null for the whole workspace. */
    campaignId: uuid('campaign_id'),
    /** Why it was begun, in words. */
    cause: text('cause').notNull(),
    state: text('state').$type<'running' | 'repairing' | 'done' | 'failed'>().notNull(),
    step: integer('step').notNull().default(0),
    part: text('part').$type<'people' | 'contacts'>().notNull(),
    cursor: text('cursor'),
    seen: integer('seen').notNull(),
    counts: jsonb('counts').$type<DriftCounts>().notNull(),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('drift_reports_in_workspace').on(table.workspaceId, table.id),
    index('drift_reports_newest').on(table.workspaceId, table.startedAt, table.id),
    index('drift_reports_under_way').on(table.touchedAt).where(sql`state in ('running', 'repairing')`),
    foreignKey({
      columns: [table.workspaceId, table.campaignId],
      foreignColumns: [campaigns.workspaceId, campaigns.id],
    }).onDelete('cascade'),
    check('drift_reports_state', sql`state in ('running', 'repairing', 'done', 'failed')`),
  ],
);

export const driftRows = pgTable(
  'drift_rows',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    reportId: uuid('report_id').notNull(),
    kind: text('kind').$type<DriftKind>().notNull(),
    personId: uuid('person_id'),
    contactId: text('contact_id'),
    differences: jsonb('differences').$type<Difference[]>().notNull(),
    repair: text('repair').$type<DriftRepair>().notNull(),
    state: text('state').$type<'found' | 'chosen' | 'planned'>().notNull(),
  },
  (table) => [
    index('drift_rows_of').on(table.workspaceId, table.reportId, table.kind, table.id),
    index('drift_rows_chosen').on(table.workspaceId, table.reportId, table.id).where(sql`state = 'chosen'`),
    index('drift_rows_of_person').on(table.workspaceId, table.personId),
    index('drift_rows_of_contact').on(table.workspaceId, table.contactId),
    foreignKey({
      columns: [table.workspaceId, table.reportId],
      foreignColumns: [driftReports.workspaceId, driftReports.id],
    }).onDelete('cascade'),
    check('drift_rows_kind', sql`kind in ('missing', 'different', 'orphaned', 'unlinked')`),
    check('drift_rows_state', sql`state in ('found', 'chosen', 'planned')`),
  ],
);

/** A time in which notifications may have been missed; whom it changed is read again. */
export const recoveries = pgTable(
  'recoveries',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    cause: text('cause').notNull(),
    since: moment('since').notNull(),
    state: text('state').$type<'running' | 'done' | 'failed'>().notNull(),
    step: integer('step').notNull().default(0),
    cursor: text('cursor'),
    /** Contacts that changed meanwhile, and those of them that were new to us. */
    seen: integer('seen').notNull(),
    missed: integer('missed').notNull(),
    /** The report that was begun afterwards. */
    driftId: uuid('drift_id'),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('recoveries_in_workspace').on(table.workspaceId, table.id),
    index('recoveries_newest').on(table.workspaceId, table.startedAt, table.id),
    index('recoveries_under_way').on(table.touchedAt).where(sql`state = 'running'`),
    // What comes while one is under way is taken up by it.
    uniqueIndex('recoveries_one_at_a_time').on(table.workspaceId).where(sql`state = 'running'`),
    check('recoveries_state', sql`state in ('running', 'done', 'failed')`),
  ],
);

/** When the app last ran, in whichever process. */
export const heartbeats = pgTable('heartbeats', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
});
