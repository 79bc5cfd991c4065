// Housekeeping's progress, and totals of deleted rows.
import { bigint, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { references } from '../owned.ts';
import { referrers, workspace } from '../schema.ts';

/** Tables that grow without end are processed in the order of their ids; everything up to this id is done. */
export const housekeeping = pgTable('housekeeping', {
  task: text('task').primaryKey(),
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
});

/** Clicks that are no longer stored one by one. */
export const clickCounts = pgTable(
  'click_counts',
  {
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    clicks: integer('clicks').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referrerId] }),
    references(table, table.referrerId, referrers),
  ],
);
