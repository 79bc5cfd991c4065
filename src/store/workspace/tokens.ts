// Tokens by their ids: the API's, while they are in force, and single-use ones that were used.
import { and, asc, eq, isNull, lt, ne, or } from 'drizzle-orm';
import type { AccessToken } from '../../usecases/workspace/access.ts';
import type { Database, Tx } from '../database.ts';
import { apiTokens, usedTokens } from '../schema.ts';

export function createApiTokenStore({ db }: Pick<Database, 'db'>) {
  return {
    async add(tx: Tx, token: Omit<AccessToken, 'revokedAt' | 'lastUsedAt'>): Promise<void> {
      await tx.insert(apiTokens).values(token);
    },

    async find(workspaceId: string, jti: string): Promise<AccessToken | null> {
      const [found] = await db.select().from(apiTokens).where(theOne(workspaceId, jti));
      return found ?? null;
    },

    /** Those in force, of all workspaces, that another APP_SECRET signed, or one that is not known. */
    notSignedWith(keyId: string): Promise<Pick<AccessToken, 'jti' | 'workspaceId' | 'name'>[]> {
      return db
        .select({ jti: apiTokens.jti, workspaceId: apiTokens.workspaceId, name: apiTokens.name })
        .from(apiTokens)
        .where(
          and(isNull(apiTokens.revokedAt), or(isNull(apiTokens.signedWith), ne(apiTokens.signedWith, keyId))),
        )
        .orderBy(asc(apiTokens.workspaceId), asc(apiTokens.createdAt));
    },

    list(workspaceId: string): Promise<AccessToken[]> {
      return db
        .select()
        .from(apiTokens)
        .where(eq(apiTokens.workspaceId, workspaceId))
        .orderBy(asc(apiTokens.createdAt), asc(apiTokens.jti));
    },

    /** Null when there was nothing left to revoke; the first time of revoking is kept. */
    async revoke(tx: Tx, workspaceId: string, jti: string, at: Date): Promise<{ name: string } | null> {
      const [revoked] = await tx
        .update(apiTokens)
        .set({ revokedAt: at })
        .where(and(theOne(workspaceId, jti), isNull(apiTokens.revokedAt)))
        .returning({ name: apiTokens.name });
      return revoked ?? null;
    },

    async setUsed(workspaceId: string, jti: string, at: Date): Promise<void> {
      await db.update(apiTokens).set({ lastUsedAt: at }).where(theOne(workspaceId, jti));
    },
  };
}

function theOne(workspaceId: string, jti: string) {
  return and(eq(apiTokens.workspaceId, workspaceId), eq(apiTokens.jti, jti));
}

/** Ids are forgotten an hour after their tokens expire: processes need not agree on the time to the second. */
const grace = 60 * 60_000;

export function createUsedTokenStore({ db }: Pick<Database, 'db'>) {
  return {
    /** True for the first caller with this id, and for nobody after. */
    async claim(use: { jti: string; purpose: string; at: Date; expiresAt: Date }): Promise<boolean> {
      await db.delete(usedTokens).where(lt(usedTokens.expiresAt, new Date(use.at.getTime() - grace)));
      const claimed = await db
        .insert(usedTokens)
        .values({ jti: use.jti, purpose: use.purpose, usedAt: use.at, expiresAt: use.expiresAt })
        .onConflictDoNothing()
        .returning({ jti: usedTokens.jti });
      return claimed.length > 0;
    },
  };
}
