// The teammates who have used the console, with their roles.
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Identity, Member, Role } from '../../domain/workspace/teammate.ts';
import { endGrants } from '../assistants/grants.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { installations } from '../schema.ts';
import { savedViews, sessions, teammates } from './schema-console.ts';

const memberColumns = {
  id: teammates.teammateId,
  name: teammates.name,
  email: teammates.email,
  role: teammates.role,
  addedAt: teammates.addedAt,
  removedAt: teammates.removedAt,
};

const byId = (workspaceId: string, teammateId: string) => owned(teammates, { workspaceId, teammateId });

/** A known teammate keeps their role. */
export async function saveTeammate(
  tx: Tx,
  workspaceId: string,
  { id, name, email, role, at }: Identity & { role: Role; at: Date },
): Promise<Member> {
  const [member] = await tx
    .insert(teammates)
    .values({ workspaceId, teammateId: id, name, email, role, addedAt: at, checkedAt: at })
    .onConflictDoUpdate({
      target: [teammates.workspaceId, teammates.teammateId],
      // The card does not always send an email.
      set: { name, checkedAt: at, ...(email === '' ? {} : { email }) },
    })
    .returning(memberColumns);
  if (!member) throw new Error('a teammate could not be stored');
  return member;
}

/** Active administrators' ids. Locks the workspace's teammates. */
export async function lockAdministrators(tx: Tx, workspaceId: string): Promise<string[]> {
  // Every change of teammates locks this row.
  await tx
    .select({ locked: installations.workspaceId })
    .from(installations)
    .where(eq(installations.workspaceId, workspaceId))
    .for('update');
  const rows = await tx
    .select({ id: teammates.teammateId })
    .from(teammates)
    .where(and(owned(teammates, { workspaceId, role: 'administrator' }), isNull(teammates.removedAt)));
  return rows.map((row) => row.id);
}

export async function findTeammate(db: Queryable, workspaceId: string, teammateId: string) {
  const [found] = await db.select(memberColumns).from(teammates).where(byId(workspaceId, teammateId));
  return found ?? null;
}

/** By name, including removed teammates. */
export function teammatesOf(db: Queryable, workspaceId: string): Promise<Member[]> {
  return db
    .select(memberColumns)
    .from(teammates)
    .where(eq(teammates.workspaceId, workspaceId))
    .orderBy(asc(teammates.name), asc(teammates.teammateId));
}

export async function updateTeammate(
  db: Queryable,
  workspaceId: string,
  teammateId: string,
  changes: Partial<Pick<typeof teammates.$inferInsert, 'role' | 'removedAt' | 'checkedAt'>>,
): Promise<void> {
  await db.update(teammates).set(changes).where(byId(workspaceId, teammateId));
}

/** Also deletes their sessions and their own saved views, and ends what they granted to AI assistants. */
export async function markTeammateRemoved(tx: Tx, workspaceId: string, teammateId: string, at: Date) {
  await updateTeammate(tx, workspaceId, teammateId, { removedAt: at });
  await tx.delete(sessions).where(owned(sessions, { workspaceId, teammateId }));
  await tx.delete(savedViews).where(owned(savedViews, { workspaceId, teammateId }));
  await endGrants(tx, { workspaceId, teammateId }, at);
}
