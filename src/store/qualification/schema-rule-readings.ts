// Progress of reading the contacts that a rule is about, since it was last saved.
import { foreignKey, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment, rules, workspace } from '../schema.ts';

export const ruleReadings = pgTable(
  'rule_readings',
  {
    workspaceId: workspace(),
    ruleId: uuid('rule_id').notNull(),
    /** The last person read; people are read in the order of their ids. */
    after: uuid('after'),
    read: integer('read').notNull(),
    total: integer('total').notNull(),
    /** The error that stopped it. */
    trouble: text('trouble'),
    startedAt: moment('started_at').notNull(),
    /** The last progress or error; no process works on it for long after that. */
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
