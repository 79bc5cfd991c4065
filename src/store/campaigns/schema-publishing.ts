// The tables of publishing: each campaign's draft and its versions.
import { sql } from 'drizzle-orm';
import { check, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { campaignPlan, planDraft } from '../../domain/campaigns/campaign-plan.ts';
import { references } from '../owned.ts';
import { parsedJson } from '../parsed-json.ts';
import { campaigns, moment, workspace } from '../schema.ts';

/** At most one per campaign, shared by all teammates. */
export const campaignDrafts = pgTable(
  'campaign_drafts',
  {
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    draft: parsedJson('draft', planDraft).notNull(),
    changedAt: moment('changed_at').notNull(),
    changedBy: text('changed_by').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.campaignId] }),
    references(table, table.campaignId, campaigns),
  ],
);

export const campaignVersions = pgTable(
  'campaign_versions',
  {
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    /** 1, 2, 3 … per campaign. */
    number: integer('number').notNull(),
    plan: parsedJson('plan', campaignPlan).notNull(),
    at: moment('at').notNull(),
    /** `found`: the state before anything was published. */
    origin: text('origin').$type<'published' | 'api' | 'found'>().notNull(),
    /** The teammate's name; null for other publishers. */
    publishedBy: text('published_by'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.campaignId, table.number] }),
    references(table, table.campaignId, campaigns),
    check('campaign_versions_origin', sql`origin in ('published', 'api', 'found')`),
  ],
);
