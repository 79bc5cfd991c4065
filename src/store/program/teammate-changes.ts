// Changes that teammates ask for, on the card or in the console: counted against the day's cap and recorded in one transaction.
import { and, eq, sql } from 'drizzle-orm';
import type { NewRun } from '../../domain/runs/run.ts';
import type { TeammateChangeDeps } from '../../usecases/program/teammate-change.ts';
import type { Database, Tx } from '../database.ts';
import { linkPeople } from '../qualification/contacts.ts';
import { runs } from '../schema.ts';

export function createTeammateChangeStore(
  { db, transaction }: Pick<Database, 'db' | 'transaction'>,
  add: (tx: Tx, run: NewRun) => Promise<boolean>,
): TeammateChangeDeps['requests'] {
  return {
    add: (run, cap, day) =>
      transaction(async (tx) => {
        // One at a time in a workspace, so that two teammates do not both take the last one of the day.
        await tx.execute(
          sql`select pg_advisory_xact_lock(hashtextextended(${`card-actions:${run.workspaceId}`}, 0))`,
        );
        if ((await countToday(tx, run.workspaceId, day)) >= cap) {
          return (await read(tx, run.workspaceId, run.dedupe)) ? 'known' : 'capped';
        }
        if (!(await add(tx, run))) return 'known';
        // Whoever acted for this contact has seen that they are one: what follows is told to this contact too.
        const { workspaceId, subject: personId, contactId } = run;
        if (contactId) await linkPeople(tx, workspaceId, [personId], contactId);
        return 'added';
      }),
    find: (workspaceId, dedupe) => read(db, workspaceId, dedupe),
  };
}

async function read(from: Pick<Tx, 'select'>, workspaceId: string, dedupe: string) {
  const [found] = await from
    .select({ state: runs.state, error: runs.error })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.dedupe, dedupe)));
  return found ?? null;
}

async function countToday(tx: Tx, workspaceId: string, day: { at: Date; timeZone: string }): Promise<number> {
  const at = sql`${day.at.toISOString()}::timestamptz`;
  const [row] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(runs)
    .where(
      and(
        eq(runs.workspaceId, workspaceId),
        sql`${runs.dedupe} like 'card:%'`,
        sql`${runs.createdAt} >= date_trunc('day', ${at}, ${day.timeZone})`,
      ),
    );
  return row?.count ?? 0;
}
