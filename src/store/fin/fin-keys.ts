// Connector keys: only their hashes are stored.
import { and, asc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import { type Db, prepared, type Queryable, type Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { finKeys } from './schema-fin.ts';

export type FinKey = Omit<typeof finKeys.$inferSelect, 'hash'>;

const { hash: _, ...shown } = getTableColumns(finKeys);

export async function addFinKey(
  tx: Tx,
  key: Pick<FinKey, 'id' | 'workspaceId' | 'name' | 'createdAt'> & { hash: string },
): Promise<void> {
  await tx.insert(finKeys).values(key);
}

// Read for every request of Fin's.
const withHash = prepared((db) =>
  db
    .select(shown)
    .from(finKeys)
    .where(eq(finKeys.hash, sql.placeholder('hash')))
    .prepare('fin_key_with_hash'),
);

export async function findFinKey(db: Db, hash: string): Promise<FinKey | null> {
  const [found] = await withHash(db).execute({ hash });
  return found ?? null;
}

export function finKeysOf(db: Queryable, workspaceId: string): Promise<FinKey[]> {
  return db
    .select(shown)
    .from(finKeys)
    .where(eq(finKeys.workspaceId, workspaceId))
    .orderBy(asc(finKeys.createdAt), asc(finKeys.id));
}

/** Null when unknown or already revoked; the first revocation time stays. */
export async function markFinKeyRevoked(tx: Tx, workspaceId: string, id: string, at: Date) {
  const [revoked] = await tx
    .update(finKeys)
    .set({ revokedAt: at })
    .where(and(owned(finKeys, { workspaceId, id }), isNull(finKeys.revokedAt)))
    .returning(shown);
  return revoked ?? null;
}

export async function setFinKeyUsed(db: Queryable, { workspaceId, id }: FinKey, lastUsedAt: Date) {
  await db.update(finKeys).set({ lastUsedAt }).where(owned(finKeys, { workspaceId, id }));
}
