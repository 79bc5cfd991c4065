// Progress of reading a rule's contacts since it was last saved.
import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { references } from '../owned.ts';
import { moment, rules, workspace } from '../schema.ts';

export const ruleReadings = pgTable(
  'rule_readings',
  {
    workspaceId: workspace(),
    id: uuid('rule_id').notNull(),
    step: integer('step').notNull().default(0),
    /** The last person read, in order of ids. */
    after: uuid('after'),
    read: integer('read').notNull(),
    total: integer('total').notNull(),
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.id] }),
    index('rule_readings_under_way').on(table.touchedAt).where(sql`finished_at is null`),
    references(table, table.id, rules).onDelete('cascade'),
  ],
);
