// Bulk changes of rewards with their rows.
import { and, asc, gt, inArray, sql } from 'drizzle-orm';
import type { BulkOutcome } from '../../domain/rewards/bulk-change.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { type RewardFilter, selectedRewards } from './rewards.ts';
import { bulkChangeRows, bulkChanges } from './schema-bulk-changes.ts';
import { rewards } from './schema-rewards.ts';

export type BulkChange = typeof bulkChanges.$inferSelect;
export type BulkRow = Pick<typeof bulkChangeRows.$inferSelect, 'line' | 'rewardId' | 'outcome' | 'problem'>;

export const bulkChangeWork = workRows(bulkChanges, {
  startedAt: 'startedAt',
  isUnderWay: inArray(bulkChanges.state, ['checking', 'running']),
});

/** What the filter shows now, at most `max`. Returns how many. */
export async function insertBulkRows(
  tx: Tx,
  workspaceId: string,
  bulkId: string,
  filter: RewardFilter,
  max: number,
): Promise<number> {
  const { rowCount } = await tx.execute(sql`
    insert into bulk_change_rows (workspace_id, bulk_id, line, reward_id)
    select ${workspaceId}, ${bulkId}, row_number() over (order by id), id
    from (select ${rewards.id} from ${rewards} where ${selectedRewards(workspaceId, filter)} order by ${rewards.id} limit ${max}) shown`);
  return rowCount ?? 0;
}

export function listBulkRows(
  db: Queryable,
  { workspaceId, id, place }: Pick<BulkChange, 'workspaceId' | 'id' | 'place'>,
  limit: number,
): Promise<BulkRow[]> {
  const { line, rewardId, outcome, problem } = bulkChangeRows;
  return db
    .select({ line, rewardId, outcome, problem })
    .from(bulkChangeRows)
    .where(and(owned(bulkChangeRows, { workspaceId, bulkId: id }), gt(line, place)))
    .orderBy(asc(line))
    .limit(limit);
}

export async function settleBulkRows(
  tx: Tx,
  { workspaceId, id }: Pick<BulkChange, 'workspaceId' | 'id'>,
  settled: readonly BulkRow[],
): Promise<void> {
  const lines = settled.map(({ line }) => line);
  const outcomes = settled.map(({ outcome }) => outcome);
  const problems = settled.map(({ problem }) => problem);
  await tx.execute(sql`
    update bulk_change_rows set outcome = settled.outcome, problem = settled.problem
    from unnest(${sql.param(lines)}::int[], ${sql.param(outcomes)}::text[], ${sql.param(problems)}::text[])
      as settled (line, outcome, problem)
    where workspace_id = ${workspaceId} and bulk_id = ${id} and bulk_change_rows.line = settled.line`);
}

export type BulkCount = {
  outcome: BulkOutcome | null;
  problem: string | null;
  currency: string | null;
  count: number;
  amount: string | null;
};

/** By outcome, problem and currency. */
export async function countBulkRows(db: Queryable, workspaceId: string, id: string): Promise<BulkCount[]> {
  const { rows } = await db.execute<BulkCount>(sql`
    select b.outcome, b.problem, w.currency, count(*)::int as count, sum(w.amount::numeric)::text as amount
    from bulk_change_rows b
    left join rewards w on w.workspace_id = b.workspace_id and w.id = b.reward_id
    where b.workspace_id = ${workspaceId} and b.bulk_id = ${id}
    group by 1, 2, 3 order by 4 desc, 2, 3`);
  return rows;
}

/** Oldest first. Returns whether there may be more. */
export async function deleteBulkChanges(db: Queryable, before: Date): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    delete from bulk_changes where id in (
      select id from bulk_changes where started_at < ${before.toISOString()}::timestamptz
        and state not in ('checking', 'running') order by started_at limit 1)`);
  return rowCount === 1;
}
