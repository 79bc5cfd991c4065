// State of an installation beside its grant: missing permissions, the health last sent to Intercom, and the secrets of user tokens.
import { foreignKey, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Health } from '../../domain/workspace/health.ts';
import { installations, moment, workspace } from '../schema.ts';

export const installationChecks = pgTable(
  'installation_checks',
  {
    workspaceId: text('workspace_id').primaryKey(),
    /** Named as in Intercom's Developer Hub. */
    missingScopes: jsonb('missing_scopes').$type<string[]>().notNull().default([]),
    /** Calls that Intercom refuses the app: `token`, or a method and path with `:id`. Until they work again. */
    refused: jsonb('refused').$type<Record<string, { at: string; words: string }>>().notNull().default({}),
    /** Null before the first report and after a new grant. */
    reported: jsonb('reported').$type<Health>(),
    /** The last attempt, so that a rejected report is not retried every minute. */
    triedAt: moment('tried_at'),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [installations.workspaceId],
    }).onDelete('cascade'),
  ],
);

/** The company's server signs user tokens with them. */
export const userTokenSecrets = pgTable(
  'user_token_secrets',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    sealedSecret: text('sealed_secret').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('user_token_secrets_workspace').on(table.workspaceId),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
  ],
);
