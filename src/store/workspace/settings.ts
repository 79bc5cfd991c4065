// A workspace's settings; without a row, the defaults apply.
import { eq, sql } from 'drizzle-orm';
import {
  type CampaignSettings,
  campaignSettings,
  defaultSettings,
  type WorkspaceSettings,
  workspaceSettings,
} from '../../domain/workspace/settings.ts';
import { type Db, oncePer, type Queryable, type Tx } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { campaigns, referrals, settings } from '../schema.ts';
import { batched } from '../shared-query.ts';

export async function readSettings(db: Pick<Queryable, 'select'>, workspaceId: string) {
  const [row] = await db
    .select({ settings: settings.settings })
    .from(settings)
    .where(eq(settings.workspaceId, workspaceId));
  return row ? workspaceSettings.parse(row.settings) : defaultSettings;
}

const currentSettings = oncePer((db: Db) =>
  batched<string, WorkspaceSettings>((ids) => Promise.all(ids.map((id) => readSettings(db, id))), {
    ...{ perRound: 8, roundsAtOnce: 2, keyOf: (id) => id },
  }),
);

/** Those who ask at the same time share the answer. */
export const readCurrentSettings = (db: Db, workspaceId: string): Promise<WorkspaceSettings> =>
  currentSettings(db)(workspaceId);

export async function campaignSettingsOf(
  db: Pick<Queryable, 'select'>,
  workspaceId: string,
  referralId: string,
): Promise<CampaignSettings> {
  const [row] = await db
    .select({ settings: campaigns.settings })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(owned(referrals, { workspaceId, id: referralId }));
  return row?.settings ?? campaignSettings.parse({});
}

export async function lockSettings(tx: Tx, workspaceId: string, at: Date): Promise<WorkspaceSettings> {
  await tx.insert(settings).values({ workspaceId, settings: {}, updatedAt: at }).onConflictDoNothing();
  await tx.execute(sql`select 1 from settings where workspace_id = ${workspaceId} for update`);
  return readSettings(tx, workspaceId);
}

export async function saveSettings(tx: Tx, workspaceId: string, changed: WorkspaceSettings, at: Date) {
  await tx
    .update(settings)
    .set({ settings: changed, updatedAt: at })
    .where(eq(settings.workspaceId, workspaceId));
}
