// The append-only log of every change.
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  type Actor,
  type ActorKind,
  type AuditEntry,
  type AuditSubject,
  auditSummary,
} from '../../domain/workspace/audit.ts';
import type { Queryable } from '../database.ts';
import { matching, toPage } from '../page.ts';
import { auditLog } from './schema-console.ts';

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'summary'>;

export type AuditFilter = {
  actor?: ActorKind | undefined;
  action?: string | undefined;
  subjectType?: AuditSubject['type'] | undefined;
  subjectId?: string | undefined;
};

export async function addAuditEntry(db: Queryable, workspaceId: string, entry: NewAuditEntry): Promise<void> {
  const { at, actor, action, subject, details } = entry;
  await db.insert(auditLog).values({
    ...{ workspaceId, at, action, details },
    ...{ actor: actor.kind, actorId: actor.id, actorName: actor.name },
    ...{ subjectType: subject?.type ?? null, subjectId: subject?.id ?? null },
  });
}

/** Newest first. Of the cursor, only the id counts. */
export async function listAuditEntries(
  db: Queryable,
  workspaceId: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  const rows = await db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.workspaceId, workspaceId),
        matching(auditLog.actor, filter.actor),
        matching(auditLog.action, filter.action),
        matching(auditLog.subjectType, filter.subjectType),
        matching(auditLog.subjectId, filter.subjectId),
        page.after === null ? undefined : lt(auditLog.id, Number(page.after.id)),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(page.limit + 1);
  return toPage(rows.map(toEntry), page, ({ at, id }) => ({ at, id }));
}

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
