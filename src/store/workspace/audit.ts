// The log of every change; it is only ever added to.
import { and, desc, eq, lt } from 'drizzle-orm';
import { z } from 'zod';
import type { Actor, AuditEntry, AuditStore } from '../../usecases/workspace/audit.ts';
import type { Database, Tx } from '../database.ts';
import { toPage } from '../page.ts';
import { auditLog } from './schema-console.ts';

const details = z.record(z.string(), z.unknown());

export function createAuditStore({ db }: Pick<Database, 'db'>): AuditStore<Tx> {
  return {
    async add(workspaceId, { at, actor, what, details }, tx) {
      const { kind, id, name } = actor;
      const entry = { workspaceId, at, actor: kind, actorId: id, actorName: name, what, details };
      await (tx ?? db).insert(auditLog).values(entry);
    },

    async list(workspaceId, page) {
      const older = page.after === null ? undefined : lt(auditLog.id, Number(page.after.id));
      const rows = await db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.workspaceId, workspaceId), older))
        .orderBy(desc(auditLog.id))
        .limit(page.limit + 1);
      return toPage(rows.map(entryOf), page, ({ at, id }) => ({ at, id }));
    },
  };
}

function entryOf(row: typeof auditLog.$inferSelect): AuditEntry {
  return {
    id: String(row.id),
    at: row.at,
    actor: actorOf(row),
    what: row.what,
    details: details.catch({}).parse(row.details),
  };
}

function actorOf({ actor: kind, actorId, actorName: name }: typeof auditLog.$inferSelect): Actor {
  return kind === 'teammate' || kind === 'api' ? { kind, id: actorId ?? '', name } : { kind, id: null, name };
}
