// OAuth clients that AI assistants are, and their requests for access.
import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { AssistantClient } from '../../domain/assistants/client.ts';
import type { Queryable, Tx } from '../database.ts';
import { assistantGrants, oauthClients, oauthRequests } from './schema-assistants.ts';

type StoredClient = typeof oauthClients.$inferSelect;
export type StoredRequest = typeof oauthRequests.$inferSelect;

const batchSize = 1_000;

export async function findClient(db: Queryable, id: string): Promise<StoredClient | null> {
  const [found] = await db.select().from(oauthClients).where(eq(oauthClients.id, id));
  return found ?? null;
}

/** A document that was fetched again replaces what was known of it. */
export async function saveClient(
  db: Queryable,
  { id, name, redirectUris, documentHost }: AssistantClient,
  readAt: Date,
): Promise<void> {
  const known = { name, redirectUris, isDocument: documentHost !== null, readAt };
  await db
    .insert(oauthClients)
    .values({ id, ...known })
    .onConflictDoUpdate({ target: oauthClients.id, set: known });
}

export async function setClientUsed(db: Queryable, id: string, usedAt: Date): Promise<void> {
  await db.update(oauthClients).set({ usedAt }).where(eq(oauthClients.id, id));
}

/** That registered themselves. */
export const countUnusedClients = (db: Pick<Queryable, '$count'>): Promise<number> =>
  db.$count(oauthClients, and(isNull(oauthClients.usedAt), eq(oauthClients.isDocument, false)));

/** Never connected since `before`, or connected earlier and with no grant left. Returns whether there may be more. */
export async function deleteUnusedClients(db: Queryable, before: Date): Promise<boolean> {
  const unused = db
    .select({ id: oauthClients.id })
    .from(oauthClients)
    .where(
      and(
        lt(oauthClients.readAt, before),
        or(isNull(oauthClients.usedAt), lt(oauthClients.usedAt, before)),
        sql`not exists (select from ${assistantGrants} where ${assistantGrants.clientId} = ${oauthClients.id})`,
      ),
    )
    .limit(batchSize);
  const { rowCount } = await db.delete(oauthClients).where(sql`${oauthClients.id} in ${unused}`);
  return rowCount === batchSize;
}

/** Also deletes expired requests. */
export async function addRequest(db: Queryable, request: StoredRequest, at: Date): Promise<void> {
  await db.delete(oauthRequests).where(lt(oauthRequests.expiresAt, at));
  await db.insert(oauthRequests).values(request);
}

const isOpen = (id: string, browser: string, at: Date) =>
  and(eq(oauthRequests.id, id), eq(oauthRequests.browser, browser), gt(oauthRequests.expiresAt, at));

export async function findRequest(db: Queryable, id: string, browser: string, at: Date) {
  const [found] = await db
    .select()
    .from(oauthRequests)
    .where(isOpen(id, browser, at));
  return found ?? null;
}

/** For the first answer only: it is gone afterwards. */
export async function takeRequest(tx: Tx, id: string, browser: string, at: Date) {
  const [taken] = await tx
    .delete(oauthRequests)
    .where(isOpen(id, browser, at))
    .returning();
  return taken ?? null;
}
