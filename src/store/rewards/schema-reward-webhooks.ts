// The table of reward webhooks: where a workspace's rewards are sent to be issued.
import { foreignKey, pgTable, text } from 'drizzle-orm/pg-core';
import { installations, moment } from '../schema.ts';

export const rewardWebhooks = pgTable(
  'reward_webhooks',
  {
    workspaceId: text('workspace_id').primaryKey(),
    /** It may contain a secret of the receiver's. */
    sealedUrl: text('sealed_url').notNull(),
    sealedSecret: text('sealed_secret').notNull(),
    /** It signs beside the current one until then, so that the receiver can replace it without a gap. */
    sealedPreviousSecret: text('sealed_previous_secret'),
    previousUntil: moment('previous_until'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] })],
);
