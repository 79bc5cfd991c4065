// The table of recently created contacts, which Intercom's search does not find yet.
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment, workspace } from '../schema.ts';

/** Keyed by what a second request for the same contact looks for: email, external id or purpose. */
export const createdContacts = pgTable(
  'created_contacts',
  {
    workspaceId: workspace(),
    /** `email:` folded, `external:` verbatim, `for:` the id of the run or row. */
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
