// Rows of backfills with their position, and which are ongoing.
import { and, eq, inArray, isNotNull, lte } from 'drizzle-orm';
import type { WorkKey } from '../../domain/page-work.ts';
import type { Queryable, Tx } from '../database.ts';
import { workRows } from '../page-work.ts';
import { backfills } from './schema-backfill.ts';

export type Backfill = typeof backfills.$inferSelect;
export type BackfillChanges = Partial<typeof backfills.$inferInsert>;

export const backfillRows = workRows(backfills, {
  startedAt: 'createdAt',
  isUnderWay: inArray(backfills.state, ['counting', 'running']),
});

export const ofBackfillCampaign = (campaignId: string) => eq(backfills.campaignId, campaignId);

/** Ongoing backfills with a due pass. */
export async function dueBackfills(db: Queryable, at: Date): Promise<WorkKey[]> {
  return db
    .select({ workspaceId: backfills.workspaceId, id: backfills.id })
    .from(backfills)
    .where(and(eq(backfills.state, 'watching'), lte(backfills.nextPassAt, at)))
    .limit(100);
}

export async function ongoingSelections(tx: Tx, workspaceId: string) {
  const rows = await tx
    .select({ campaignId: backfills.campaignId, wanted: backfills.wanted })
    .from(backfills)
    .where(and(eq(backfills.workspaceId, workspaceId), isNotNull(backfills.nextPassAt)));
  return rows.flatMap(({ campaignId, wanted }) =>
    wanted.from === 'intercom' ? [{ campaignId, selection: wanted.selection }] : [],
  );
}
