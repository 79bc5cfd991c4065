// The secrets with which a company's server signs user tokens, sealed.
import { asc, eq } from 'drizzle-orm';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import type { Reencryption } from './installations.ts';
import { userTokenSecrets } from './schema-installation.ts';

export type UserTokenSecret = { id: string; createdAt: Date };

/** Oldest first. */
export function listUserTokenSecrets(
  db: Queryable,
  workspaceId: string,
): Promise<(UserTokenSecret & { sealedSecret: string })[]> {
  const { id, createdAt, sealedSecret } = userTokenSecrets;
  return db
    .select({ id, createdAt, sealedSecret })
    .from(userTokenSecrets)
    .where(eq(userTokenSecrets.workspaceId, workspaceId))
    .orderBy(asc(createdAt), asc(id));
}

export async function addUserTokenSecret(
  tx: Tx,
  workspaceId: string,
  added: { id: string; sealedSecret: string; createdAt: Date },
): Promise<void> {
  await tx.insert(userTokenSecrets).values({ workspaceId, ...added });
}

/** False when there was none. */
export async function removeUserTokenSecret(tx: Tx, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.delete(userTokenSecrets).where(owned(userTokenSecrets, { workspaceId, id }));
  return rowCount === 1;
}

/** Seals again with the current APP_SECRET. `unreadable` ones have to be created again. */
export async function reencryptUserTokenSecrets(db: Queryable, secrets: Secrets): Promise<Reencryption> {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(userTokenSecrets);
  for (const { workspaceId, id, sealedSecret } of rows) {
    if (secrets.sealedWithCurrentKey(sealedSecret)) continue;
    try {
      const sealed = secrets.seal(workspaceId, secrets.open(workspaceId, sealedSecret));
      await db
        .update(userTokenSecrets)
        .set({ sealedSecret: sealed })
        .where(owned(userTokenSecrets, { workspaceId, id }));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}
