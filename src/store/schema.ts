// Tables of the program, notifications, rules and runs. Migrations are generated from all schema*.ts files.
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { KeptValues } from '../domain/card/merge-choice.ts';
import type { DoubtHint } from '../domain/program/doubt.ts';
import { joinPage } from '../domain/program/join-page.ts';
import type { HistoryEntry, ReferralActor } from '../domain/program/program.ts';
import type { PlatformName, ReferralSource, ReferralStatus } from '../domain/program/referral.ts';
import type { DeliveryState } from '../domain/qualification/delivery.ts';
import { ruleDefinition } from '../domain/qualification/rule.ts';
import type { Decision } from '../domain/qualification/stored-rule.ts';
import type { Region } from '../domain/region.ts';
import { campaignRewards, type RewardStatus, rewardApproval } from '../domain/rewards/reward.ts';
import type { Pause, RunState } from '../domain/runs/run.ts';
import { campaignSettings } from '../domain/workspace/settings.ts';
import { references } from './owned.ts';
import { parsedJson } from './parsed-json.ts';
import { nameVector } from './people/folded-name.ts';

export type ConversionGiven = {
  email: string | null;
  externalId: string | null;
  strangers?: true;
  /** By attribute: the digest of both values as the teammate saw them, where the lead's was chosen. */
  take?: Record<string, string>;
  /** The values, read right before the merge. */
  keep?: KeptValues;
};

export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
export const workspace = () => text('workspace_id').notNull();

export const installations = pgTable('installations', {
  workspaceId: text('workspace_id').primaryKey(),
  name: text('name').notNull(),
  region: text('region').$type<Region>().notNull(),
  timeZone: text('time_zone').notNull(),
  /** The same, or UTC where PostgreSQL does not know it: the days of day counts. A trigger sets it. */
  dayZone: text('day_zone').notNull().default('UTC'),
  /** Null once the grant is gone; see secrets.ts. */
  sealedToken: text('sealed_token'),
  status: text('status').$type<'active' | 'revoked' | 'uninstalled'>().notNull(),
  installedBy: jsonb('installed_by').$type<{ id: string; name: string; email: string }>().notNull(),
  installedAt: moment('installed_at').notNull(),
  statusAt: moment('status_at').notNull(),
  /** Whether Intercom checks who its end users are; asked every few minutes. */
  identityVerification: boolean('identity_verification').notNull().default(false),
});

/** The primary key makes these tokens single-use. */
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
    /** Accurate to about a minute: see usecases/workspace/api-tokens.ts. */
    lastUsedAt: moment('last_used_at'),
    /** The id of the APP_SECRET; null for tokens older than this column. */
    signedWith: text('signed_with'),
    /** Whether AI assistants may change something with it. The API itself does not ask. */
    assistantsMayWrite: boolean('assistants_may_write').notNull().default(false),
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
    /** The code is added as a query parameter. Null: the campaign's join page. */
    destinationUrl: text('destination_url'),
    /** The join page's address names no workspace. Copies of other platforms' campaigns have no join page. */
    slug: text('slug').notNull().default(sql`gen_random_uuid()::text`),
    joinPage: parsedJson('join_page', joinPage)
      .notNull()
      .default(sql`'{"open": true, "text": null, "color": null, "consent": null}'::jsonb`),
    rewards: parsedJson('rewards', campaignRewards)
      .notNull()
      .default(sql`'{"referrer": null, "friend": null}'::jsonb`),
    /** Null: rewards are issued without approval. */
    rewardApproval: parsedJson('reward_approval', rewardApproval),
    /** By the workspace's reward webhook: see schema-reward-webhooks.ts. */
    autoIssue: boolean('auto_issue').notNull().default(false),
    settings: parsedJson('settings', campaignSettings).notNull().default(sql`'{}'::jsonb`),
    createdAt: moment('created_at').notNull(),
    pausedAt: moment('paused_at'),
    /** The last day on which people can join, in the workspace's time zone. */
    endsOn: date('ends_on', { mode: 'string' }),
    archivedAt: moment('archived_at'),
  },
  (table) => [
    unique('campaigns_in_workspace').on(table.workspaceId, table.id),
    uniqueIndex('campaigns_by_slug').on(table.slug),
    uniqueIndex('campaigns_by_name').on(table.workspaceId, sql`lower(${table.name})`),
    uniqueIndex('campaigns_by_platform_id')
      .on(table.workspaceId, table.platform, table.platformId)
      .where(sql`platform_id is not null`),
  ],
);

/** One human being across all campaigns and both sides of a referral. */
export const people = pgTable(
  'people',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    /** Folded: see domain/contact.ts. */
    email: text('email'),
    externalId: text('external_id'),
    name: text('name'),
    /** The stored link. Merges may link several people to one contact. */
    contactId: text('contact_id'),
    createdAt: moment('created_at').notNull(),
    /** As `mailboxKey` of domain/program/doubt.ts. For hints only, never for matching. */
    mailbox: text('mailbox').generatedAlwaysAs(
      sql`case when email ~ '^[^@]+@[^@]+$' then case
        when split_part(email, '@', 2) in ('gmail.com', 'googlemail.com')
        then replace(regexp_replace(split_part(email, '@', 1), '^([^+]+)\\+.*$', '\\1'), '.', '') || '@gmail.com'
        else regexp_replace(split_part(email, '@', 1), '^([^+]+)\\+.*$', '\\1') || '@' || split_part(email, '@', 2)
      end end`,
    ),
  },
  (table) => [
    unique('people_in_workspace').on(table.workspaceId, table.id),
    uniqueIndex('people_by_external_id')
      .on(table.workspaceId, table.externalId)
      .where(sql`external_id is not null`),
    // People may share an email only when their external IDs differ.
    uniqueIndex('people_by_email_alone')
      .on(table.workspaceId, table.email)
      .where(sql`external_id is null and email is not null`),
    // Also serve the console's prefix search under any collation.
    index('people_by_email').on(table.workspaceId, table.email.op('text_pattern_ops')),
    index('people_by_contact').on(table.workspaceId, table.contactId.op('text_pattern_ops')),
    index('people_by_external_id_start').on(table.workspaceId, table.externalId.op('text_pattern_ops')),
    index('people_by_name').using('gin', nameVector(table.name)),
    // The search finds people by their email's domain.
    index('people_by_domain')
      .on(table.workspaceId, sql`split_part(email, '@', 2) text_pattern_ops`)
      .where(sql`email is not null`),
    index('people_newest').on(table.workspaceId, table.createdAt, table.id),
    index('people_by_mailbox').on(table.workspaceId, table.mailbox),
    // As the list of everyone is ordered: see peopleKeys.
    index('people_in_order_of_name').on(table.workspaceId, sql`lower(coalesce(${table.name}, ''))`, table.id),
    index('people_in_order_of_email').on(table.workspaceId, sql`coalesce(${table.email}, '')`, table.id),
    index('people_in_order_of_external_id').on(
      table.workspaceId,
      sql`coalesce(${table.externalId}, '')`,
      table.id,
    ),
  ],
);

export const referrers = pgTable(
  'referrers',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    personId: uuid('person_id').notNull(),
    /** A share link names no workspace, so this is globally unique. */
    code: text('code').notNull().unique(),
    /** An outside platform's link; null means ours, built from the code. */
    link: text('link'),
    platformId: text('platform_id'),
    platformUrl: text('platform_url'),
    joinedAt: moment('joined_at').notNull(),
    /** Further fields from the platform or the company's form: for mappings. */
    extra: jsonb('extra').$type<Record<string, string | number | boolean>>(),
  },
  (table) => [
    unique('referrers_in_workspace').on(table.workspaceId, table.id),
    unique('referrers_once_a_campaign').on(table.campaignId, table.personId),
    uniqueIndex('referrers_by_platform_id')
      .on(table.workspaceId, table.campaignId, table.platformId)
      .where(sql`platform_id is not null`),
    index('referrers_by_person').on(table.workspaceId, table.personId),
    references(table, table.campaignId, campaigns),
    references(table, table.personId, people),
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
    /** Of its rewards together, as `rewardOfReferral` says; written with every change of them. */
    rewardStatus: text('reward_status').$type<RewardStatus>().notNull(),
    /** Why it earned nothing, or less than the campaign promises. */
    rewardNote: text('reward_note'),
    source: text('source').$type<ReferralSource>().notNull(),
    joinedAt: moment('joined_at').notNull(),
    /** What makes it doubtful, for lists: see referral-hints.ts. Null until it was looked at. */
    hints: text('hints').array().$type<DoubtHint[]>(),
    /** While pending: the latest decision's expected and actual values. */
    explanation: text('explanation'),
    /** How often it went back to pending; each round can qualify again. */
    round: integer('round').notNull().default(0),
    /** The platform cannot store this status. */
    localOnly: boolean('local_only').notNull().default(false),
    /** For commissions, from the attribute that the rule names. */
    saleValue: numeric('sale_value', { mode: 'number' }),
    platformId: text('platform_id'),
    platformUrl: text('platform_url'),
    /** When the copy was read; null on the built-in platform. */
    copiedAt: moment('copied_at'),
    /** Further fields from the platform or the company's form: for mappings. */
    extra: jsonb('extra').$type<Record<string, string | number | boolean>>(),
  },
  (table) => [
    unique('referrals_in_workspace').on(table.workspaceId, table.id),
    // A second referral of the same person does not count; the first referrer keeps the credit.
    unique('referrals_once_a_campaign').on(table.campaignId, table.personId),
    uniqueIndex('referrals_by_platform_id')
      .on(table.workspaceId, table.campaignId, table.platformId)
      .where(sql`platform_id is not null`),
    index('referrals_by_person').on(table.workspaceId, table.personId),
    index('referrals_by_referrer').on(table.workspaceId, table.referrerId, table.joinedAt, table.status),
    // Covers counts of who joined in some days, by status.
    index('referrals_by_joining').on(
      table.workspaceId,
      table.joinedAt,
      table.id,
      table.campaignId,
      table.status,
      table.rewardStatus,
    ),
    // Covers a campaign's counts of who joined in some days, by referrer.
    index('referrals_joined_campaign').on(
      table.workspaceId,
      table.campaignId,
      table.joinedAt,
      table.referrerId,
    ),
    // Covers a campaign's counts.
    index('referrals_of_campaign').on(table.workspaceId, table.campaignId, table.status, table.rewardStatus),
    // Covers counts of who qualified in some days, by campaign and referrer.
    index('referrals_by_status').on(
      table.workspaceId,
      table.status,
      table.statusAt,
      table.id,
      table.campaignId,
      table.referrerId,
    ),
    index('referrals_by_change').on(table.workspaceId, table.statusAt, table.id),
    index('referrals_doubtful').on(table.workspaceId, table.joinedAt, table.id).where(sql`hints <> '{}'`),
    index('referrals_not_looked_at').on(table.workspaceId, table.id).where(sql`hints is null`),
    references(table, table.campaignId, campaigns),
    references(table, table.personId, people),
    references(table, table.referrerId, referrers),
    check('referrals_status', sql`status in ('pending', 'qualified', 'disqualified', 'expired')`),
    check(
      'referrals_reward_status',
      sql`reward_status in ('none', 'due', 'approved', 'issued', 'canceled', 'failed')`,
    ),
  ],
);

/** A trigger (see the migrations) refuses changes and deletes. */
export const referralHistory = pgTable(
  'referral_history',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    referralId: uuid('referral_id').notNull(),
    at: moment('at').notNull(),
    what: text('what').$type<HistoryEntry['what']>().notNull(),
    from: text('from'),
    to: text('to'),
    actor: text('actor').$type<ReferralActor['kind']>().notNull(),
    actorName: text('actor_name'),
    reason: text('reason'),
  },
  (table) => [
    index('referral_history_of').on(table.workspaceId, table.referralId, table.id),
    references(table, table.referralId, referrals),
  ],
);

/** How often a share link was followed, by day in the workspace's time zone. */
export const clickDays = pgTable(
  'click_days',
  {
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    /** '-infinity' for clicks older than this table: their days are unknown. */
    day: date('day', { mode: 'string' }).notNull(),
    /** The referrer's. */
    campaignId: uuid('campaign_id').notNull(),
    clicks: integer('clicks').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referrerId, table.day] }),
    // Covers sums of some days, by campaign and referrer.
    index('click_days_of_campaign').on(
      table.workspaceId,
      table.campaignId,
      table.day,
      table.referrerId,
      table.clicks,
    ),
    references(table, table.referrerId, referrers),
  ],
);

/** Written before the request to Intercom, so that a repeat finds it. */
export const conversions = pgTable(
  'conversions',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    contactId: text('contact_id').notNull(),
    kind: text('kind').$type<'role-change' | 'merge'>().notNull(),
    intoContactId: text('into_contact_id'),
    /** The lead's people at the confirm. */
    personIds: jsonb('person_ids').$type<string[]>().notNull(),
    /** For a role change, what the teammate typed; for a merge, whether they were warned and what they chose. */
    given: jsonb('given').$type<ConversionGiven>().notNull(),
    state: text('state').$type<'started' | 'done' | 'failed' | 'unsure'>().notNull(),
    /** Created with the preview, so that a repeated press sends the same value. */
    nonce: text('nonce').notNull(),
    teammateId: text('teammate_id').notNull(),
    teammateName: text('teammate_name').notNull(),
    carried: jsonb('carried').$type<{ referrals: number; referrers: number }>(),
    error: text('error'),
    startedAt: moment('started_at').notNull(),
    finishedAt: moment('finished_at'),
    /** When the merged user had the chosen values, by Intercom's clock; null until they are written. */
    keptAt: moment('kept_at'),
  },
  (table) => [
    index('conversions_with_chosen_values')
      .on(table.workspaceId, table.intoContactId)
      .where(sql`given ? 'keep'`),
    unique('conversions_once_a_confirm').on(table.workspaceId, table.contactId, table.nonce),
    uniqueIndex('conversions_one_at_a_time')
      .on(table.workspaceId, table.contactId)
      .where(sql`state = 'started'`),
  ],
);

/** One notification, as received. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    notificationId: text('notification_id'),
    topic: text('topic').notNull(),
    contactId: text('contact_id'),
    /** Raw; emptied on erasure, and for a workspace without the app. */
    body: text('body').notNull(),
    receivedAt: moment('received_at').notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    outcome: text('outcome'),
    dismissedBecause: text('dismissed_because'),
    /** Of one that waits: when it was asked to be handled again. */
    handledAt: moment('handled_at'),
  },
  (table) => [
    uniqueIndex('deliveries_once')
      .on(table.workspaceId, table.notificationId)
      .where(sql`notification_id is not null`),
    index('deliveries_newest').on(table.workspaceId, table.id),
    index('deliveries_waiting').on(table.workspaceId, table.id).where(sql`state = 'received'`),
    index('deliveries_failed').on(table.workspaceId, table.id).where(sql`state = 'failed'`),
    index('deliveries_of_topic').on(table.workspaceId, table.topic, table.id),
    index('deliveries_of_contact').on(table.workspaceId, table.contactId, table.id),
  ],
);

/** A contact's last snapshot, limited to attributes that a rule or mapping names. */
export const contacts = pgTable(
  'contacts',
  {
    workspaceId: workspace(),
    contactId: text('contact_id').notNull(),
    role: text('role').$type<'lead' | 'user'>(),
    values: jsonb('values').$type<Record<string, string | number | boolean | null | string[]>>().notNull(),
    /** Intercom's `updated_at`: older snapshots never overwrite newer ones. */
    updatedAt: moment('updated_at'),
    seenAt: moment('seen_at').notNull(),
    archived: boolean('archived').notNull().default(false),
    mergedInto: text('merged_into'),
    deletedAt: moment('deleted_at'),
    /** To write only differences. */
    written: jsonb('written').$type<Record<string, string | number | null>>(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.contactId] }),
    index('contacts_merged').on(table.workspaceId, table.mergedInto).where(sql`merged_into is not null`),
    index('contacts_by_external_id').on(table.workspaceId, sql`(values ->> 'external_id')`),
  ],
);

export const rules = pgTable(
  'rules',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    name: text('name').notNull(),
    /** Increments with every change; decisions name it. */
    version: integer('version').notNull(),
    definition: parsedJson('definition', ruleDefinition).notNull(),
    enabled: boolean('enabled').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    unique('rules_in_workspace').on(table.workspaceId, table.id),
    index('rules_of_campaign').on(table.workspaceId, table.campaignId),
    references(table, table.campaignId, campaigns),
  ],
);

/** Decisions outlive their rule. */
export const decisions = pgTable(
  'decisions',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    referralId: uuid('referral_id').notNull(),
    ruleId: uuid('rule_id').notNull(),
    ruleVersion: integer('rule_version').notNull(),
    /** Null when no delivery caused it: a hold that ended, or a manual application. */
    deliveryId: bigint('delivery_id', { mode: 'number' }),
    outcome: text('outcome').$type<Decision['outcome']>().notNull(),
    explanation: text('explanation').notNull(),
    reasons: jsonb('reasons').$type<{ wanted: string; seen: string; met: boolean }[]>().notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    index('decisions_of_referral').on(table.workspaceId, table.referralId, table.id),
    index('decisions_newest').on(table.workspaceId, table.id),
    references(table, table.referralId, referrals),
  ],
);

/** A rule that is met and must stay met until `dueAt`. */
export const holds = pgTable(
  'holds',
  {
    workspaceId: workspace(),
    referralId: uuid('referral_id').notNull(),
    ruleId: uuid('rule_id').notNull(),
    since: moment('since').notNull(),
    dueAt: moment('due_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referralId, table.ruleId] }),
    index('holds_due').on(table.dueAt),
    references(table, table.referralId, referrals),
  ],
);

/** Outgoing work, recorded before it is attempted. This table is the run log. */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    seq: bigserial('seq', { mode: 'number' }).notNull(),
    workspaceId: workspace(),
    kind: text('kind').notNull(),
    /** A contact's or person's id. A subject's runs are done in order. */
    subject: text('subject').notNull(),
    referralId: uuid('referral_id'),
    contactId: text('contact_id'),
    deduplicationKey: text('deduplication_key').notNull(),
    work: jsonb('work').notNull(),
    cause: text('cause').notNull(),
    state: text('state').$type<RunState>().notNull(),
    /** Waiting for a service or a new grant. */
    pausedFor: text('paused_for').$type<Pause>(),
    attempts: integer('attempts').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull(),
    dueAt: moment('due_at').notNull(),
    /** Set right before the request with an effect; if not done, looked up before the next request. */
    attemptedAt: moment('attempted_at'),
    error: text('error'),
    dismissedBecause: text('dismissed_because'),
    /** Without secrets. */
    exchange: jsonb('exchange'),
    createdAt: moment('created_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('runs_in_workspace').on(table.workspaceId, table.id),
    unique('runs_once').on(table.workspaceId, table.deduplicationKey),
    // Excludes finished runs: a person's thousandth run starts as fast as the first.
    index('runs_of_subject').on(table.workspaceId, table.subject, table.seq).where(sql`state = 'waiting'`),
    index('runs_due').on(table.dueAt).where(sql`state = 'waiting' and paused_for is null`),
    index('runs_paused').on(table.workspaceId, table.pausedFor, table.dueAt).where(sql`state = 'waiting'`),
    index('runs_newest').on(table.workspaceId, table.seq),
    index('runs_of_referral').on(table.workspaceId, table.referralId),
    index('runs_about').on(table.workspaceId, table.subject, table.seq),
    index('runs_of_kind').on(table.workspaceId, table.kind, table.seq),
    index('runs_by_time').on(table.workspaceId, table.createdAt, table.seq),
    index('runs_given_up')
      .on(table.workspaceId, table.state, table.seq)
      .where(sql`state in ('failed', 'dismissed', 'canceled')`),
  ],
);

/** A service that is down or refuses our token; runs that wait for it use up no attempts. */
export const outages = pgTable(
  'outages',
  {
    workspaceId: workspace(),
    service: text('service').$type<Pause>().notNull(),
    /** In a row; enough of them start the outage. */
    failures: integer('failures').notNull(),
    /** Null until the outage starts. */
    since: moment('since'),
    /** The next probe of an outage; otherwise the end of a pause that the service asked for. */
    probeAt: moment('probe_at'),
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.service] })],
);

export const connections = pgTable(
  'connections',
  {
    workspaceId: workspace(),
    platform: text('platform').$type<PlatformName>().notNull(),
    baseUrl: text('base_url').notNull(),
    sealedToken: text('sealed_token').notNull(),
    /** For the header `X-Referral-Desk-Secret`; null until created. */
    sealedHookSecret: text('sealed_hook_secret'),
    /** Shown instead of the secret. */
    tokenSetAt: moment('token_set_at'),
    hookSecretSetAt: moment('hook_secret_set_at'),
    /** The reconcile job's position, and when it last finished. */
    cursor: jsonb('cursor'),
    reconciledAt: moment('reconciled_at'),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.platform] })],
);

/** Parsed by domain/settings.ts, which fills in defaults. */
export const settings = pgTable('settings', {
  workspaceId: text('workspace_id').primaryKey(),
  settings: jsonb('settings').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

/** Counted for all processes together. */
export const rateWindows = pgTable(
  'rate_windows',
  {
    key: text('key').notNull(),
    window: bigint('window', { mode: 'number' }).notNull(),
    used: integer('used').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.window] })],
);
