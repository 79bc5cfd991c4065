// The table of backfills.
import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { BackfillCounts, BackfillState, BackfillWanted } from '../../domain/repair/backfill.ts';
import { references } from '../owned.ts';
import { campaigns, moment, workspace } from '../schema.ts';

export const backfills = pgTable(
  'backfills',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    wanted: jsonb('wanted').$type<BackfillWanted>().notNull(),
    state: text('state').$type<BackfillState>().notNull(),
    step: integer('step').notNull().default(0),
    cursor: text('cursor'),
    counted: jsonb('counted').$type<BackfillCounts>(),
    progress: jsonb('progress').$type<BackfillCounts>().notNull(),
    trouble: text('trouble'),
    requestedBy: text('requested_by').notNull(),
    createdAt: moment('created_at').notNull(),
    startedAt: moment('started_at'),
    startedWith: integer('started_with').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
    nextPassAt: moment('next_pass_at'),
  },
  (table) => [
    unique('backfills_in_workspace').on(table.workspaceId, table.id),
    index('backfills_newest').on(table.workspaceId, table.createdAt, table.id),
    index('backfills_under_way').on(table.touchedAt).where(sql`state in ('counting', 'running')`),
    // Read for every notification.
    index('backfills_watching').on(table.workspaceId).where(sql`next_pass_at is not null`),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    check(
      'backfills_state',
      sql`state in ('counting', 'counted', 'running', 'paused', 'watching', 'done', 'canceled', 'failed')`,
    ),
  ],
);
