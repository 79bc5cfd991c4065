// A workspace's settings; one that set nothing has no row, and the defaults.
import { and, eq, sql } from 'drizzle-orm';
import {
  type CampaignSettings,
  campaignSettings,
  defaultSettings,
  type WorkspaceSettings,
  workspaceSettings,
} from '../../domain/workspace/settings.ts';
import type { Database, Tx } from '../database.ts';
import { ofCampaign } from '../program/referral-joins.ts';
import { campaigns, referrals, settings } from '../schema.ts';

export function createSettingsStore({ db, transaction }: Pick<Database, 'db' | 'transaction'>) {
  async function read(from: Pick<Tx, 'select'>, workspaceId: string): Promise<WorkspaceSettings> {
    const [row] = await from
      .select({ settings: settings.settings })
      .from(settings)
      .where(eq(settings.workspaceId, workspaceId));
    return row ? workspaceSettings.parse(row.settings) : defaultSettings;
  }

  return {
    read: (workspaceId: string) => read(db, workspaceId),
    /** Of the campaign that a referral is in. */
    async ofCampaign(workspaceId: string, referralId: string): Promise<CampaignSettings> {
      const [row] = await db
        .select({ settings: campaigns.settings })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, referralId)));
      return campaignSettings.parse(row?.settings ?? {});
    },
    /** Within a transaction that acts on them. */
    readIn: (tx: Tx, workspaceId: string) => read(tx, workspaceId),
    /**
     * `change` makes the new settings from the present ones; two changes at once are made one after the other. `then` is
     * done in the same transaction.
     */
    change(
      workspaceId: string,
      change: (present: WorkspaceSettings) => WorkspaceSettings,
      at: Date,
      then: (tx: Tx, before: WorkspaceSettings, after: WorkspaceSettings) => Promise<void>,
    ) {
      return transaction(async (tx) => {
        await tx.insert(settings).values({ workspaceId, settings: {}, updatedAt: at }).onConflictDoNothing();
        await tx.execute(sql`select 1 from settings where workspace_id = ${workspaceId} for update`);
        const before = await read(tx, workspaceId);
        const changed = change(before);
        await tx
          .update(settings)
          .set({ settings: changed, updatedAt: at })
          .where(eq(settings.workspaceId, workspaceId));
        await then(tx, before, changed);
        return changed;
      });
    },
  };
}
