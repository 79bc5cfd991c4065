// The company's words in the Messenger, and the secret of its user tokens.
import { eq, sql } from 'drizzle-orm';
import type { Language } from '../../domain/languages/language.ts';
import type { Wording } from '../../domain/messenger/wording.ts';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { messengerSecrets, messengerWordings, shareDays } from './schema-messenger.ts';

export async function wordingsOf(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<{ language: Language; words: Wording }[]> {
  return db
    .select({ language: messengerWordings.language, words: messengerWordings.words })
    .from(messengerWordings)
    .where(owned(messengerWordings, { workspaceId, campaignId }));
}

export async function saveWording(
  tx: Tx,
  workspaceId: string,
  { campaignId, language, words }: { campaignId: string; language: Language; words: Wording },
): Promise<void> {
  await tx
    .insert(messengerWordings)
    .values({ workspaceId, campaignId, language, words })
    .onConflictDoUpdate({
      target: [messengerWordings.workspaceId, messengerWordings.campaignId, messengerWordings.language],
      set: { words },
    });
}

export async function hasMessengerSecret(db: Queryable, workspaceId: string): Promise<boolean> {
  return (await db.$count(messengerSecrets, eq(messengerSecrets.workspaceId, workspaceId))) > 0;
}

export async function findMessengerSecret(
  db: Queryable,
  secrets: Pick<Secrets, 'open'>,
  workspaceId: string,
): Promise<string | null> {
  const [found] = await db
    .select({ sealed: messengerSecrets.sealedSecret })
    .from(messengerSecrets)
    .where(eq(messengerSecrets.workspaceId, workspaceId));
  return found ? secrets.open(workspaceId, found.sealed) : null;
}

export async function saveMessengerSecret(
  tx: Tx,
  secrets: Pick<Secrets, 'seal'>,
  workspaceId: string,
  { secret, at }: { secret: string; at: Date },
): Promise<void> {
  const set = { sealedSecret: secrets.seal(workspaceId, secret), createdAt: at };
  await tx
    .insert(messengerSecrets)
    .values({ workspaceId, ...set })
    .onConflictDoUpdate({ target: messengerSecrets.workspaceId, set });
}

/** False when there was none. */
export async function removeMessengerSecret(tx: Tx, workspaceId: string): Promise<boolean> {
  const { rowCount } = await tx.delete(messengerSecrets).where(eq(messengerSecrets.workspaceId, workspaceId));
  return rowCount === 1;
}

/** Seals again with the current APP_SECRET. `unreadable` ones have to be made again. */
export async function reencryptMessengerSecrets(db: Queryable, secrets: Secrets) {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(messengerSecrets);
  for (const { workspaceId, sealedSecret } of rows) {
    if (secrets.sealedWithCurrentKey(sealedSecret)) continue;
    try {
      const fresh = secrets.seal(workspaceId, secrets.open(workspaceId, sealedSecret));
      // Only replaces what was read: it may have been changed meanwhile.
      await db
        .update(messengerSecrets)
        .set({ sealedSecret: fresh })
        .where(owned(messengerSecrets, { workspaceId, sealedSecret }));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}

/** `day` is the workspace's. */
export async function countShare(
  db: Queryable,
  { workspaceId, referrerId }: { workspaceId: string; referrerId: string },
  { channel, day }: { channel: string; day: string },
): Promise<void> {
  await db
    .insert(shareDays)
    .values({ workspaceId, referrerId, day, channel, shares: 1 })
    .onConflictDoUpdate({
      target: [shareDays.workspaceId, shareDays.referrerId, shareDays.day, shareDays.channel],
      set: { shares: sql`${shareDays.shares} + 1` },
    });
}

/** Since that day. */
export async function sharesByChannel(db: Queryable, workspaceId: string, since: string) {
  const { rows } = await db.execute<{ channel: string; shares: number }>(sql`
    select channel, sum(shares)::int as shares from share_days
    where workspace_id = ${workspaceId} and day >= ${since}::date group by channel`);
  return new Map(rows.map(({ channel, shares }) => [channel, shares]));
}
