// Console sessions, loaded in one query with all that a page needs about its visitor.
import { and, desc, eq, gt, isNull, lt, ne } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { owned } from '../owned.ts';
import { installations } from '../schema.ts';
import { sessions, teammates } from './schema-console.ts';

export type Session = typeof sessions.$inferSelect;
type Moment = { now: Date; seenSince: Date };

const ofTeammate = (workspaceId: string, teammateId: string) => owned(sessions, { workspaceId, teammateId });
const isValid = ({ now, seenSince }: Moment) =>
  and(gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, seenSince));

/** Also deletes expired sessions. */
export async function addSession(db: Queryable, session: Session): Promise<void> {
  await db.delete(sessions).where(lt(sessions.expiresAt, session.createdAt));
  await db.insert(sessions).values(session);
}

/** Only for an active teammate of a workspace that has the app installed. */
export async function findSession(db: Queryable, id: string, at: Moment) {
  const [row] = await db
    .select({ session: sessions, teammate: teammates, installation: installations })
    .from(sessions)
    .innerJoin(
      teammates,
      and(
        owned(teammates, { workspaceId: sessions.workspaceId, teammateId: sessions.teammateId }),
        isNull(teammates.removedAt),
      ),
    )
    .innerJoin(
      installations,
      and(eq(installations.workspaceId, sessions.workspaceId), ne(installations.status, 'uninstalled')),
    )
    .where(and(eq(sessions.id, id), isValid(at)));
  return row ?? null;
}

export async function setSessionSeen(db: Queryable, id: string, lastSeenAt: Date): Promise<void> {
  await db.update(sessions).set({ lastSeenAt }).where(eq(sessions.id, id));
}

export async function sessionsOf(db: Queryable, workspaceId: string, teammateId: string, at: Moment) {
  return db
    .select()
    .from(sessions)
    .where(and(ofTeammate(workspaceId, teammateId), isValid(at)))
    .orderBy(desc(sessions.lastSeenAt));
}

/** Returns how many there were. */
export async function deleteSessions(
  db: Queryable,
  workspaceId: string,
  teammateId: string,
  id: string | 'all',
): Promise<number> {
  const deleted = await db
    .delete(sessions)
    .where(and(ofTeammate(workspaceId, teammateId), id === 'all' ? undefined : eq(sessions.id, id)));
  return deleted.rowCount ?? 0;
}
