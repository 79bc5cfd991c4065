// The table of contacts that were made lately, which no search of Intercom's finds yet.
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment, workspace } from '../schema.ts';

/** By what the next one who wants the same contact would look for: its email, its external id, what it was made for. */
export const createdContacts = pgTable(
  'created_contacts',
  {
    workspaceId: workspace(),
    /** `email:` folded, `external:` as it is, `for:` the run's or the row's id. */
    key: text('key').notNull(),
    contactId: text('contact_id').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.key] }),
    index('created_contacts_of').on(table.workspaceId, table.contactId),
    index('created_contacts_age').on(table.createdAt),
  ],
);
