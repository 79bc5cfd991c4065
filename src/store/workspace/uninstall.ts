// The end of an installation: first its token and work, later all of the workspace's data.
import { and, eq, getTableName, lt, lte, ne, sql } from 'drizzle-orm';
import { endGrants } from '../assistants/grants.ts';
import type { Queryable, Tx } from '../database.ts';
import { installations, outages } from '../schema.ts';
import { sessions } from './schema-console.ts';

/**
 * Deletes the token, ends sessions and what AI assistants were granted, and pauses work for Intercom. False when nothing was left to end, or a
 * grant came after `begunAt`.
 */
export async function markUninstalled(tx: Tx, workspaceId: string, at: Date, begunAt: Date | null) {
  const ended = await tx
    .update(installations)
    .set({ status: 'uninstalled', sealedToken: null, statusAt: at })
    .where(
      and(
        eq(installations.workspaceId, workspaceId),
        ne(installations.status, 'uninstalled'),
        begunAt === null ? undefined : lte(installations.statusAt, begunAt),
      ),
    )
    .returning({ workspaceId: installations.workspaceId });
  if (ended.length === 0) return false;
  await tx.delete(sessions).where(eq(sessions.workspaceId, workspaceId));
  await endGrants(tx, { workspaceId }, at);
  await pauseForToken(tx, workspaceId, at);
  return true;
}

export async function listUninstalledBefore(db: Queryable, at: Date): Promise<string[]> {
  const rows = await db
    .select({ workspaceId: installations.workspaceId })
    .from(installations)
    .where(uninstalledBefore(at));
  return rows.map((row) => row.workspaceId);
}

/**
 * Earlier transactions may still add rows that this one cannot see, so the installation is deleted only when
 * nothing else was left. True once it is; false means to retry next round, or that it was reinstalled.
 */
export async function eraseWorkspace(tx: Tx, workspaceId: string, before: Date): Promise<boolean> {
  // A reinstall waits here, and starts empty.
  const locked = await tx
    .select({ workspaceId: installations.workspaceId })
    .from(installations)
    .where(and(eq(installations.workspaceId, workspaceId), uninstalledBefore(before)))
    .for('update');
  if (locked.length === 0) return false;
  // Append-only tables require this before a delete.
  await tx.execute(sql`set local referral_desk.erasing = 'on'`);
  let erased = 0;
  for (const table of await tablesInOrder(tx)) erased += await empty(tx, table, workspaceId);
  if (erased > 0) return false;
  await tx.delete(installations).where(eq(installations.workspaceId, workspaceId));
  return true;
}

const uninstalledBefore = (before: Date) =>
  and(eq(installations.status, 'uninstalled'), lt(installations.statusAt, before));

/** Without a probe: only a new grant ends this outage. */
async function pauseForToken(tx: Tx, workspaceId: string, at: Date): Promise<void> {
  const error = 'The app was uninstalled.';
  await tx
    .insert(outages)
    .values({ workspaceId, service: 'token', failures: 1, since: at, probeAt: null, error })
    .onConflictDoUpdate({
      target: [outages.workspaceId, outages.service],
      set: { since: sql`coalesce(${outages.since}, excluded.since)`, probeAt: null, error },
    });
}

/** All tables with a workspace's rows except installations, referring tables first. */
async function tablesInOrder(tx: Tx): Promise<string[]> {
  const { rows } = await tx.execute<{ name: string; refers_to: string[] }>(sql`
    select t.relname as name, array(
      select distinct p.relname::text from pg_constraint c join pg_class p on p.oid = c.confrelid
      where c.contype = 'f' and c.conrelid = t.oid and c.confrelid <> t.oid) as refers_to
    from pg_class t
    join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id' and not a.attisdropped
    where t.relkind = 'r' and t.relnamespace = current_schema()::regnamespace`);
  const ordered: string[] = [];
  let left = rows;
  while (left.length > 0) {
    const free = left.filter(({ name }) => !left.some(({ refers_to }) => refers_to.includes(name)));
    if (free.length === 0) throw new Error('tables refer to each other in a circle');
    ordered.push(...free.map(({ name }) => name));
    left = left.filter((table) => !free.includes(table));
  }
  return ordered.filter((name) => name !== getTableName(installations));
}

/** In batches, because of the statement timeout. Returns the number of rows. */
async function empty(tx: Tx, table: string, workspaceId: string): Promise<number> {
  const name = sql.identifier(table);
  const piece = sql`delete from ${name} where ctid in
    (select ctid from ${name} where workspace_id = ${workspaceId} limit 5000)`;
  let erased = 0;
  for (;;) {
    const { rowCount } = await tx.execute(piece);
    if (!rowCount) return erased;
    erased += rowCount;
  }
}
