// The API's active tokens, and used single-use tokens.
import { and, asc, eq, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { type Db, prepared, type Queryable, type Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { apiTokens, usedTokens } from '../schema.ts';

/** `signedWith` names the APP_SECRET; null for tokens older than this column. */
export type ApiToken = typeof apiTokens.$inferSelect;

const byId = (workspaceId: string, jti: string) => owned(apiTokens, { workspaceId, jti });

export async function addApiToken(tx: Tx, token: Omit<ApiToken, 'revokedAt' | 'lastUsedAt'>): Promise<void> {
  await tx.insert(apiTokens).values(token);
}

// Read for every request of the API.
const withId = prepared((db) =>
  db
    .select()
    .from(apiTokens)
    .where(
      and(
        eq(apiTokens.workspaceId, sql.placeholder('workspaceId')),
        eq(apiTokens.jti, sql.placeholder('jti')),
      ),
    )
    .prepare('api_token_with_id'),
);

export async function findApiToken(db: Db, workspaceId: string, jti: string) {
  const [found] = await withId(db).execute({ workspaceId, jti });
  return found ?? null;
}

export function apiTokensOf(db: Queryable, workspaceId: string): Promise<ApiToken[]> {
  return db
    .select()
    .from(apiTokens)
    .where(eq(apiTokens.workspaceId, workspaceId))
    .orderBy(asc(apiTokens.createdAt), asc(apiTokens.jti));
}

/** Active tokens of all workspaces signed with another or an unknown APP_SECRET. */
export function listTokensNotSignedWith(db: Queryable, keyId: string): Promise<ApiToken[]> {
  return db
    .select()
    .from(apiTokens)
    .where(
      and(isNull(apiTokens.revokedAt), or(isNull(apiTokens.signedWith), ne(apiTokens.signedWith, keyId))),
    )
    .orderBy(asc(apiTokens.workspaceId), asc(apiTokens.createdAt));
}

/** Null when already revoked; the first revocation time stays. */
export async function markApiTokenRevoked(tx: Tx, workspaceId: string, jti: string, at: Date) {
  const [revoked] = await tx
    .update(apiTokens)
    .set({ revokedAt: at })
    .where(and(byId(workspaceId, jti), isNull(apiTokens.revokedAt)))
    .returning();
  return revoked ?? null;
}

export async function setApiTokenUsed(db: Queryable, { workspaceId, jti }: ApiToken, lastUsedAt: Date) {
  await db.update(apiTokens).set({ lastUsedAt }).where(byId(workspaceId, jti));
}

/** Used ids outlive their tokens by an hour, since processes' clocks differ. */
const graceMs = 60 * 60_000;

export type TokenUse = {
  jti: string;
  purpose: 'sign-in' | 'install' | 'console-link' | 'assistant-change' | 'messenger-sheet';
  at: Date;
  expiresAt: Date;
};

/** True for the first caller only. */
export async function claimToken(db: Queryable, { jti, purpose, at, expiresAt }: TokenUse): Promise<boolean> {
  await db.delete(usedTokens).where(lt(usedTokens.expiresAt, new Date(at.getTime() - graceMs)));
  const claimed = await db
    .insert(usedTokens)
    .values({ jti, purpose, usedAt: at, expiresAt })
    .onConflictDoNothing()
    .returning({ jti: usedTokens.jti });
  return claimed.length > 0;
}
