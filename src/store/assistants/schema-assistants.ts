// The tables of AI assistants: OAuth clients and their requests, what teammates granted, tokens, and changes.
import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Scope } from '../../domain/assistants/scope.ts';
import { references } from '../owned.ts';
import { moment, workspace } from '../schema.ts';
import { teammates } from '../workspace/schema-console.ts';

/** Not of a workspace: a client registers before anyone has signed in. */
export const oauthClients = pgTable(
  'oauth_clients',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    redirectUris: jsonb('redirect_uris').$type<string[]>().notNull(),
    /** The id is the address of its document, which is fetched again. */
    isDocument: boolean('is_document').notNull(),
    /** Registered, or last fetched. */
    readAt: moment('read_at').notNull(),
    /** When a teammate last connected it. */
    usedAt: moment('used_at'),
  },
  (table) => [index('oauth_clients_age').on(table.readAt)],
);

/** A request for access that waits for the teammate's answer. The id is the hash of what is in the page's address. */
export const oauthRequests = pgTable(
  'oauth_requests',
  {
    id: text('id').primaryKey(),
    clientId: text('client_id').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    scopes: jsonb('scopes').$type<Scope[]>().notNull(),
    state: text('state'),
    codeChallenge: text('code_challenge').notNull(),
    /** The hash of the cookie of the browser that began it. */
    browser: text('browser').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('oauth_requests_expiry').on(table.expiresAt)],
);

export const assistantGrants = pgTable(
  'assistant_grants',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    teammateId: text('teammate_id').notNull(),
    clientId: text('client_id').notNull(),
    /** As consented to; with the host that it answers at. */
    clientName: text('client_name').notNull(),
    clientHost: text('client_host').notNull(),
    scopes: jsonb('scopes').$type<Scope[]>().notNull(),
    /** The address of the MCP server that its tokens are for. */
    resource: text('resource').notNull(),
    createdAt: moment('created_at').notNull(),
    /** Accurate to about a minute. */
    lastUsedAt: moment('last_used_at'),
    /** Of its refresh token. */
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    unique('assistant_grants_in_workspace').on(table.workspaceId, table.id),
    index('assistant_grants_of').on(table.workspaceId, table.teammateId),
    index('assistant_grants_expiry').on(table.expiresAt),
    foreignKey({
      columns: [table.workspaceId, table.teammateId],
      foreignColumns: [teammates.workspaceId, teammates.teammateId],
    }).onDelete('cascade'),
  ],
);

/** The id is the hash of the token, which is not stored. */
export const assistantTokens = pgTable(
  'assistant_tokens',
  {
    id: text('id').primaryKey(),
    workspaceId: workspace(),
    grantId: uuid('grant_id').notNull(),
    kind: text('kind').$type<'code' | 'access' | 'refresh'>().notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** A code or refresh token that comes a second time was stolen: its grant ends. */
    usedAt: moment('used_at'),
    /** Of a code: where it was sent, and the challenge that its verifier answers. */
    redirectUri: text('redirect_uri'),
    codeChallenge: text('code_challenge'),
  },
  (table) => [
    references(table, table.grantId, assistantGrants).onDelete('cascade'),
    index('assistant_tokens_of').on(table.workspaceId, table.grantId),
    index('assistant_tokens_expiry').on(table.expiresAt),
    check('assistant_tokens_kind', sql`kind in ('code', 'access', 'refresh')`),
  ],
);

/** What assistants changed: counted against the daily limit, and each idempotency key once. */
export const assistantChanges = pgTable(
  'assistant_changes',
  {
    workspaceId: workspace(),
    /** The grant or API token. */
    caller: text('caller').notNull(),
    key: text('key').notNull(),
    tool: text('tool').notNull(),
    /** Of the arguments. */
    digest: text('digest').notNull(),
    /** Ids and statuses alone; null while it is under way, or when it was not done. */
    result: jsonb('result').$type<Record<string, unknown>>(),
    at: moment('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.caller, table.key] }),
    index('assistant_changes_of_day').on(table.workspaceId, table.at),
    index('assistant_changes_age').on(table.at),
  ],
);
