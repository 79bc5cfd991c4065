// Every table, once: the one description of this app's data. Migrations are generated from it.
import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { PlatformName, ReferralSource, ReferralStatus, RewardStatus } from '../domain/referral.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
const workspace = () => text('workspace_id').notNull();

export const installations = pgTable('installations', {
  workspaceId: text('workspace_id').primaryKey(),
  name: text('name').notNull(),
  region: text('region').$type<'US' | 'EU' | 'AU'>().notNull(),
  timeZone: text('time_zone').notNull(),
  /** Null once the grant is gone; see store/sealing.ts. */
  sealedToken: text('sealed_token'),
  status: text('status').$type<'active' | 'revoked' | 'uninstalled'>().notNull(),
  installedBy: jsonb('installed_by').$type<{ id: string; name: string; email: string }>().notNull(),
  installedAt: moment('installed_at').notNull(),
  statusAt: moment('status_at').notNull(),
});

/** Ids of single-use tokens that were used: the primary key is what makes them single-use. */
export const usedTokens = pgTable(
  'used_tokens',
  {
    jti: text('jti').primaryKey(),
    purpose: text('purpose').notNull(),
    usedAt: moment('used_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('used_tokens_expiry').on(table.expiresAt)],
);

export const apiTokens = pgTable(
  'api_tokens',
  {
    jti: text('jti').primaryKey(),
    workspaceId: workspace(),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  (table) => [index('api_tokens_workspace').on(table.workspaceId)],
);

export const campaigns = pgTable(
  'campaigns',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    name: text('name').notNull(),
    platform: text('platform').$type<PlatformName>().notNull(),
    /** Its id on an outside platform; null on the built-in one. */
    platformId: text('platform_id'),
    /** Where a share link leads; the code is added as a query parameter. */
    destinationUrl: text('destination_url').notNull(),
    /** What a qualified referral earns, in the company's words; null for nothing. */
    reward: text('reward'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('campaigns_in_workspace').on(table.workspaceId, table.id),
    uniqueIndex('campaigns_by_name').on(table.workspaceId, sql`lower(${table.name})`),
  ],
);

/** One human being on the referral side, whatever campaigns they are in and on whichever side of a referral. */
export const people = pgTable(
  'people',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    /** Folded: see domain/contact.ts. */
    email: text('email'),
    externalId: text('external_id'),
    name: text('name'),
    /** The stored link to the Intercom contact. Merges may bring several people to one contact. */
    contactId: text('contact_id'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('people_in_workspace').on(table.workspaceId, table.id),
    uniqueIndex('people_by_external_id')
      .on(table.workspaceId, table.externalId)
      .where(sql`external_id is not null`),
    // Two people may share an email only when the company tells them apart by its own ids.
    uniqueIndex('people_by_email_alone')
      .on(table.workspaceId, table.email)
      .where(sql`external_id is null and email is not null`),
    index('people_by_email').on(table.workspaceId, table.email),
    index('people_by_contact').on(table.workspaceId, table.contactId),
  ],
);

export const referrers = pgTable(
  'referrers',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    personId: uuid('person_id').notNull(),
    /** In the share link, which names no workspace: unique everywhere. */
    code: text('code').notNull().unique(),
    /** An outside platform's own share link; null means ours, made of the code. */
    link: text('link'),
    platformId: text('platform_id'),
    platformUrl: text('platform_url'),
    joinedAt: moment('joined_at').notNull(),
  },
  (table) => [
    unique('referrers_in_workspace').on(table.workspaceId, table.id),
    unique('referrers_once_a_campaign').on(table.campaignId, table.personId),
    index('referrers_by_person').on(table.workspaceId, table.personId),
    foreignKey({
      columns: [table.workspaceId, table.campaignId],
      foreignColumns: [campaigns.workspaceId, campaigns.id],
    }),
    foreignKey({
      columns: [table.workspaceId, table.personId],
      foreignColumns: [people.workspaceId, people.id],
    }),
  ],
);

export const referrals = pgTable(
  'referrals',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    personId: uuid('person_id').notNull(),
    referrerId: uuid('referrer_id'),
    status: text('status').$type<ReferralStatus>().notNull(),
    statusReason: text('status_reason'),
    statusAt: moment('status_at').notNull(),
    rewardStatus: text('reward_status').$type<RewardStatus>().notNull(),
    source: text('source').$type<ReferralSource>().notNull(),
    joinedAt: moment('joined_at').notNull(),
    platformId: text('platform_id'),
    platformUrl: text('platform_url'),
    /** For an outside platform: when what is stored here was read from there. */
    copiedAt: moment('copied_at'),
  },
  (table) => [
    unique('referrals_in_workspace').on(table.workspaceId, table.id),
    // The same person twice in a campaign is not two referrals; the first referrer keeps the credit.
    unique('referrals_once_a_campaign').on(table.campaignId, table.personId),
    index('referrals_by_person').on(table.workspaceId, table.personId),
    index('referrals_by_referrer').on(table.workspaceId, table.referrerId, table.joinedAt, table.status),
    index('referrals_newest').on(table.workspaceId, table.joinedAt, table.id),
    foreignKey({
      columns: [table.workspaceId, table.campaignId],
      foreignColumns: [campaigns.workspaceId, campaigns.id],
    }),
    foreignKey({
      columns: [table.workspaceId, table.personId],
      foreignColumns: [people.workspaceId, people.id],
    }),
    foreignKey({
      columns: [table.workspaceId, table.referrerId],
      foreignColumns: [referrers.workspaceId, referrers.id],
    }),
    check('referrals_status', sql`status in ('pending', 'qualified', 'disqualified', 'expired')`),
    check('referrals_reward_status', sql`reward_status in ('none', 'due', 'issued', 'cancelled')`),
  ],
);

/** Who did what to a referral and why. A trigger (see the migrations) refuses to change or delete a row. */
export const referralHistory = pgTable(
  'referral_history',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    referralId: uuid('referral_id').notNull(),
    at: moment('at').notNull(),
    what: text('what').$type<'joined' | 'status' | 'reward' | 'converted' | 'linked'>().notNull(),
    from: text('from'),
    to: text('to'),
    actor: text('actor').$type<'teammate' | 'api' | 'rule' | 'platform' | 'person' | 'app'>().notNull(),
    actorName: text('actor_name'),
    reason: text('reason'),
  },
  (table) => [
    index('referral_history_of').on(table.workspaceId, table.referralId, table.id),
    foreignKey({
      columns: [table.workspaceId, table.referralId],
      foreignColumns: [referrals.workspaceId, referrals.id],
    }),
  ],
);

export const clicks = pgTable(
  'clicks',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    clickedAt: moment('clicked_at').notNull(),
  },
  (table) => [
    index('clicks_of').on(table.workspaceId, table.referrerId, table.clickedAt),
    foreignKey({
      columns: [table.workspaceId, table.referrerId],
      foreignColumns: [referrers.workspaceId, referrers.id],
    }),
  ],
);

/** One confirmed conversion of a lead: written before Intercom is asked, so that a repeat finds it. */
export const conversions = pgTable(
  'conversions',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    contactId: text('contact_id').notNull(),
    kind: text('kind').$type<'role-change' | 'merge'>().notNull(),
    intoContactId: text('into_contact_id'),
    /** Who the lead was on the referral side when the teammate confirmed. */
    personIds: jsonb('person_ids').$type<string[]>().notNull(),
    /** The email and external_id that the teammate typed, for a role change. */
    given: jsonb('given').$type<{ email: string | null; externalId: string | null }>().notNull(),
    state: text('state').$type<'started' | 'done' | 'failed' | 'unsure'>().notNull(),
    /** Made when the preview was drawn: the same confirm button pressed twice has the same one. */
    nonce: text('nonce').notNull(),
    teammateId: text('teammate_id').notNull(),
    teammateName: text('teammate_name').notNull(),
    carried: jsonb('carried').$type<{ referrals: number; referrers: number }>(),
    error: text('error'),
    startedAt: moment('started_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('conversions_once_a_confirm').on(table.workspaceId, table.contactId, table.nonce),
    uniqueIndex('conversions_one_at_a_time')
      .on(table.workspaceId, table.contactId)
      .where(sql`state = 'started'`),
  ],
);
