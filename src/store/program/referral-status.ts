// Reads, locks and writes a referral's status.
import { and, eq, sql } from 'drizzle-orm';
import type { QualificationBlock } from '../../domain/program/qualification-block.ts';
import type { PlatformName, ReferralState } from '../../domain/program/referral.ts';
import type { RewardStatus } from '../../domain/rewards/reward.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { isAmong, owned } from '../owned.ts';
import { campaigns, referrals } from '../schema.ts';
import { blockColumn } from './qualification-block.ts';

export type TrackedReferral = ReferralState & {
  id: string;
  platform: PlatformName;
  platformId: string | null;
  block: QualificationBlock | null;
  statusAt: Date;
  /** While pending; null when the campaign's referrals do not expire. */
  expiresAt: Date | null;
  /** The platform cannot store this status. */
  localOnly: boolean;
  /** How often it went back to pending. */
  round: number;
};

export type NewStatus = ReferralState &
  Pick<TrackedReferral, 'statusAt' | 'localOnly' | 'round'> & {
    statusReason: string | null;
    rewardStatus: RewardStatus;
    rewardNote: string | null;
    saleValue: number | null;
    /** Null on the built-in platform. */
    copiedAt: Date | null;
  };

/** Counted from the last return to pending. */
export const expiresAtColumn = sql`${referrals.statusAt}
  + make_interval(days => (${campaigns.settings} ->> 'expires_after_days')::int)`.mapWith(referrals.statusAt);

export const trackedColumns = {
  id: referrals.id,
  platform: campaigns.platform,
  platformId: referrals.platformId,
  block: blockColumn,
  status: referrals.status,
  statusAt: referrals.statusAt,
  expiresAt: expiresAtColumn,
  localOnly: referrals.localOnly,
  round: referrals.round,
};

const byId = (workspaceId: string, id: string) => owned(referrals, { workspaceId, id });

export async function findTrackedReferral(db: Queryable, workspaceId: string, id: string) {
  const [found] = await db
    .select(trackedColumns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(byId(workspaceId, id));
  return found ?? null;
}

/** By id. */
export async function findTrackedReferrals(db: Queryable, workspaceId: string, ids: readonly string[]) {
  const found = await db
    .select(trackedColumns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(and(eq(referrals.workspaceId, workspaceId), isAmong(referrals.id, ids)));
  return new Map<string, TrackedReferral>(found.map((referral) => [referral.id, referral]));
}

export async function lockTrackedReferral(tx: Tx, workspaceId: string, id: string) {
  await tx.select({ id: referrals.id }).from(referrals).where(byId(workspaceId, id)).for('update');
  return findTrackedReferral(tx, workspaceId, id);
}

export async function updateStatus(
  tx: Tx,
  workspaceId: string,
  id: string,
  status: NewStatus,
): Promise<void> {
  await tx
    .update(referrals)
    // The explanation belongs to the pending status.
    .set({ ...status, explanation: null })
    .where(byId(workspaceId, id));
}
