// The secret with which a company's page signs user tokens, sealed.
import { eq } from 'drizzle-orm';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import type { Reencryption } from '../workspace/installations.ts';
import { finUserSecrets } from './schema-fin.ts';

const ofWorkspace = (workspaceId: string) => eq(finUserSecrets.workspaceId, workspaceId);

export async function userSecretSince(db: Queryable, workspaceId: string): Promise<Date | null> {
  const [found] = await db
    .select({ createdAt: finUserSecrets.createdAt })
    .from(finUserSecrets)
    .where(ofWorkspace(workspaceId));
  return found?.createdAt ?? null;
}

export async function setUserSecret(
  tx: Tx,
  secrets: Secrets,
  workspaceId: string,
  { secret, at }: { secret: string; at: Date },
): Promise<void> {
  const sealedSecret = secrets.seal(workspaceId, secret);
  await tx
    .insert(finUserSecrets)
    .values({ workspaceId, sealedSecret, createdAt: at })
    .onConflictDoUpdate({ target: finUserSecrets.workspaceId, set: { sealedSecret, createdAt: at } });
}

/** False when there was none. */
export async function removeUserSecret(tx: Tx, workspaceId: string): Promise<boolean> {
  const { rowCount } = await tx.delete(finUserSecrets).where(ofWorkspace(workspaceId));
  return rowCount === 1;
}

/** Seals again with the current APP_SECRET. `unreadable` ones have to be created again. */
export async function reencryptUserSecrets(db: Queryable, secrets: Secrets): Promise<Reencryption> {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(finUserSecrets);
  for (const { workspaceId, sealedSecret } of rows) {
    if (secrets.sealedWithCurrentKey(sealedSecret)) continue;
    try {
      const sealed = secrets.seal(workspaceId, secrets.open(workspaceId, sealedSecret));
      // Only replaces what was read: it may have been changed meanwhile.
      await db
        .update(finUserSecrets)
        .set({ sealedSecret: sealed })
        .where(owned(finUserSecrets, { workspaceId, sealedSecret }));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}
