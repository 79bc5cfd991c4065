// How each workspace reaches its outside referral platform: address, sealed token and hook secret, and how far copying got.
import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Secrets } from '../../secrets.ts';
import type { Database, Tx } from '../database.ts';
import { connections } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

export type Connection = { baseUrl: string; token: string; hookSecret: string | null };
export type SecretsSet = { tokenSetAt: Date | null; hookSecretSetAt: Date | null };

export function createConnectionStore(
  { db }: Pick<Database, 'db'>,
  secrets: Pick<Secrets, 'seal' | 'open' | 'sealedWithCurrentKey'>,
) {
  const of = (workspaceId: string, platform: PlatformName) =>
    and(eq(connections.workspaceId, workspaceId), eq(connections.platform, platform));
  const sealedHook = (workspaceId: string, secret: string, hookSecretSetAt: Date) => ({
    sealedHookSecret: secrets.seal(workspaceId, secret),
    hookSecretSetAt,
  });

  return {
    /** Connecting anew keeps the hook secret that the platform was told, unless another is given. */
    async save(
      workspaceId: string,
      platform: PlatformName,
      { baseUrl, token, hookSecret }: Connection,
      { at, tx }: { at: Date; tx?: Tx },
    ): Promise<void> {
      const current = {
        baseUrl,
        sealedToken: secrets.seal(workspaceId, token),
        tokenSetAt: at,
        ...(hookSecret === null ? {} : sealedHook(workspaceId, hookSecret, at)),
      };
      await (tx ?? db)
        .insert(connections)
        .values({ workspaceId, platform, ...current })
        .onConflictDoUpdate({ target: [connections.workspaceId, connections.platform], set: current });
    },

    async find(workspaceId: string, platform: PlatformName): Promise<Connection | null> {
      const [found] = await db.select().from(connections).where(of(workspaceId, platform));
      if (!found) return null;
      const open = (sealed: string) => secrets.open(workspaceId, sealed);
      return {
        baseUrl: found.baseUrl,
        token: open(found.sealedToken),
        hookSecret: found.sealedHookSecret === null ? null : open(found.sealedHookSecret),
      };
    },

    /** Another secret for its hooks; false when there is no such connection. */
    async setHookSecret(
      tx: Tx,
      workspaceId: string,
      platform: PlatformName,
      { secret, at }: { secret: string; at: Date },
    ): Promise<boolean> {
      const changed = await tx
        .update(connections)
        .set(sealedHook(workspaceId, secret, at))
        .where(of(workspaceId, platform))
        .returning({ platform: connections.platform });
      return changed.length > 0;
    },

    /** Whose copies are older than that, the oldest first, and where a pass is under way or asked for. */
    async copiedBefore(at: Date): Promise<{ workspaceId: string; platform: PlatformName }[]> {
      return db
        .select({ workspaceId: connections.workspaceId, platform: connections.platform })
        .from(connections)
        .where(
          and(
            isNotUninstalled(connections.workspaceId),
            or(
              isNull(connections.reconciledAt),
              lt(connections.reconciledAt, at),
              sql`${connections.cursor}->>'pass' is not null`,
              sql`${connections.cursor}->>'wanted' is not null`,
            ),
          ),
        )
        .orderBy(sql`${connections.reconciledAt} asc nulls first`, asc(connections.workspaceId));
    },

    /**
     * How far the copying got, as the one who does it wrote it down, and when it last came to its end; since when the
     * secrets are what they are.
     */
    async progress(
      workspaceId: string,
      platform: PlatformName,
    ): Promise<({ cursor: unknown; reconciledAt: Date | null } & SecretsSet) | null> {
      const [found] = await db
        .select({
          cursor: connections.cursor,
          reconciledAt: connections.reconciledAt,
          tokenSetAt: connections.tokenSetAt,
          hookSecretSetAt: connections.hookSecretSetAt,
        })
        .from(connections)
        .where(of(workspaceId, platform));
      return found ?? null;
    },

    /** The same, keeping everybody else from moving it until the transaction ends. */
    async lockProgress(tx: Tx, workspaceId: string, platform: PlatformName): Promise<unknown> {
      const [found] = await tx
        .select({ cursor: connections.cursor })
        .from(connections)
        .where(of(workspaceId, platform))
        .for('update');
      return found?.cursor ?? null;
    },

    /** `reconciledAt` is given when the end was reached. */
    async moveProgress(
      tx: Tx,
      workspaceId: string,
      platform: PlatformName,
      { cursor, reconciledAt }: { cursor: unknown; reconciledAt: Date | null },
    ): Promise<void> {
      await tx
        .update(connections)
        .set({ cursor, ...(reconciledAt === null ? {} : { reconciledAt }) })
        .where(of(workspaceId, platform));
    },

    /** Seals anew what an earlier APP_SECRET sealed. `unreadable`: what no configured secret opens must be connected again. */
    async sealAnew(): Promise<{ total: number; sealedAnew: number; unreadable: string[] }> {
      const unreadable: string[] = [];
      let sealedAnew = 0;
      const rows = await db.select().from(connections);
      for (const row of rows) {
        const { workspaceId, platform, sealedToken, sealedHookSecret } = row;
        const old = [sealedToken, sealedHookSecret].filter(
          (sealed) => sealed !== null && !secrets.sealedWithCurrentKey(sealed),
        );
        if (old.length === 0) continue;
        const again = (sealed: string) => secrets.seal(workspaceId, secrets.open(workspaceId, sealed));
        try {
          const fresh = {
            sealedToken: again(sealedToken),
            sealedHookSecret: sealedHookSecret === null ? null : again(sealedHookSecret),
          };
          // Only what was read is replaced: it may have been connected anew in between.
          await db
            .update(connections)
            .set(fresh)
            .where(and(of(workspaceId, platform), eq(connections.sealedToken, sealedToken)));
          sealedAnew += 1;
        } catch {
          unreadable.push(workspaceId);
        }
      }
      return { total: rows.length, sealedAnew, unreadable };
    },
  };
}
