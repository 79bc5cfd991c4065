// The teammates who have been in the console, with their roles.
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Member } from '../../domain/workspace/teammate.ts';
import type { TeammateStore } from '../../usecases/workspace/teammates.ts';
import type { Database, Tx } from '../database.ts';
import { installations } from '../schema.ts';
import { sessions, teammates } from './schema-console.ts';

const shown = {
  id: teammates.teammateId,
  name: teammates.name,
  email: teammates.email,
  role: teammates.role,
  addedAt: teammates.addedAt,
  removedAt: teammates.removedAt,
};

export function createTeammateStore({ db }: Pick<Database, 'db'>): TeammateStore<Tx> {
  const theOne = (workspaceId: string, teammateId: string) =>
    and(eq(teammates.workspaceId, workspaceId), eq(teammates.teammateId, teammateId));
  const set = async (
    over: Pick<Tx, 'update'>,
    workspaceId: string,
    teammateId: string,
    values: Partial<typeof teammates.$inferInsert>,
  ) => {
    await over.update(teammates).set(values).where(theOne(workspaceId, teammateId));
  };

  return {
    async put(tx, workspaceId, { id, name, email, role, at }): Promise<Member> {
      const [member] = await tx
        .insert(teammates)
        .values({ workspaceId, teammateId: id, name, email, role, addedAt: at, checkedAt: at })
        .onConflictDoUpdate({
          target: [teammates.workspaceId, teammates.teammateId],
          // The card does not always say it.
          set: { name, checkedAt: at, ...(email === '' ? {} : { email }) },
        })
        .returning(shown);
      if (!member) throw new Error('a teammate could not be stored');
      return member;
    },

    async administrators(tx, workspaceId) {
      // The workspace's own row is what everybody who changes its teammates waits at.
      await tx
        .select({ locked: installations.workspaceId })
        .from(installations)
        .where(eq(installations.workspaceId, workspaceId))
        .for('update');
      const rows = await tx
        .select({ id: teammates.teammateId })
        .from(teammates)
        .where(
          and(
            eq(teammates.workspaceId, workspaceId),
            eq(teammates.role, 'administrator'),
            isNull(teammates.removedAt),
          ),
        );
      return rows.map((row) => row.id);
    },

    async find(workspaceId, teammateId, tx) {
      const [found] = await (tx ?? db).select(shown).from(teammates).where(theOne(workspaceId, teammateId));
      return found ?? null;
    },

    list: (workspaceId) =>
      db
        .select(shown)
        .from(teammates)
        .where(eq(teammates.workspaceId, workspaceId))
        .orderBy(asc(teammates.name), asc(teammates.teammateId)),

    setRole: (tx, workspaceId, teammateId, role) => set(tx, workspaceId, teammateId, { role }),

    async setRemoved(tx, workspaceId, teammateId, at) {
      await set(tx, workspaceId, teammateId, { removedAt: at });
      if (at === null) return;
      await tx
        .delete(sessions)
        .where(and(eq(sessions.workspaceId, workspaceId), eq(sessions.teammateId, teammateId)));
    },

    setChecked: (workspaceId, teammateId, at) => set(db, workspaceId, teammateId, { checkedAt: at }),
  };
}
