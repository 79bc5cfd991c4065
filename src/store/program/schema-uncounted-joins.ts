// Joins that led to no credit. Nothing decides by them: they answer "Why did I get no credit?".
import { sql } from 'drizzle-orm';
import { bigserial, check, date, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { UncountedReason } from '../../domain/program/uncounted-join.ts';
import { references } from '../owned.ts';
import { campaigns, moment, workspace } from '../schema.ts';

export const uncountedJoins = pgTable(
  'uncounted_joins',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    /** "email:dana@example.com" or "external:acct_1": most of these people are in no campaign. */
    identity: text('identity').notNull(),
    /** Null when the program did not know them. No reference: a person who is in no campaign may be removed. */
    personId: uuid('person_id'),
    /** Null when the code named none. */
    campaignId: uuid('campaign_id'),
    /** As given; empty when there was none. No reference: a list's referrers may be removed. */
    code: text('code').notNull(),
    why: text('why').$type<UncountedReason>().notNull(),
    /** In the workspace's time zone. */
    day: date('day', { mode: 'string' }).notNull(),
    times: integer('times').notNull(),
    /** The last time on that day. */
    at: moment('at').notNull(),
  },
  (table) => [
    unique('uncounted_joins_once_a_day')
      .on(table.workspaceId, table.identity, table.code, table.why, table.day, table.campaignId)
      .nullsNotDistinct(),
    index('uncounted_joins_of_person').on(table.workspaceId, table.personId),
    index('uncounted_joins_by_time').on(table.at),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    check(
      'uncounted_joins_why',
      sql`why in ('later_code', 'own_code', 'closed', 'unknown_code', 'other_campaign')`,
    ),
  ],
);
