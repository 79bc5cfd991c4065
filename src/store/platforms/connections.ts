// Connections to outside referral platforms: address, sealed token and hook secret, and copying progress.
import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { connections } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

export type Connection = { baseUrl: string; token: string; hookSecret: string | null };
export type ConnectionKey = { workspaceId: string; platform: PlatformName };

const byKey = ({ workspaceId, platform }: ConnectionKey) => owned(connections, { workspaceId, platform });

const sealedHook = (secrets: Secrets, workspaceId: string, secret: string, hookSecretSetAt: Date) => ({
  sealedHookSecret: secrets.seal(workspaceId, secret),
  hookSecretSetAt,
});

/** Keeps the hook secret that the platform already has, unless another is given. */
export async function upsertConnection(
  db: Queryable,
  secrets: Secrets,
  { workspaceId, platform }: ConnectionKey,
  { baseUrl, token, hookSecret }: Connection,
  at: Date,
): Promise<void> {
  const current = {
    baseUrl,
    sealedToken: secrets.seal(workspaceId, token),
    tokenSetAt: at,
    ...(hookSecret === null ? {} : sealedHook(secrets, workspaceId, hookSecret, at)),
  };
  await db
    .insert(connections)
    .values({ workspaceId, platform, ...current })
    .onConflictDoUpdate({ target: [connections.workspaceId, connections.platform], set: current });
}

export async function findConnection(db: Queryable, secrets: Secrets, key: ConnectionKey) {
  const [found] = await db.select().from(connections).where(byKey(key));
  if (!found) return null;
  const open = (sealed: string) => secrets.open(key.workspaceId, sealed);
  return {
    baseUrl: found.baseUrl,
    token: open(found.sealedToken),
    hookSecret: found.sealedHookSecret === null ? null : open(found.sealedHookSecret),
  };
}

export async function updateHookSecret(
  tx: Tx,
  secrets: Secrets,
  key: ConnectionKey,
  secret: string,
  at: Date,
): Promise<boolean> {
  const changed = await tx
    .update(connections)
    .set(sealedHook(secrets, key.workspaceId, secret, at))
    .where(byKey(key))
    .returning({ platform: connections.platform });
  return changed.length > 0;
}

/**
 * Last copied before then, oldest first, and those with a pass under way or requested; each with its position, so that
 * both are of one moment.
 */
export async function listConnectionsToCopy(db: Queryable, before: Date) {
  return db
    .select({
      workspaceId: connections.workspaceId,
      platform: connections.platform,
      cursor: connections.cursor,
    })
    .from(connections)
    .where(
      and(
        isNotUninstalled(connections.workspaceId),
        or(
          isNull(connections.reconciledAt),
          lt(connections.reconciledAt, before),
          sql`${connections.cursor}->>'pass' is not null`,
          sql`${connections.cursor}->>'wanted' is not null`,
        ),
      ),
    )
    .orderBy(sql`${connections.reconciledAt} asc nulls first`, asc(connections.workspaceId));
}

/** The position, when copying last finished, and when the secrets were set. */
export async function findCopyProgress(db: Queryable, key: ConnectionKey) {
  const [found] = await db
    .select({
      cursor: connections.cursor,
      reconciledAt: connections.reconciledAt,
      tokenSetAt: connections.tokenSetAt,
      hookSecretSetAt: connections.hookSecretSetAt,
    })
    .from(connections)
    .where(byKey(key));
  return found ?? null;
}

export async function lockCopyProgress(tx: Tx, key: ConnectionKey): Promise<unknown> {
  const [found] = await tx
    .select({ cursor: connections.cursor })
    .from(connections)
    .where(byKey(key))
    .for('update');
  return found?.cursor ?? null;
}

/** Pass `reconciledAt` when the end was reached. */
export async function updateCopyProgress(
  tx: Tx,
  key: ConnectionKey,
  { cursor, reconciledAt }: { cursor: unknown; reconciledAt: Date | null },
): Promise<void> {
  await tx
    .update(connections)
    .set({ cursor, ...(reconciledAt === null ? {} : { reconciledAt }) })
    .where(byKey(key));
}

/**
 * Seals again with the current APP_SECRET. `unreadable` connections open with no configured secret and must
 * be connected again.
 */
export async function reencryptConnections(db: Queryable, secrets: Secrets) {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(connections);
  for (const row of rows) {
    const { workspaceId, sealedToken, sealedHookSecret } = row;
    const old = [sealedToken, sealedHookSecret].filter(
      (sealed) => sealed !== null && !secrets.sealedWithCurrentKey(sealed),
    );
    if (old.length === 0) continue;
    const reseal = (sealed: string) => secrets.seal(workspaceId, secrets.open(workspaceId, sealed));
    try {
      const fresh = {
        sealedToken: reseal(sealedToken),
        sealedHookSecret: sealedHookSecret === null ? null : reseal(sealedHookSecret),
      };
      // Only replaces the value that was read: it may have been reconnected meanwhile.
      await db
        .update(connections)
        .set(fresh)
        .where(and(byKey(row), eq(connections.sealedToken, sealedToken)));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}
