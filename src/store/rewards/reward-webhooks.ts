// A workspace's reward webhook: its address and signing secrets, sealed.
import { eq } from 'drizzle-orm';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { rewardWebhooks } from './schema-reward-webhooks.ts';

export type RewardWebhook = {
  url: string;
  secret: string;
  /** Null once it no longer signs. */
  previous: { secret: string; until: Date } | null;
  createdAt: Date;
};

const byWorkspace = (workspaceId: string) => eq(rewardWebhooks.workspaceId, workspaceId);

export async function hasRewardWebhook(db: Queryable, workspaceId: string): Promise<boolean> {
  return (await db.$count(rewardWebhooks, byWorkspace(workspaceId))) > 0;
}

export async function findRewardWebhook(
  db: Queryable,
  secrets: Secrets,
  workspaceId: string,
  now: Date,
): Promise<RewardWebhook | null> {
  const [found] = await db.select().from(rewardWebhooks).where(byWorkspace(workspaceId));
  if (!found) return null;
  const { sealedPreviousSecret: sealed, previousUntil: until } = found;
  const open = (text: string) => secrets.open(workspaceId, text);
  return {
    url: open(found.sealedUrl),
    secret: open(found.sealedSecret),
    previous: sealed !== null && until !== null && until > now ? { secret: open(sealed), until } : null,
    createdAt: found.createdAt,
  };
}

/** With its secret, unless it has one. Returns whether it is new. */
export async function setRewardWebhook(
  tx: Tx,
  secrets: Secrets,
  workspaceId: string,
  { url, secret, at }: { url: string; secret: string; at: Date },
): Promise<boolean> {
  const sealedUrl = secrets.seal(workspaceId, url);
  const sealedSecret = secrets.seal(workspaceId, secret);
  const added = await tx
    .insert(rewardWebhooks)
    .values({ workspaceId, sealedUrl, sealedSecret, createdAt: at })
    .onConflictDoNothing();
  if (added.rowCount === 1) return true;
  await tx.update(rewardWebhooks).set({ sealedUrl }).where(byWorkspace(workspaceId));
  return false;
}

/** False when there is no webhook. */
export async function replaceSecret(
  tx: Tx,
  secrets: Secrets,
  workspaceId: string,
  { secret, previousUntil }: { secret: string; previousUntil: Date },
): Promise<boolean> {
  const { rowCount } = await tx
    .update(rewardWebhooks)
    .set({
      sealedPreviousSecret: rewardWebhooks.sealedSecret,
      sealedSecret: secrets.seal(workspaceId, secret),
      previousUntil,
    })
    .where(byWorkspace(workspaceId));
  return rowCount === 1;
}

/** False when there was none. */
export async function removeRewardWebhook(tx: Tx, workspaceId: string): Promise<boolean> {
  const { rowCount } = await tx.delete(rewardWebhooks).where(byWorkspace(workspaceId));
  return rowCount === 1;
}

/** Seals again with the current APP_SECRET. `unreadable` ones have to be set again. */
export async function reencryptRewardWebhooks(db: Queryable, secrets: Secrets) {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(rewardWebhooks);
  for (const { workspaceId, sealedUrl, sealedSecret, sealedPreviousSecret } of rows) {
    const sealed = [sealedUrl, sealedSecret, sealedPreviousSecret].filter((text) => text !== null);
    if (sealed.every(secrets.sealedWithCurrentKey)) continue;
    const reseal = (text: string) => secrets.seal(workspaceId, secrets.open(workspaceId, text));
    try {
      const fresh = {
        sealedUrl: reseal(sealedUrl),
        sealedSecret: reseal(sealedSecret),
        sealedPreviousSecret: sealedPreviousSecret === null ? null : reseal(sealedPreviousSecret),
      };
      // Only replaces what was read: it may have been changed meanwhile.
      await db
        .update(rewardWebhooks)
        .set(fresh)
        .where(owned(rewardWebhooks, { workspaceId, sealedUrl, sealedSecret }));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}
