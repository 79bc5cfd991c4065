// The tables of sync checks, recoveries, and the heartbeat.
import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  SyncCounts,
  SyncDifference,
  SyncFindingKind,
  SyncRepair,
  syncCheckStates,
  syncRowStates,
} from '../../domain/repair/sync-check.ts';
import { references } from '../owned.ts';
import { campaigns, moment, workspace } from '../schema.ts';

export const syncChecks = pgTable(
  'sync_checks',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    /** Null for all campaigns. */
    campaignId: uuid('campaign_id'),
    cause: text('cause').notNull(),
    state: text('state').$type<(typeof syncCheckStates)[number]>().notNull(),
    step: integer('step').notNull().default(0),
    part: text('part').$type<'people' | 'contacts'>().notNull(),
    cursor: text('cursor'),
    seen: integer('seen').notNull(),
    counts: jsonb('counts').$type<SyncCounts>().notNull(),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('sync_checks_in_workspace').on(table.workspaceId, table.id),
    index('sync_checks_newest').on(table.workspaceId, table.startedAt, table.id),
    index('sync_checks_under_way').on(table.touchedAt).where(sql`state in ('running', 'repairing')`),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    check('sync_checks_state', sql`state in ('running', 'repairing', 'done', 'failed')`),
  ],
);

export const syncCheckRows = pgTable(
  'sync_check_rows',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    syncCheckId: uuid('sync_check_id').notNull(),
    kind: text('kind').$type<SyncFindingKind>().notNull(),
    personId: uuid('person_id'),
    contactId: text('contact_id'),
    differences: jsonb('differences').$type<SyncDifference[]>().notNull(),
    repair: text('repair').$type<SyncRepair>().notNull(),
    state: text('state').$type<(typeof syncRowStates)[number]>().notNull(),
  },
  (table) => [
    index('sync_check_rows_of').on(table.workspaceId, table.syncCheckId, table.kind, table.id),
    index('sync_check_rows_chosen')
      .on(table.workspaceId, table.syncCheckId, table.id)
      .where(sql`state = 'chosen'`),
    index('sync_check_rows_of_person').on(table.workspaceId, table.personId),
    index('sync_check_rows_of_contact').on(table.workspaceId, table.contactId),
    references(table, table.syncCheckId, syncChecks).onDelete('cascade'),
    check('sync_check_rows_kind', sql`kind in ('missing', 'different', 'orphaned', 'unlinked')`),
    check('sync_check_rows_state', sql`state in ('found', 'chosen', 'planned')`),
  ],
);

/** A period with possibly missed notifications: contacts that changed in it are read again. */
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
    /** When a second pass begins: Intercom's search shows what has just changed only after a while. Null in the first. */
    lookAgainAt: moment('look_again_at'),
    /** Changed contacts, and how many of those changes were missed. */
    seen: integer('seen').notNull(),
    missed: integer('missed').notNull(),
    /** Started after the recovery. */
    syncCheckId: uuid('sync_check_id'),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('recoveries_in_workspace').on(table.workspaceId, table.id),
    index('recoveries_newest').on(table.workspaceId, table.startedAt, table.id),
    index('recoveries_under_way').on(table.touchedAt).where(sql`state = 'running'`),
    // A recovery under way absorbs later ones.
    uniqueIndex('recoveries_one_at_a_time').on(table.workspaceId).where(sql`state = 'running'`),
    check('recoveries_state', sql`state in ('running', 'done', 'failed')`),
  ],
);

/** When any process last ran. */
export const heartbeats = pgTable('heartbeats', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
});
