// Reads together what the changes of many referrals in one transaction need to know.
import type { Tx } from '../../store/database.ts';
import { findTrackedReferrals, type TrackedReferral } from '../../store/program/referral-status.ts';
import { type ReferralEarnings, readManyEarnings } from '../../store/rewards/referral-rewards.ts';
import { knownRunKeys } from '../../store/runs/runs.ts';

/** What is known of one referral before its change. */
export type KnownReferral = {
  tracked: TrackedReferral;
  earnings: ReferralEarnings;
  /** Whether the run of its change is. */
  isNew: boolean;
};

export type ReadAhead = {
  /** Null when it was not read, or when a change in this transaction may have made it different. */
  take(referral: { id: string; contactId: string | null }, runKey: string): KnownReferral | null;
  /** Call it with each change, because another referral of the same contact may then no longer qualify. */
  noteChange(contactId: string | null): void;
};

/** The referrals must be locked. `runKeys`: of the runs that may be planned for them. */
export async function readAhead(
  tx: Tx,
  workspaceId: string,
  referralIds: readonly string[],
  runKeys: readonly string[],
): Promise<ReadAhead> {
  const tracked = await findTrackedReferrals(tx, workspaceId, referralIds);
  const earnings = await readManyEarnings(tx, workspaceId, referralIds);
  const asked = new Set(runKeys);
  const existing = await knownRunKeys(tx, workspaceId, runKeys);
  const changed = new Set<string | null>();
  return {
    take({ id, contactId }, runKey) {
      const known = { tracked: tracked.get(id), earnings: earnings.get(id) };
      // What was read holds for one change only.
      tracked.delete(id);
      if (!known.tracked || !known.earnings || !asked.has(runKey) || changed.has(contactId)) return null;
      return { tracked: known.tracked, earnings: known.earnings, isNew: !existing.has(runKey) };
    },
    noteChange: (contactId) => void changed.add(contactId),
  };
}
