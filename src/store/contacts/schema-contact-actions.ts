// Recently created contacts, which Intercom's search does not find yet, and who is creating one now.
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment, workspace } from '../schema.ts';

/** Keyed by what a second request for the same contact looks for: email, external ID or purpose. */
export const createdContacts = pgTable(
  'created_contacts',
  {
    workspaceId: workspace(),
    /** `email:`, `external:` or `phone:` in its normal form, `for:` the id of the run or row. */
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

/**
 * Taken before Intercom is asked for the contact of an identity, so that all requests in all processes create one.
 * Settling it turns it into rows of `created_contacts`.
 */
export const contactReservations = pgTable(
  'contact_reservations',
  {
    workspaceId: workspace(),
    /** As in `created_contacts`, without `for:`. */
    key: text('key').notNull(),
    /** The id of the run or row: its next attempt takes over at once. */
    holder: text('holder').notNull(),
    /** Null when released. */
    attemptId: text('attempt_id'),
    /** Extended while the attempt lives. */
    heldUntil: moment('held_until').notNull(),
    role: text('role').$type<'lead' | 'user'>().notNull(),
    /** When a creation with an unknown result was requested at the latest, by any holder. */
    unsettledAt: moment('unsettled_at'),
    /** The role it was requested for; `lead` when there are several. */
    unsettledRole: text('unsettled_role').$type<'lead' | 'user'>(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.key] }),
    index('contact_reservations_age').on(table.heldUntil),
  ],
);
