// Tables of alerts: what teammates chose, chat channels, and what was told last.
import { foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { alertMarks, topicList } from '../../domain/alerts/alert.ts';
import { parsedJson } from '../parsed-json.ts';
import { installations, moment, workspace } from '../schema.ts';
import { teammates } from '../workspace/schema-console.ts';

/** Without a row, the usual topics of the teammate's role. */
export const alertChoices = pgTable(
  'alert_choices',
  {
    workspaceId: workspace(),
    teammateId: text('teammate_id').notNull(),
    topics: parsedJson('topics', topicList).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.teammateId] }),
    foreignKey({
      columns: [table.workspaceId, table.teammateId],
      foreignColumns: [teammates.workspaceId, teammates.teammateId],
    }),
  ],
);

export const alertChannels = pgTable(
  'alert_channels',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    name: text('name').notNull(),
    /** A secret: with the address, anyone can write to the channel. */
    sealedUrl: text('sealed_url').notNull(),
    topics: parsedJson('topics', topicList).notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] })],
);

export const alertsTold = pgTable(
  'alerts_told',
  {
    workspaceId: text('workspace_id').primaryKey(),
    marks: parsedJson('marks', alertMarks).notNull(),
  },
  (table) => [foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] })],
);
