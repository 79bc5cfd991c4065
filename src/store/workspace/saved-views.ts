// Saved views of lists.
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { SavedView, ViewedList } from '../../domain/workspace/saved-view.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { savedViews } from './schema-console.ts';

const columns = {
  id: savedViews.id,
  list: savedViews.list,
  name: savedViews.name,
  query: savedViews.query,
  teammateId: savedViews.teammateId,
};

/** The teammate's own and the shared ones, by name. */
export function listViews(
  db: Queryable,
  workspaceId: string,
  teammateId: string,
  list: ViewedList,
): Promise<SavedView[]> {
  return db
    .select(columns)
    .from(savedViews)
    .where(
      and(
        owned(savedViews, { workspaceId, list }),
        or(isNull(savedViews.teammateId), eq(savedViews.teammateId, teammateId)),
      ),
    )
    .orderBy(asc(sql`lower(${savedViews.name})`), asc(savedViews.id));
}

export async function findView(db: Queryable, workspaceId: string, id: string): Promise<SavedView | null> {
  const [view] = await db.select(columns).from(savedViews).where(owned(savedViews, { workspaceId, id }));
  return view ?? null;
}

/** Until the transaction ends, others who save a view of the workspace wait. */
export async function lockViews(tx: Tx, workspaceId: string): Promise<void> {
  const key = JSON.stringify([workspaceId, 'saved views']);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

export async function insertView(tx: Tx, workspaceId: string, view: SavedView, at: Date): Promise<void> {
  await tx.insert(savedViews).values({ ...view, workspaceId, createdAt: at });
}

export async function deleteView(tx: Tx, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.delete(savedViews).where(owned(savedViews, { workspaceId, id }));
  return rowCount === 1;
}
