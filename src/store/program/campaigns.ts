// Campaigns of a workspace, built-in or copied from outside platforms.
import { DrizzleQueryError, eq } from 'drizzle-orm';
import pg from 'pg';
import type { Campaign, PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { byTime, pageOf } from '../page.ts';
import { campaigns } from '../schema.ts';

export const campaignColumns = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  rewards: campaigns.rewards,
  rewardApproval: campaigns.rewardApproval,
  settings: campaigns.settings,
  createdAt: campaigns.createdAt,
};

const byId = (workspaceId: string, id: string) => owned(campaigns, { workspaceId, id });

/** Null when the name is taken, ignoring case. */
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

/** Rejects with an error for `isNameTaken`. */
export async function updateCampaign(
  tx: Tx,
  workspaceId: string,
  { id, name, destinationUrl, rewards, rewardApproval, settings }: Campaign,
): Promise<void> {
  await tx
    .update(campaigns)
    .set({ name, destinationUrl, rewards, rewardApproval, settings })
    .where(byId(workspaceId, id));
}

/** Only the index can tell: a name may be taken since it was looked up. */
export function isNameTaken(error: unknown): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof pg.DatabaseError && cause.constraint === 'campaigns_by_name';
}
