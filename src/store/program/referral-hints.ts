// The hints that a referral is doubtful as lists show them: kept with each referral, and looked at again in turn.
import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { type DoubtHint, shownHints } from '../../domain/program/doubt.ts';
import type { Database, Queryable, Tx } from '../database.ts';
import { referrals } from '../schema.ts';
import { qualificationColumn } from './qualification-block.ts';

const perStatement = 200;

/** Those that were never checked first, then others in the order of ids, after one of them. */
export async function referralsToLookAt(
  db: Queryable,
  workspaceId: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ fresh: string[]; others: string[] }> {
  const read = async (condition: ReturnType<typeof and>, most: number) => {
    if (most <= 0) return [];
    const rows = await db
      .select({ id: referrals.id })
      .from(referrals)
      .where(and(eq(referrals.workspaceId, workspaceId), condition))
      .orderBy(asc(referrals.id))
      .limit(most);
    return rows.map(({ id }) => id);
  };
  const fresh = await read(isNull(referrals.hints), limit);
  const others = await read(after === null ? undefined : gt(referrals.id, after), limit - fresh.length);
  return { fresh, others };
}

/** Writes only what differs. */
export async function keepHints(
  { transaction }: Pick<Database, 'transaction'>,
  workspaceId: string,
  ids: readonly string[],
): Promise<void> {
  for (let start = 0; start < ids.length; start += perStatement) {
    const some = ids.slice(start, start + perStatement);
    await transaction((tx) => keepSome(tx, workspaceId, some));
  }
}

type Hinted = { id: string; hints: DoubtHint[] };

async function keepSome(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<void> {
  const rows = await tx
    .select({
      id: referrals.id,
      status: referrals.status,
      known: referrals.hints,
      qualification: qualificationColumn,
    })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, [...ids])));
  const changed = rows.flatMap(({ id, status, known, qualification }): Hinted[] => {
    const hints = shownHints(status, qualification.hints);
    return known?.join() === hints.join() ? [] : [{ id, hints }];
  });
  if (changed.length === 0) return;
  // What others change at the moment is looked at in the next turn: waiting for it in any order could be a deadlock.
  await tx.execute(sql`
    update referrals set hints = fresh.hints
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as fresh (id uuid, hints text[])
    where referrals.workspace_id = ${workspaceId} and referrals.id = fresh.id and referrals.id in (
      select id from referrals where workspace_id = ${workspaceId} and id = any(${sql.param(changed.map(({ id }) => id))}::uuid[])
      for update skip locked)`);
}
