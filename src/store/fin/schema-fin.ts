// The tables behind Fin's questions: connector keys, connectors in Intercom, and counts.
import { sql } from 'drizzle-orm';
import {
  check,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ConnectorName, FinOutcome, FinPurpose } from '../../domain/fin/question.ts';
import { references } from '../owned.ts';
import { installations, moment, people, workspace } from '../schema.ts';

/** Only the hash of a key is stored. */
export const finKeys = pgTable(
  'fin_keys',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    name: text('name').notNull(),
    hash: text('hash').notNull(),
    createdAt: moment('created_at').notNull(),
    revokedAt: moment('revoked_at'),
    /** Accurate to about a minute, as of API tokens. */
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    uniqueIndex('fin_keys_by_hash').on(table.hash),
    index('fin_keys_workspace').on(table.workspaceId),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
  ],
);

/** Data connectors that the set-up created in Intercom. */
export const finConnectors = pgTable(
  'fin_connectors',
  {
    workspaceId: workspace(),
    name: text('name').$type<ConnectorName>().notNull(),
    connectorId: text('connector_id').notNull(),
    keyId: uuid('key_id').notNull(),
    state: text('state').$type<'draft' | 'live'>().notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.name] }),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
  ],
);

/** How often Fin asked, by day in the workspace's time zone. Nothing of it is about a person. */
export const finDays = pgTable(
  'fin_days',
  {
    workspaceId: workspace(),
    day: date('day', { mode: 'string' }).notNull(),
    question: text('question').$type<ConnectorName>().notNull(),
    outcome: text('outcome').$type<FinOutcome>().notNull(),
    requests: integer('requests').notNull(),
    /** Of them, those that took longer than `slowMs` of domain/fin/question.ts. */
    slow: integer('slow').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.day, table.question, table.outcome] }),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
  ],
);

/** What Fin asked to be done: once for each conversation, contact and purpose. */
export const finRequests = pgTable(
  'fin_requests',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    purpose: text('purpose').$type<FinPurpose>().notNull(),
    personId: uuid('person_id').notNull(),
    /** A digest of the conversation and the contact, so that a repeat finds it and an erasure has nothing to empty. */
    deduplicationKey: text('deduplication_key').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    unique('fin_requests_once').on(table.workspaceId, table.purpose, table.deduplicationKey),
    index('fin_requests_of_person').on(table.workspaceId, table.personId, table.purpose, table.at),
    index('fin_requests_by_time').on(table.workspaceId, table.purpose, table.at),
    references(table, table.personId, people).onDelete('cascade'),
    check('fin_requests_purpose', sql`purpose in ('resend-link', 'missing-referral')`),
  ],
);
