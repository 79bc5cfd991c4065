// How far the forgetting got, and what is left of what was forgotten.
import { bigint, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { referrers, workspace } from '../schema.ts';

/** What grows without end is gone through in the order of its ids; all up to here was dealt with. */
export const housekeeping = pgTable('housekeeping', {
  task: text('task').primaryKey(),
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
});

/** Clicks that are not kept one by one any more. */
export const clickCounts = pgTable(
  'click_counts',
  {
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    clicks: integer('clicks').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referrerId] }),
    foreignKey({
      columns: [table.workspaceId, table.referrerId],
      foreignColumns: [referrers.workspaceId, referrers.id],
    }),
  ],
);
