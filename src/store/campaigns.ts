// Campaigns of a workspace, of the built-in programme and copied from outside platforms.
import { and, eq } from 'drizzle-orm';
import type { Campaign, Page, PageRequest } from '../domain/programme.ts';
import type { Database } from './database.ts';
import { newestFirst, olderThan, toPage } from './page.ts';
import { campaigns } from './schema.ts';

const columns = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  reward: campaigns.reward,
  createdAt: campaigns.createdAt,
};

export function createCampaignStore({ db }: Pick<Database, 'db'>) {
  /** Null when the workspace has a campaign of this name already, in whatever case. */
  async function add(workspaceId: string, campaign: Campaign): Promise<Campaign | null> {
    const [added] = await db
      .insert(campaigns)
      .values({ workspaceId, ...campaign })
      .onConflictDoNothing()
      .returning(columns);
    return added ?? null;
  }

  async function find(workspaceId: string, id: string): Promise<Campaign | null> {
    const [found] = await db
      .select(columns)
      .from(campaigns)
      .where(and(eq(campaigns.workspaceId, workspaceId), eq(campaigns.id, id)));
    return found ?? null;
  }

  async function list(workspaceId: string, page: PageRequest): Promise<Page<Campaign>> {
    const rows = await db
      .select(columns)
      .from(campaigns)
      .where(
        and(eq(campaigns.workspaceId, workspaceId), olderThan(campaigns.createdAt, campaigns.id, page.after)),
      )
      .orderBy(...newestFirst(campaigns.createdAt, campaigns.id))
      .limit(page.limit + 1);
    return toPage(rows, page, (row) => ({ at: row.createdAt, id: row.id }));
  }

  return { add, find, list };
}
