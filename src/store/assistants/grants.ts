// What teammates granted to AI assistants, and the tokens of each grant by their hashes.
import { and, desc, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { installations } from '../schema.ts';
import { teammates } from '../workspace/schema-console.ts';
import { assistantGrants, assistantTokens } from './schema-assistants.ts';

export type Grant = typeof assistantGrants.$inferSelect;
export type StoredToken = typeof assistantTokens.$inferSelect;
type NewToken = Pick<StoredToken, 'id' | 'kind' | 'expiresAt'> &
  Partial<Pick<StoredToken, 'redirectUri' | 'codeChallenge'>>;

const batchSize = 1_000;

export async function addGrant(tx: Tx, grant: Omit<Grant, 'lastUsedAt' | 'endedAt'>): Promise<void> {
  await tx.insert(assistantGrants).values(grant);
}

export async function addTokens(
  tx: Tx,
  { workspaceId, id: grantId }: Pick<Grant, 'workspaceId' | 'id'>,
  tokens: readonly NewToken[],
): Promise<void> {
  await tx.insert(assistantTokens).values(tokens.map((token) => ({ ...token, workspaceId, grantId })));
}

/** Of a token that may be used up or expired; until the transaction ends, no one else can use it. */
export async function lockToken(
  tx: Tx,
  id: string,
  kind: StoredToken['kind'],
): Promise<{ token: StoredToken; grant: Grant } | null> {
  const [token] = await tx
    .select()
    .from(assistantTokens)
    .where(and(eq(assistantTokens.id, id), eq(assistantTokens.kind, kind)))
    .for('update');
  if (!token) return null;
  const [grant] = await tx.select().from(assistantGrants).where(grantOf(token));
  return grant ? { token, grant } : null;
}

const grantOf = ({ workspaceId, grantId }: Pick<StoredToken, 'workspaceId' | 'grantId'>) =>
  owned(assistantGrants, { workspaceId, id: grantId });

export async function setTokenUsed(tx: Tx, id: string, usedAt: Date): Promise<void> {
  await tx.update(assistantTokens).set({ usedAt }).where(eq(assistantTokens.id, id));
}

export async function extendGrant(tx: Tx, { workspaceId, id }: Grant, expiresAt: Date): Promise<void> {
  await tx.update(assistantGrants).set({ expiresAt }).where(owned(assistantGrants, { workspaceId, id }));
}

/** Of any kind, and used up or not. */
export async function findTokenGrant(db: Queryable, id: string): Promise<Grant | null> {
  const [found] = await db
    .select({ grant: assistantGrants })
    .from(assistantTokens)
    .innerJoin(assistantGrants, grantOfToken)
    .where(eq(assistantTokens.id, id));
  return found?.grant ?? null;
}

const grantOfToken = and(
  eq(assistantGrants.workspaceId, assistantTokens.workspaceId),
  eq(assistantGrants.id, assistantTokens.grantId),
);

const ofHolder = and(
  owned(teammates, { workspaceId: assistantGrants.workspaceId, teammateId: assistantGrants.teammateId }),
  isNull(teammates.removedAt),
);
const ofInstalled = and(
  eq(installations.workspaceId, assistantGrants.workspaceId),
  ne(installations.status, 'uninstalled'),
);

/** Of an active teammate of a workspace that has the app installed; null once the token or its grant has ended. */
export async function findAccess(db: Queryable, id: string, at: Date) {
  const [found] = await db
    .select({
      grant: assistantGrants,
      expiresAt: assistantTokens.expiresAt,
      teammate: teammates,
      timeZone: installations.timeZone,
      region: installations.region,
    })
    .from(assistantTokens)
    .innerJoin(assistantGrants, grantOfToken)
    .innerJoin(teammates, ofHolder)
    .innerJoin(installations, ofInstalled)
    .where(
      and(
        eq(assistantTokens.id, id),
        eq(assistantTokens.kind, 'access'),
        gt(assistantTokens.expiresAt, at),
        isNull(assistantGrants.endedAt),
      ),
    );
  return found ?? null;
}

export async function setGrantUsed(db: Queryable, { workspaceId, id }: Grant, lastUsedAt: Date) {
  await db.update(assistantGrants).set({ lastUsedAt }).where(owned(assistantGrants, { workspaceId, id }));
}

export type ListedGrant = Pick<
  Grant,
  'id' | 'clientName' | 'clientHost' | 'scopes' | 'createdAt' | 'lastUsedAt'
> & { teammate: { id: string; name: string } };

/** That can still be used, newest first; of one teammate, or of all. */
export function grantsOf(
  db: Queryable,
  workspaceId: string,
  teammateId: string | null,
  at: Date,
): Promise<ListedGrant[]> {
  return db
    .select({
      id: assistantGrants.id,
      clientName: assistantGrants.clientName,
      clientHost: assistantGrants.clientHost,
      scopes: assistantGrants.scopes,
      createdAt: assistantGrants.createdAt,
      lastUsedAt: assistantGrants.lastUsedAt,
      teammate: { id: teammates.teammateId, name: teammates.name },
    })
    .from(assistantGrants)
    .innerJoin(teammates, ofHolder)
    .where(
      and(
        eq(assistantGrants.workspaceId, workspaceId),
        teammateId === null ? undefined : eq(assistantGrants.teammateId, teammateId),
        isNull(assistantGrants.endedAt),
        gt(assistantGrants.expiresAt, at),
      ),
    )
    .orderBy(desc(assistantGrants.createdAt), desc(assistantGrants.id));
}

/** All that are left of the workspace, of one teammate, or one grant. For good: nothing brings a grant back. */
export function endGrants(
  tx: Queryable,
  which: { workspaceId: string; teammateId?: string; id?: string },
  endedAt: Date,
): Promise<Grant[]> {
  return tx
    .update(assistantGrants)
    .set({ endedAt })
    .where(and(owned(assistantGrants, which), isNull(assistantGrants.endedAt)))
    .returning();
}

/** With their tokens. Returns whether there may be more. */
export async function deleteEndedGrants(db: Queryable, before: Date): Promise<boolean> {
  const moment = before.toISOString();
  const { rowCount } = await db.execute(sql`
    delete from ${assistantGrants} where id in (
      select id from ${assistantGrants} where least(ended_at, expires_at) < ${moment}::timestamptz limit ${batchSize})`);
  return rowCount === batchSize;
}

/** Those that are used up stay as long as the grant does: a second use of one must be noticed. */
export async function deleteExpiredTokens(db: Queryable, before: Date): Promise<boolean> {
  const expired = db
    .select({ id: assistantTokens.id })
    .from(assistantTokens)
    .where(lt(assistantTokens.expiresAt, before))
    .limit(batchSize);
  const { rowCount } = await db.delete(assistantTokens).where(sql`${assistantTokens.id} in ${expired}`);
  return rowCount === batchSize;
}
