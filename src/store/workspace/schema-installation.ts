// What is known of an installation beside its grant: what Intercom did not allow, and the health that it was sent.
import { foreignKey, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { Health } from '../../domain/workspace/health.ts';
import { installations, moment } from '../schema.ts';

export const installationChecks = pgTable(
  'installation_checks',
  {
    workspaceId: text('workspace_id').primaryKey(),
    /** By the names of Intercom's Developer Hub. */
    missingScopes: jsonb('missing_scopes').$type<string[]>().notNull().default([]),
    /** The health that Intercom was sent last; null before the first time, and after a new grant. */
    reported: jsonb('reported').$type<Health>(),
    /** When it was last tried to send it: an Intercom that does not take it is not asked every minute. */
    triedAt: moment('tried_at'),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [installations.workspaceId],
    }).onDelete('cascade'),
  ],
);
