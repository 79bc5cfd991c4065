// The append-only log of every change.
import { and, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  type Actor,
  type ActorKind,
  type AuditEntry,
  type AuditSubject,
  auditActions,
  auditArea,
  auditSummary,
} from '../../domain/workspace/audit.ts';
import type { Queryable } from '../database.ts';
import { gathered, manyRows } from '../gathered-writes.ts';
import { byTime, mapPage, matching, pageOf } from '../page.ts';
import { auditLog } from './schema-console.ts';

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'summary'>;

export type AuditFilter = {
  actor?: ActorKind | undefined;
  action?: string | undefined;
  /** The part of `action` before the dot, in the singular: `runs.retry` is of the area `run`. */
  area?: string | undefined;
  /** Part of the actor's name. */
  who?: string | undefined;
  /** Made at `from` or later, and before `until`. */
  from?: Date | undefined;
  until?: Date | undefined;
  subjectType?: AuditSubject['type'] | undefined;
  subjectId?: string | undefined;
};

export function addAuditEntry(db: Queryable, workspaceId: string, entry: NewAuditEntry): Promise<void> {
  return addAuditEntries(db, workspaceId, [entry]);
}

export function addAuditEntries(db: Queryable, workspaceId: string, entries: readonly NewAuditEntry[]) {
  return insertEntries(
    db,
    entries.map((entry) => toRow(workspaceId, entry)),
  );
}

const insertEntries = gathered(async (db: Queryable, rows: readonly (typeof auditLog.$inferInsert)[]) => {
  await db.execute(sql`insert into ${manyRows(auditLog, rows)}`);
});

function toRow(workspaceId: string, { at, actor, action, subject, details }: NewAuditEntry) {
  return {
    ...{ workspaceId, at, action, details },
    ...{ actor: actor.kind, actorId: actor.id, actorName: actor.name },
    ...{ subjectType: subject?.type ?? null, subjectId: subject?.id ?? null },
  };
}

/** Newest first. An entry may be older than what was written before it: transactions overlap, and records are brought in. */
export async function listAuditEntries(
  db: Queryable,
  workspaceId: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  const { area, who, from, until } = filter;
  const condition = and(
    eq(auditLog.workspaceId, workspaceId),
    matching(auditLog.actor, filter.actor),
    matching(auditLog.action, filter.action),
    matching(auditLog.subjectType, filter.subjectType),
    matching(auditLog.subjectId, filter.subjectId),
    area === undefined ? undefined : inArray(sql`split_part(${auditLog.action}, '.', 1)`, actionAreas(area)),
    who === undefined ? undefined : sql`strpos(lower(${auditLog.actorName}), lower(${who})) > 0`,
    from && gte(auditLog.at, from),
    until && lt(auditLog.at, until),
  );
  const query = db.select().from(auditLog);
  return mapPage(await pageOf(query, byTime(auditLog, 'at'), condition, page), toEntry);
}

const actionAreas = (area: string) =>
  Object.keys(auditActions)
    .map((action) => action.split('.')[0] ?? '')
    .filter((name) => auditArea(name) === area);

function toEntry(row: typeof auditLog.$inferSelect): AuditEntry {
  const { at, action, details, subjectType, subjectId } = row;
  return {
    id: String(row.id),
    at,
    actor: toActor(row),
    action,
    summary: auditSummary(action, details),
    subject: subjectType !== null && subjectId !== null ? { type: subjectType, id: subjectId } : null,
    details,
  };
}

function toActor({ actor: kind, actorId, actorName: name }: typeof auditLog.$inferSelect): Actor {
  return kind === 'teammate' || kind === 'api' || kind === 'rule'
    ? { kind, id: actorId ?? '', name }
    : { kind, id: null, name };
}
