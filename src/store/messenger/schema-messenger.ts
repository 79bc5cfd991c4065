// The tables behind the Messenger: the company's words, named friends, and shared links.
import {
  boolean,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Language } from '../../domain/languages/language.ts';
import { storedWording } from '../../domain/messenger/wording.ts';
import { parsedJson } from '../parsed-json.ts';
import { campaigns, moment, people, referrers, workspace } from '../schema.ts';

/** What is null is said as the app says it in that language. */
export const messengerWordings = pgTable(
  'messenger_wordings',
  {
    workspaceId: workspace(),
    campaignId: uuid('campaign_id').notNull(),
    language: text('language').$type<Language>().notNull(),
    words: parsedJson('words', storedWording).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.campaignId, table.language] }),
    foreignKey({
      columns: [table.workspaceId, table.campaignId],
      foreignColumns: [campaigns.workspaceId, campaigns.id],
    }).onDelete('cascade'),
  ],
);

/**
 * A friend named by a referrer in the Messenger, with or without a referral: it shows to the referrer as pending, so
 * that it tells nothing about who is known.
 */
export const namedFriends = pgTable(
  'named_friends',
  {
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    /** The friend. */
    personId: uuid('person_id').notNull(),
    /** Of who named them; a day's limit is counted by it. */
    contactId: text('contact_id').notNull(),
    /** As the referrer wrote it, and only they see it. */
    name: text('name'),
    namedAt: moment('named_at').notNull(),
    /** The friend was a user then, so the referral does not count. */
    wasUser: boolean('was_user').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referrerId, table.personId] }),
    index('named_friends_by_contact').on(table.workspaceId, table.contactId, table.namedAt),
    index('named_friends_by_person').on(table.workspaceId, table.personId),
    foreignKey({
      columns: [table.workspaceId, table.referrerId],
      foreignColumns: [referrers.workspaceId, referrers.id],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.workspaceId, table.personId],
      foreignColumns: [people.workspaceId, people.id],
    }).onDelete('cascade'),
  ],
);

/** How often a link was shared from the Messenger, by day in the workspace's time zone. */
export const shareDays = pgTable(
  'share_days',
  {
    workspaceId: workspace(),
    referrerId: uuid('referrer_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    channel: text('channel').notNull(),
    shares: integer('shares').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.referrerId, table.day, table.channel] }),
    foreignKey({
      columns: [table.workspaceId, table.referrerId],
      foreignColumns: [referrers.workspaceId, referrers.id],
    }).onDelete('cascade'),
  ],
);
