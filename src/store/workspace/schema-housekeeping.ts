// Housekeeping's progress, and totals of deleted rows.
import { bigint, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { references } from '../owned.ts';
import { referrers, workspace } from '../schema.ts';

/** The last id processed, per ever-growing table. */
export const housekeeping = pgTable('housekeeping', {
  task: text('task').primaryKey(),
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
});

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
