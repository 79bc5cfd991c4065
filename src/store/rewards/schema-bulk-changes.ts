// The tables of bulk changes: one change of all rewards that a filter showed, with the result for each.
import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { BulkAct, BulkOutcome, BulkState } from '../../domain/rewards/bulk-change.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { moment, workspace } from '../schema.ts';

export const bulkChanges = pgTable(
  'bulk_changes',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    change: text('change').$type<BulkAct>().notNull(),
    state: text('state').$type<BulkState>().notNull(),
    rows: integer('rows').notNull(),
    /** Rows up to this one are checked, or changed. */
    place: integer('place').notNull().default(0),
    /** The receipt of what is issued, and why rewards are canceled. */
    reference: text('reference'),
    reason: text('reason'),
    /** Who confirmed it. */
    actor: jsonb('actor').$type<IdentifiedActor>(),
    /** What an undo takes. */
    changeId: uuid('change_id').notNull(),
    step: integer('step').notNull().default(0),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('bulk_changes_in_workspace').on(table.workspaceId, table.id),
    index('bulk_changes_under_way').on(table.touchedAt).where(sql`state in ('checking', 'running')`),
    index('bulk_changes_age').on(table.startedAt),
    check('bulk_changes_state', sql`state in ('checking', 'ready', 'running', 'done', 'failed', 'canceled')`),
  ],
);

export const bulkChangeRows = pgTable(
  'bulk_change_rows',
  {
    workspaceId: workspace(),
    bulkId: uuid('bulk_id').notNull(),
    line: integer('line').notNull(),
    rewardId: uuid('reward_id').notNull(),
    /** Null until it is checked. */
    outcome: text('outcome').$type<BulkOutcome>(),
    problem: text('problem'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.bulkId, table.line] }),
    foreignKey({
      columns: [table.workspaceId, table.bulkId],
      foreignColumns: [bulkChanges.workspaceId, bulkChanges.id],
    }).onDelete('cascade'),
  ],
);
