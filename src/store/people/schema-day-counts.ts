// The tables of day counts: how many clicked, joined and have each status, by campaign and day. Triggers keep them.
import {
  bigserial,
  boolean,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { CountedFact } from '../../domain/people/day-counts.ts';
import { references } from '../owned.ts';
import { campaigns, workspace } from '../schema.ts';

const counted = {
  workspaceId: workspace(),
  campaignId: uuid('campaign_id').notNull(),
  fact: text('fact').$type<CountedFact>().notNull(),
  /** In the workspace's time zone; '-infinity' for clicks without a known day. */
  day: date('day', { mode: 'string' }).notNull(),
  /** Whether it counts for a referrer: a referral by one, or a reward of one. */
  ofReferrer: boolean('of_referrer').notNull(),
};

export const dayCounts = pgTable('day_counts', { ...counted, count: integer('count').notNull() }, (table) => [
  primaryKey({
    columns: [table.workspaceId, table.fact, table.campaignId, table.day, table.ofReferrer],
  }),
  references(table, table.campaignId, campaigns).onDelete('cascade'),
]);

/** What is to be added to the counts. Rows of its own, so that those who join at the same time do not wait for each other. */
export const dayCountChanges = pgTable(
  'day_count_changes',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    ...counted,
    change: integer('change').notNull(),
  },
  (table) => [
    index('day_count_changes_of').on(table.workspaceId),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
  ],
);
