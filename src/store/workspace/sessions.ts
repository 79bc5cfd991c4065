// Sessions of the console, found with everything that a page needs to know of its visitor in one query.
import { and, desc, eq, gt, isNull, lt, ne } from 'drizzle-orm';
import type { SessionStore } from '../../usecases/workspace/sessions.ts';
import type { Database } from '../database.ts';
import { installations } from '../schema.ts';
import { sessions, teammates } from './schema-console.ts';

export function createSessionStore({ db }: Pick<Database, 'db'>): SessionStore {
  const ofTeammate = (workspaceId: string, teammateId: string) =>
    and(eq(sessions.workspaceId, workspaceId), eq(sessions.teammateId, teammateId));
  const goesOn = (now: Date, seenSince: Date) =>
    and(gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, seenSince));

  return {
    async add(session) {
      await db.delete(sessions).where(lt(sessions.expiresAt, session.createdAt));
      await db.insert(sessions).values(session);
    },

    async find(id, { now, seenSince }) {
      const [row] = await db
        .select({ session: sessions, teammate: teammates, installation: installations })
        .from(sessions)
        .innerJoin(
          teammates,
          and(
            eq(teammates.workspaceId, sessions.workspaceId),
            eq(teammates.teammateId, sessions.teammateId),
            isNull(teammates.removedAt),
          ),
        )
        .innerJoin(
          installations,
          and(eq(installations.workspaceId, sessions.workspaceId), ne(installations.status, 'uninstalled')),
        )
        .where(and(eq(sessions.id, id), goesOn(now, seenSince)));
      if (!row) return null;
      const { session, teammate, installation } = row;
      return {
        visitor: {
          sessionId: session.id,
          workspaceId: session.workspaceId,
          workspaceName: installation.name,
          region: installation.region,
          timeZone: installation.timeZone,
          teammate: { id: teammate.teammateId, name: teammate.name, email: teammate.email },
          role: teammate.role,
        },
        lastSeenAt: session.lastSeenAt,
        checkedAt: teammate.checkedAt,
      };
    },

    async setSeen(id, at) {
      await db.update(sessions).set({ lastSeenAt: at }).where(eq(sessions.id, id));
    },

    list: (workspaceId, teammateId, seenSince, now) =>
      db
        .select()
        .from(sessions)
        .where(and(ofTeammate(workspaceId, teammateId), goesOn(now, seenSince)))
        .orderBy(desc(sessions.lastSeenAt)),

    async end(workspaceId, teammateId, id) {
      const ended = await db
        .delete(sessions)
        .where(and(ofTeammate(workspaceId, teammateId), eq(sessions.id, id)))
        .returning({ id: sessions.id });
      return ended.length > 0;
    },

    async endAll(workspaceId, teammateId) {
      await db.delete(sessions).where(ofTeammate(workspaceId, teammateId));
    },
  };
}
