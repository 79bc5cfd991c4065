// A referral's status and reward as its platform and this app keep them: read, locked and written.
import { and, eq, sql } from 'drizzle-orm';
import type { RewardStatus } from '../../domain/program/referral.ts';
import type { NewStatus, StatusStore, TrackedReferral } from '../../usecases/program/status-change.ts';
import type { Database, Tx } from '../database.ts';
import { campaigns, referrals } from '../schema.ts';
import { ofCampaign } from './referral-joins.ts';
import type { createReferralStore } from './referrals.ts';

export const trackedColumns = {
  id: referrals.id,
  platform: campaigns.platform,
  platformId: referrals.platformId,
  campaignRewards: sql<boolean>`${campaigns.reward} is not null`,
  status: referrals.status,
  reward: referrals.rewardStatus,
  statusAt: referrals.statusAt,
  keptHere: referrals.keptHere,
  round: referrals.round,
};

export function createReferralStatusStore(
  { db }: Pick<Database, 'db'>,
  { record }: Pick<ReturnType<typeof createReferralStore>, 'record'>,
) {
  const one = (workspaceId: string, id: string) =>
    and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, id));

  async function read(
    tx: Pick<Tx, 'select'>,
    workspaceId: string,
    id: string,
  ): Promise<TrackedReferral | null> {
    const [found] = await tx
      .select(trackedColumns)
      .from(referrals)
      .innerJoin(campaigns, ofCampaign)
      .where(one(workspaceId, id));
    return found ?? null;
  }

  const store: StatusStore<Tx> = {
    find: (workspaceId, id) => read(db, workspaceId, id),
    async lock(tx, workspaceId, id) {
      await tx.select({ id: referrals.id }).from(referrals).where(one(workspaceId, id)).for('update');
      return read(tx, workspaceId, id);
    },
    async setStatus(tx, workspaceId, id, { reward: rewardStatus, ...status }: NewStatus) {
      await tx
        .update(referrals)
        // What the rules said while it was pending is over.
        .set({ rewardStatus, ...status, explanation: null })
        .where(one(workspaceId, id));
    },
    record,
  };

  return {
    ...store,
    async setReward(tx: Tx, workspaceId: string, id: string, rewardStatus: RewardStatus): Promise<void> {
      await tx.update(referrals).set({ rewardStatus }).where(one(workspaceId, id));
    },
  };
}
