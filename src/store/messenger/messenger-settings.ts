// The company's words in the Messenger, and how often links were shared from it.
import { sql } from 'drizzle-orm';
import type { Language } from '../../domain/languages/language.ts';
import type { Wording } from '../../domain/messenger/wording.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { messengerWordings, shareDays } from './schema-messenger.ts';

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
