// The referrer behind a link that is shared, with the campaign's words for it.
import { and, eq, sql } from 'drizzle-orm';
import type { Language } from '../../domain/languages/language.ts';
import type { Queryable } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { campaigns, referrers } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

/** Null for an unknown code. Codes are globally unique, because a share link names no workspace. */
export async function findShared(db: Queryable, code: string, language: Language) {
  const [found] = await db
    .select({
      workspaceId: referrers.workspaceId,
      referrerId: referrers.id,
      code: referrers.code,
      link: referrers.link,
      timeZone: sql<string>`coalesce((select i.time_zone from installations i
        where i.workspace_id = ${referrers.workspaceId}), 'UTC')`,
      words: sql<string | null>`(select w.words ->> 'share' from messenger_wordings w
        where w.workspace_id = ${referrers.workspaceId} and w.campaign_id = ${referrers.campaignId}
          and w.language = ${language})`,
    })
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .where(and(eq(referrers.code, code), isNotUninstalled(referrers.workspaceId)));
  return found ?? null;
}
