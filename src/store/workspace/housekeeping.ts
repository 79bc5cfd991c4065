// Empties and removes old rows, a thousand at a time, by id (indexed, and in order of age).
import { eq, type SQL, sql } from 'drizzle-orm';
import type { Database, Queryable, Tx } from '../database.ts';
import { deliveries, runs } from '../schema.ts';
import { housekeeping } from './schema-housekeeping.ts';

const batchSize = 1_000;
const largest = '9223372036854775807';

type Taken = { upTo: string | null; taken: number };
type Transactions = Pick<Database, 'transaction'>;

/**
 * The statement takes rows after an id and returns the last. Returns whether there may be more; false while
 * another process runs the task.
 */
async function takeBatch({ transaction }: Transactions, task: string, take: (after: number) => SQL) {
  return transaction(async (tx) => {
    const after = await placeOf(tx, task);
    if (after === null) return false;
    const { rows } = await tx.execute<Taken>(take(after));
    const { upTo = null, taken = 0 } = rows[0] ?? {};
    if (upTo !== null)
      await tx
        .update(housekeeping)
        .set({ upTo: Number(upTo) })
        .where(eq(housekeeping.task, task));
    return taken === batchSize;
  });
}

export function emptyDeliveries(database: Transactions, before: Date): Promise<boolean> {
  return takeBatch(
    database,
    'empty notifications',
    (after) => sql`
      with ${old(sql`${deliveries}`, sql`id`, sql`received_at`, { after, before })}, emptied as (
        update ${deliveries} set body = '', outcome = null from old
        where ${deliveries.id} = old.id and state <> 'received'
      ) ${taken}`,
  );
}

export function deleteDeliveries(database: Transactions, before: Date): Promise<boolean> {
  return takeBatch(
    database,
    'forget notifications',
    (after) => sql`
      with ${old(sql`${deliveries}`, sql`id`, sql`received_at`, { after, before })}, forgotten as (
        delete from ${deliveries} using old where ${deliveries.id} = old.id and state <> 'received'
      ) ${taken}`,
  );
}

export async function listWorkspacesWithRuns(db: Queryable): Promise<string[]> {
  // One index lookup per row, however many runs it has.
  const { rows } = await db.execute<{ id: string }>(sql`
    with recursive known as (
      (select workspace_id as id from ${runs} order by workspace_id limit 1)
      union all
      select (select workspace_id from ${runs} where workspace_id > known.id order by workspace_id limit 1)
      from known where known.id is not null
    )
    select id from known where id is not null`);
  return rows.map((row) => row.id);
}

export function emptyExchanges(database: Transactions, workspaceId: string, before: Date): Promise<boolean> {
  return takeBatch(
    database,
    `empty exchanges of ${workspaceId}`,
    (after) => sql`
      with ${old(sql`${runs}`, sql`seq`, sql`created_at`, { after, before, workspaceId })}, emptied as (
        update ${runs} set exchange = null from old
        where workspace_id = ${workspaceId} and seq = old.id and state = 'done'
      ) ${taken}`,
  );
}

/** Finished ones only. Returns whether there may be more. */
export async function deleteSyncChecks(db: Queryable, before: Date): Promise<boolean> {
  const finished = sql`sync_checks.started_at < ${before.toISOString()}::timestamptz
    and sync_checks.state in ('done', 'failed')`;
  // Rows first: a large workspace's report has a hundred thousand.
  const { rowCount } = await db.execute(sql`
    delete from sync_check_rows where id in (
      select sync_check_rows.id from sync_check_rows join sync_checks
        on sync_checks.workspace_id = sync_check_rows.workspace_id and sync_checks.id = sync_check_rows.sync_check_id
      where ${finished} limit ${batchSize})`);
  await db.execute(sql`
    delete from sync_checks where ${finished}
      and not exists (select from sync_check_rows where sync_check_rows.workspace_id = sync_checks.workspace_id
        and sync_check_rows.sync_check_id = sync_checks.id)`);
  return rowCount === batchSize;
}

/** Unless one is under way. Returns whether there may be more. */
export async function deletePeopleImports(db: Queryable, before: Date): Promise<boolean> {
  const old = sql`people_imports.created_at < ${before.toISOString()}::timestamptz
    and people_imports.state not in ('checking', 'running', 'undoing')`;
  const { rowCount } = await db.execute(sql`
    delete from people_import_rows where (workspace_id, import_id, seq) in (
      select people_import_rows.workspace_id, import_id, seq from people_import_rows join people_imports
        on people_imports.workspace_id = people_import_rows.workspace_id and people_imports.id = import_id
      where ${old} limit ${batchSize})`);
  await db.execute(sql`
    delete from people_imports where ${old}
      and not exists (select from people_import_rows where people_import_rows.workspace_id = people_imports.workspace_id
        and people_import_rows.import_id = people_imports.id)`);
  return rowCount === batchSize;
}

/** Null when another process holds it. */
async function placeOf(tx: Tx, task: string): Promise<number | null> {
  await tx.insert(housekeeping).values({ task, upTo: 0 }).onConflictDoNothing();
  const [place] = await tx
    .select({ upTo: housekeeping.upTo })
    .from(housekeeping)
    .where(eq(housekeeping.task, task))
    .for('update', { skipLocked: true });
  return place?.upTo ?? null;
}

/** Stops at the first row that is too young, since later ones are younger. */
function old(
  table: SQL,
  id: SQL,
  at: SQL,
  { after, before, workspaceId }: { after: number; before: Date; workspaceId?: string },
): SQL {
  const moment = before.toISOString();
  const inWorkspace = workspaceId === undefined ? sql`` : sql`workspace_id = ${workspaceId} and`;
  return sql`next as (
      select ${id} as id, ${at} as at from ${table} where ${inWorkspace} ${id} > ${after} order by ${id} limit ${batchSize}
    ), old as (
      select id from next
      where id < coalesce((select min(id) from next where at >= ${moment}::timestamptz), ${largest}::bigint)
    )`;
}

const taken = sql`select max(id) as "upTo", count(*)::int as taken from old`;
