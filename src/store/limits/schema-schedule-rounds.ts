// When each schedule last began a round, in any process.
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export const scheduleRounds = pgTable('schedule_rounds', {
  name: text('name').primaryKey(),
  /** By the database's clock, which all processes share. */
  beganAt: timestamp('began_at', { withTimezone: true, precision: 3, mode: 'date' }).notNull(),
});
