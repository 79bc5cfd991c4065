// What the app wrote to contacts in Intercom lately, so that the notification of a write decides nothing.
import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { moment, workspace } from '../schema.ts';

/** Stored before the write, and completed with its answer. Values are digests: they are only compared. */
export const ownWrites = pgTable(
  'own_writes',
  {
    workspaceId: workspace(),
    id: uuid('id').primaryKey(),
    /** `contact:` and its id; for a creation `email:`, `external:` or `phone:` in its normal form. */
    subject: text('subject').notNull(),
    /** By attribute; `tag:` and its id for a tag, with `added` or `removed`. */
    written: jsonb('written').$type<Record<string, string>>().notNull(),
    /** The contact's attributes in the answer, without empty ones. */
    shown: jsonb('shown').$type<Record<string, string>>(),
    /** Null once it was answered without one. */
    updatedAt: moment('updated_at'),
    answeredAt: moment('answered_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('own_writes_of').on(table.workspaceId, table.subject),
    index('own_writes_age').on(table.createdAt),
  ],
);
