// The tables of the console: its teammates, their sessions, and the log of every change.
import { sql } from 'drizzle-orm';
import { bigserial, check, foreignKey, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { ActorKind, AuditSubject } from '../../domain/workspace/audit.ts';
import type { Role } from '../../domain/workspace/teammate.ts';
import { installations, moment, workspace } from '../schema.ts';

/** Everyone who has used a workspace's console, with their role there. */
export const teammates = pgTable(
  'teammates',
  {
    workspaceId: workspace(),
    /** Intercom's id. */
    teammateId: text('teammate_id').notNull(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    addedAt: moment('added_at').notNull(),
    /** Set by an administrator, or when Intercom no longer knows the teammate: they cannot sign in. */
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

/** A signed-in browser. The cookie's secret is not stored, only its hash, which is the id. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    workspaceId: workspace(),
    teammateId: text('teammate_id').notNull(),
    createdAt: moment('created_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** The browser's user agent, shortened: shown so that sessions can be told apart. */
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

/** Every change with its actor. A trigger (see the migrations) refuses to change or delete an entry. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: workspace(),
    at: moment('at').notNull(),
    actor: text('actor').$type<ActorKind>().notNull(),
    /** The id of a teammate, a token or a rule; null for other actors. */
    actorId: text('actor_id'),
    actorName: text('actor_name').notNull(),
    /** One of `auditActions`, which has the words for it. */
    action: text('action').notNull(),
    subjectType: text('subject_type').$type<AuditSubject['type']>(),
    subjectId: text('subject_id'),
    /** Before and after, without secrets and without names of people in the program. */
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_log_newest').on(table.workspaceId, table.id),
    index('audit_log_of_subject').on(table.workspaceId, table.subjectType, table.subjectId, table.id),
  ],
);
