// What an act has changed so far, read inside its transaction: statuses, rewards that are due, and planned runs.
import { and, eq, inArray } from 'drizzle-orm';
import type { ReferralStatus } from '../domain/program/referral.ts';
import type { Tx } from './database.ts';
import { owned } from './owned.ts';
import { rewards } from './rewards/schema-rewards.ts';
import { referrals, runs } from './schema.ts';

export type Standings = {
  statuses: Map<string, ReferralStatus>;
  /** By the reward's id. */
  due: Map<string, { amount: string | null; currency: string | null }>;
};

export async function readStandings(
  tx: Tx,
  workspaceId: string,
  referralIds: readonly string[],
): Promise<Standings> {
  if (referralIds.length === 0) return { statuses: new Map(), due: new Map() };
  const ids = [...referralIds];
  const statuses = await tx
    .select({ id: referrals.id, status: referrals.status })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, ids)));
  const due = await tx
    .select({ id: rewards.id, amount: rewards.amount, currency: rewards.currency })
    .from(rewards)
    .where(and(owned(rewards, { workspaceId, status: 'due' }), inArray(rewards.referralId, ids)));
  return {
    statuses: new Map(statuses.map(({ id, status }) => [id, status])),
    due: new Map(due.map(({ id, ...worth }) => [id, worth])),
  };
}

/** What the runs do, and for which people. */
export async function plannedRuns(tx: Tx, workspaceId: string, runIds: readonly string[]) {
  if (runIds.length === 0) return [];
  return tx
    .select({ kind: runs.kind, subject: runs.subject })
    .from(runs)
    .where(and(owned(runs, { workspaceId, state: 'waiting' }), inArray(runs.id, [...runIds])));
}
