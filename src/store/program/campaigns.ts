// Campaigns of a workspace, of the built-in program and copied from outside platforms.
import { and, DrizzleQueryError, eq } from 'drizzle-orm';
import pg from 'pg';
import type { Campaign, Page, PageRequest } from '../../domain/program/program.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import { changingDirectly } from '../campaigns/publishing.ts';
import type { Database } from '../database.ts';
import { newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns } from '../schema.ts';

/** Who makes a change, and what else belongs into its transaction. */
type As = Parameters<typeof changingDirectly>[3];

const columns = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  reward: campaigns.reward,
  settings: campaigns.settings,
  createdAt: campaigns.createdAt,
};

export function createCampaignStore({ db, transaction }: Pick<Database, 'db' | 'transaction'>) {
  const one = (workspaceId: string, id: string) =>
    and(eq(campaigns.workspaceId, workspaceId), eq(campaigns.id, id));

  /** Null when the workspace has a campaign of this name already, in whatever case. */
  function add(workspaceId: string, campaign: Campaign, { alongside }: As): Promise<Campaign | null> {
    return transaction(async (tx) => {
      const [added] = await tx
        .insert(campaigns)
        .values({ workspaceId, ...campaign })
        .onConflictDoNothing()
        .returning(columns);
      if (!added) return null;
      await alongside(tx);
      return toCampaign(added);
    });
  }

  async function find(workspaceId: string, id: string): Promise<Campaign | null> {
    const [found] = await db.select(columns).from(campaigns).where(one(workspaceId, id));
    return found ? toCampaign(found) : null;
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
    return toPage(rows.map(toCampaign), page, (row) => ({ at: row.createdAt, id: row.id }));
  }

  /**
   * `change` makes the new campaign from the present one; two changes at once are made one after the other. Resolves
   * with null when there is no such campaign, with `taken` when another one has the name. `then` is done in the same
   * transaction.
   */
  async function change(
    workspaceId: string,
    id: string,
    change: (present: Campaign) => Campaign,
    as: As,
  ): Promise<Campaign | 'taken' | null> {
    try {
      return await transaction(async (tx) => {
        const [present] = await tx.select(columns).from(campaigns).where(one(workspaceId, id)).for('update');
        if (!present) return null;
        const changed = change(toCampaign(present));
        const { name, destinationUrl, reward, settings } = changed;
        await changingDirectly(tx, workspaceId, id, as, () =>
          tx.update(campaigns).set({ name, destinationUrl, reward, settings }).where(one(workspaceId, id)),
        );
        return changed;
      });
    } catch (error) {
      if (isNameTaken(error)) return 'taken';
      throw error;
    }
  }

  return { add, find, list, change };
}

function toCampaign(row: Omit<Campaign, 'settings'> & { settings: unknown }): Campaign {
  return { ...row, settings: campaignSettings.parse(row.settings) };
}

/** Only the index can tell: a name that was free when it was looked up may be taken by now. */
function isNameTaken(error: unknown): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof pg.DatabaseError && cause.constraint === 'campaigns_by_name';
}
