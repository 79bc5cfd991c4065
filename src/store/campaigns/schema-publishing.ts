// The tables of publishing: what of each campaign is not published yet, and every version that there was.
import { sql } from 'drizzle-orm';
import { check, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { campaignPlan, planDraft } from '../../domain/campaigns/campaign-plan.ts';
import { references } from '../owned.ts';
import { parsedJson } from '../parsed-json.ts';
import { campaigns, moment, workspace } from '../schema.ts';

/** At most one for each campaign, shared by all who work on it. */
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

/** What a campaign was from some moment on. */
export const campaignVersions = pgTable(
  'campaign_versions',
  {
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    /** 1, 2, 3 … of each campaign. */
    number: integer('number').notNull(),
    plan: parsedJson('plan', campaignPlan).notNull(),
    at: moment('at').notNull(),
    /** `found`: what was there before anything was published. */
    origin: text('origin').$type<'published' | 'api' | 'found'>().notNull(),
    /** The teammate's name; null where it was none. */
    publishedBy: text('published_by'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.campaignId, table.number] }),
    references(table, table.campaignId, campaigns),
    check('campaign_versions_origin', sql`origin in ('published', 'api', 'found')`),
  ],
);
