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

/** With rows of their own, which go first: there may be a hundred thousand of one. */
const recorded = {
  syncChecks: {
    ...{ table: sql.raw('sync_checks'), rows: sql.raw('sync_check_rows'), of: sql.raw('sync_check_id') },
    isOld: (before: SQL) => sql`whole.started_at < ${before} and whole.state in ('done', 'failed')`,
  },
  peopleImports: {
    ...{ table: sql.raw('people_imports'), rows: sql.raw('people_import_rows'), of: sql.raw('import_id') },
    isOld: (before: SQL) =>
      sql`whole.created_at < ${before} and whole.state not in ('checking', 'running', 'undoing')`,
  },
  receiptFiles: {
    ...{ table: sql.raw('receipt_files'), rows: sql.raw('receipt_rows'), of: sql.raw('file_id') },
    isOld: (before: SQL) => sql`whole.uploaded_at < ${before} and whole.state <> 'running'`,
  },
};

/** Unless work on it is under way. Returns whether there may be more. */
export async function deleteRecorded(
  db: Queryable,
  kind: keyof typeof recorded,
  before: Date,
): Promise<boolean> {
  const { table, rows, of, isOld } = recorded[kind];
  const old = isOld(sql`${before.toISOString()}::timestamptz`);
  const { rowCount } = await db.execute(sql`
    delete from ${rows} where ctid in (
      select part.ctid from ${rows} part join ${table} whole on whole.workspace_id = part.workspace_id and whole.id = part.${of}
      where ${old} limit ${batchSize})`);
  await db.execute(sql`
    delete from ${table} whole where ${old}
      and not exists (select from ${rows} part where part.workspace_id = whole.workspace_id and part.${of} = whole.id)`);
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
