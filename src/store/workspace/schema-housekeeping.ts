// Housekeeping's progress.
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';

/** The last id processed, per ever-growing table. */
export const housekeeping = pgTable('housekeeping', {
  task: text('task').primaryKey(),
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
});
