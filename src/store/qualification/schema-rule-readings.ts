// How far the contacts that a rule is about were read, when it was saved last.
import { foreignKey, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment, rules, workspace } from '../schema.ts';

export const ruleReadings = pgTable(
  'rule_readings',
  {
    workspaceId: workspace(),
    ruleId: uuid('rule_id').notNull(),
    /** The person read last, in the order of their ids. */
    after: uuid('after'),
    read: integer('read').notNull(),
    total: integer('total').notNull(),
    /** What kept it from going on. */
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    /** When it last got on or came to grief; nobody is at it for long after that. */
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.ruleId] }),
    index('rule_readings_open').on(table.touchedAt),
    foreignKey({
      columns: [table.workspaceId, table.ruleId],
      foreignColumns: [rules.workspaceId, rules.id],
    }).onDelete('cascade'),
  ],
);
