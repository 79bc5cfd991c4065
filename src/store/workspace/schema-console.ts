// The tables of the console: teammates, sessions, audit log.
import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ActorKind, AuditSubject } from '../../domain/workspace/audit.ts';
import type { ViewedList } from '../../domain/workspace/saved-view.ts';
import type { Role } from '../../domain/workspace/teammate.ts';
import { installations, moment, workspace } from '../schema.ts';

export const teammates = pgTable(
  'teammates',
  {
    workspaceId: workspace(),
    teammateId: text('teammate_id').notNull(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    addedAt: moment('added_at').notNull(),
    /** By an administrator, or when Intercom no longer knows the teammate: they cannot sign in. */
    removedAt: moment('removed_at'),
    /** When Intercom last confirmed that they are still a teammate. */
    checkedAt: moment('checked_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.teammateId] }),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
    check('teammates_role', sql`role in ('viewer', 'administrator')`),
  ],
);

/** Filters of a list under a name. */
export const savedViews = pgTable(
  'saved_views',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    list: text('list').$type<ViewedList>().notNull(),
    name: text('name').notNull(),
    /** Of the list's address, decoded: an erasure finds what it names. */
    query: jsonb('query').$type<Record<string, string>>().notNull(),
    /** The owner. Null: shared in the workspace. */
    teammateId: text('teammate_id'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('saved_views_of').on(table.workspaceId, table.list),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [installations.workspaceId] }),
  ],
);

/** The id is the hash of the cookie's secret, which is not stored. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    workspaceId: workspace(),
    teammateId: text('teammate_id').notNull(),
    createdAt: moment('created_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** The shortened user agent, to tell sessions apart. */
    browser: text('browser').notNull(),
  },
  (table) => [
    index('sessions_of').on(table.workspaceId, table.teammateId),
    index('sessions_expiry').on(table.expiresAt),
    foreignKey({
      columns: [table.workspaceId, table.teammateId],
      foreignColumns: [teammates.workspaceId, teammates.teammateId],
    }).onDelete('cascade'),
  ],
);

/** A trigger (see the migrations) refuses changes and deletes. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    at: moment('at').notNull(),
    actor: text('actor').$type<ActorKind>().notNull(),
    /** Of a teammate, token or rule; null for other actors. */
    actorId: text('actor_id'),
    actorName: text('actor_name').notNull(),
    /** One of `auditActions`. */
    action: text('action').notNull(),
    subjectType: text('subject_type').$type<AuditSubject['type']>(),
    subjectId: text('subject_id'),
    /** Without secrets or names of people in the program. */
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_log_newest').on(table.workspaceId, table.at, table.id),
    index('audit_log_of_subject').on(
      table.workspaceId,
      table.subjectType,
      table.subjectId,
      table.at,
      table.id,
    ),
  ],
);
