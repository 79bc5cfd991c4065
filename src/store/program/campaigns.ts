// Campaigns of a workspace, built-in or copied from outside platforms.
import { and, DrizzleQueryError, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import pg from 'pg';
import { isId } from '../../domain/program/join-page.ts';
import type { Campaign, PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { byTime, pageOf } from '../page.ts';
import { campaigns } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

/** Of the table of campaigns, whatever else a query joins. */
export const standingColumns = {
  pausedAt: campaigns.pausedAt,
  endsOn: campaigns.endsOn,
  archivedAt: campaigns.archivedAt,
  timeZone: sql<string>`${sql.raw(
    "coalesce((select i.time_zone from installations i where i.workspace_id = campaigns.workspace_id), 'UTC')",
  )}`,
};

export const campaignColumns = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  slug: campaigns.slug,
  joinPage: campaigns.joinPage,
  rewards: campaigns.rewards,
  rewardApproval: campaigns.rewardApproval,
  autoIssue: campaigns.autoIssue,
  settings: campaigns.settings,
  standing: standingColumns,
  createdAt: campaigns.createdAt,
};

const byId = (workspaceId: string, id: string) => owned(campaigns, { workspaceId, id });

/** Null when its name, ignoring case, or its slug is taken. */
export async function insertCampaign(tx: Tx, workspaceId: string, campaign: Omit<Campaign, 'standing'>) {
  const [added] = await tx
    .insert(campaigns)
    .values({ workspaceId, ...campaign })
    .onConflictDoNothing()
    .returning({ id: campaigns.id });
  return added ? findCampaign(tx, workspaceId, added.id) : null;
}

export async function findCampaign(db: Queryable, workspaceId: string, id: string): Promise<Campaign | null> {
  const [found] = await db.select(campaignColumns).from(campaigns).where(byId(workspaceId, id));
  return found ?? null;
}

/** `archived`: only those that are, or only those that are not. */
export type CampaignFilter = { archived?: boolean | undefined };

export async function campaignPage(
  db: Queryable,
  workspaceId: string,
  { archived }: CampaignFilter,
  page: PageRequest,
) {
  const query = db.select(campaignColumns).from(campaigns);
  return pageOf(query, byTime(campaigns, 'createdAt'), selected(workspaceId, { archived }), page);
}

export const countCampaigns = (
  db: Pick<Queryable, '$count'>,
  workspaceId: string,
  filter: CampaignFilter,
): Promise<number> => db.$count(campaigns, selected(workspaceId, filter));

const selected = (workspaceId: string, { archived }: CampaignFilter) =>
  and(
    eq(campaigns.workspaceId, workspaceId),
    archived === undefined
      ? undefined
      : archived
        ? isNotNull(campaigns.archivedAt)
        : isNull(campaigns.archivedAt),
  );

export async function lockCampaign(tx: Tx, workspaceId: string, id: string): Promise<Campaign | null> {
  const [found] = await tx.select(campaignColumns).from(campaigns).where(byId(workspaceId, id)).for('update');
  return found ?? null;
}

/**
 * For a person who joins: pausing or archiving the campaign at the same time waits until they have joined, or
 * they wait and see it paused. Joining and publishing do not wait for each other.
 */
export async function holdCampaign(tx: Tx, workspaceId: string, id: string) {
  const [held] = await tx
    .select({ name: campaigns.name, standing: standingColumns })
    .from(campaigns)
    .where(byId(workspaceId, id))
    .for('key share');
  return held ?? null;
}

/** Rejects with an error for `takenField`. */
export async function updateCampaign(tx: Tx, workspaceId: string, campaign: Campaign): Promise<void> {
  const { id, name, destinationUrl, slug, joinPage, rewards, rewardApproval, autoIssue } = campaign;
  const { settings, standing } = campaign;
  const { pausedAt, endsOn, archivedAt } = standing;
  await tx
    .update(campaigns)
    .set({
      ...{ name, destinationUrl, slug, joinPage, rewards, rewardApproval, autoIssue, settings },
      ...{ pausedAt, endsOn, archivedAt },
    })
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
