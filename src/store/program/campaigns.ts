// Campaigns of a workspace, built-in or copied from outside platforms.
import { and, DrizzleQueryError, eq, sql } from 'drizzle-orm';
import pg from 'pg';
import { isId } from '../../domain/program/join-page.ts';
import type { Campaign, PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { byTime, pageOf } from '../page.ts';
import { campaigns } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

export const campaignColumns = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  slug: campaigns.slug,
  joinPage: campaigns.joinPage,
  rewards: campaigns.rewards,
  rewardApproval: campaigns.rewardApproval,
  settings: campaigns.settings,
  createdAt: campaigns.createdAt,
};

const byId = (workspaceId: string, id: string) => owned(campaigns, { workspaceId, id });

/** Null when its name, ignoring case, or its slug is taken. */
export async function insertCampaign(tx: Tx, workspaceId: string, campaign: Campaign) {
  const [added] = await tx
    .insert(campaigns)
    .values({ workspaceId, ...campaign })
    .onConflictDoNothing()
    .returning(campaignColumns);
  return added ?? null;
}

export async function findCampaign(db: Queryable, workspaceId: string, id: string): Promise<Campaign | null> {
  const [found] = await db.select(campaignColumns).from(campaigns).where(byId(workspaceId, id));
  return found ?? null;
}

export async function campaignPage(db: Queryable, workspaceId: string, page: PageRequest) {
  const query = db.select(campaignColumns).from(campaigns);
  const condition = eq(campaigns.workspaceId, workspaceId);
  return pageOf(query, byTime(campaigns, 'createdAt'), condition, page);
}

export async function lockCampaign(tx: Tx, workspaceId: string, id: string): Promise<Campaign | null> {
  const [found] = await tx.select(campaignColumns).from(campaigns).where(byId(workspaceId, id)).for('update');
  return found ?? null;
}

/** Rejects with an error for `takenField`. */
export async function updateCampaign(
  tx: Tx,
  workspaceId: string,
  { id, name, destinationUrl, slug, joinPage, rewards, rewardApproval, settings }: Campaign,
): Promise<void> {
  await tx
    .update(campaigns)
    .set({ name, destinationUrl, slug, joinPage, rewards, rewardApproval, settings })
    .where(byId(workspaceId, id));
}

export async function hasName(tx: Tx, workspaceId: string, name: string): Promise<boolean> {
  const sameName = sql`lower(${campaigns.name}) = lower(${name})`;
  const found = await tx
    .select({ id: campaigns.id })
    .from(campaigns)
    .where(and(eq(campaigns.workspaceId, workspaceId), sameName));
  return found.length > 0;
}

/** Only the index can tell: a name or a slug may be taken since it was looked up. */
export function takenField(error: unknown): 'name' | 'slug' | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const constraint = cause instanceof pg.DatabaseError ? cause.constraint : undefined;
  if (constraint === 'campaigns_by_name') return 'name';
  return constraint === 'campaigns_by_slug' ? 'slug' : null;
}

/** A campaign with a join page, by its slug or ID; the address names no workspace. */
export async function findJoinable(db: Queryable, slugOrId: string) {
  const named = isId(slugOrId) ? eq(campaigns.id, slugOrId) : eq(campaigns.slug, slugOrId);
  const [found] = await db
    .select({ ...campaignColumns, workspaceId: campaigns.workspaceId })
    .from(campaigns)
    .where(and(named, eq(campaigns.platform, 'built-in'), isNotUninstalled(campaigns.workspaceId)));
  return found ?? null;
}
