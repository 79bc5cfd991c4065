// The work of a run that changes a referral's status: on its platform first, and then in what is stored here.

import type { Capabilities, Platform, StatusChange } from '../../domain/platforms/platform.ts';
import { type Actor, changesOf, type HistoryEntry } from '../../domain/program/program.ts';
import {
  type PlatformName,
  type ReferralState,
  type Transition,
  transition,
} from '../../domain/program/referral.ts';
import type { Handler, Work } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';

/** A referral with what its platform and its history need. */
export type TrackedReferral = ReferralState & {
  id: string;
  platform: PlatformName;
  platformId: string | null;
  campaignRewards: boolean;
  statusAt: Date;
  keptHere: boolean;
  /** How often it was put back to pending. */
  round: number;
};

export type NewStatus = ReferralState &
  Pick<TrackedReferral, 'statusAt' | 'keptHere' | 'round'> & {
    statusReason: string | null;
    saleValue: number | null;
    /** Null for the built-in platform, of which nothing is copied. */
    copiedAt: Date | null;
  };

export type StatusStore<Tx> = {
  find(workspaceId: string, id: string): Promise<TrackedReferral | null>;
  /** Nobody else changes it until the transaction ends. */
  lock(tx: Tx, workspaceId: string, id: string): Promise<TrackedReferral | null>;
  setStatus(tx: Tx, workspaceId: string, id: string, status: NewStatus): Promise<void>;
  record(tx: Tx, workspaceId: string, id: string, entries: Omit<HistoryEntry, 'id'>[]): Promise<void>;
};

export type StatusChangeDeps<Tx> = {
  referrals: StatusStore<Tx>;
  platforms: Readonly<Record<PlatformName, Platform>>;
  /** Adds the runs that bring the new status to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  now(): Date;
  wait(ms: number): Promise<void>;
};

type ChangeStatus = Extract<Work, { kind: 'change-status' }>;

// What was asked shortly before a kill, or got no answer within 8 seconds, may still be on its way: asking again at
// once would be asking twice.
const settlesWithinMs = 10_000;

const stores: Record<StatusChange, (can: Capabilities) => boolean> = {
  qualify: () => true,
  disqualify: (can) => can.canDisqualify,
  expire: (can) => can.canExpire,
  reopen: (can) => can.canReopen,
};

/** Rejects with what the platform rejects with, and with `conflict` for a change that the referral's status rules out. */
export function createStatusChange<Tx>(deps: StatusChangeDeps<Tx>): Handler<ChangeStatus, Tx> {
  return async function changeStatus(run, signalAsked) {
    const { workspaceId, work, askedAt } = run;
    const referral = await deps.referrals.find(workspaceId, work.referralId);
    if (!referral) throw new Failure('not-found', 'There is no such referral any more');
    if (allowed(referral, work.change).outcome === 'unchanged') return {};

    const platform = deps.platforms[referral.platform];
    if (askedAt !== null) await letSettle(platform, workspaceId, referral, work.change, askedAt);
    const { standing, exchange } = await platform.change(workspaceId, referral, work.change, signalAsked);
    return {
      exchange,
      record: (tx) => settle(tx, workspaceId, work, platform, standing.at),
    };
  };

  /** Waits for what was asked before, unless it shows already. */
  async function letSettle(
    platform: Platform,
    workspaceId: string,
    referral: TrackedReferral,
    change: StatusChange,
    askedAt: Date,
  ): Promise<void> {
    const left = askedAt.getTime() + settlesWithinMs - deps.now().getTime();
    if (left <= 0) return;
    const standing = await platform.read(workspaceId, referral);
    if ((standing?.status === 'qualified') !== (change === 'qualify')) await deps.wait(left);
  }

  async function settle(
    tx: Tx,
    workspaceId: string,
    work: ChangeStatus,
    platform: Platform,
    at: Date | null,
  ) {
    const before = await deps.referrals.lock(tx, workspaceId, work.referralId);
    if (!before) return;
    const next = allowed(before, work.change);
    if (next.outcome !== 'changed') return;
    const now = deps.now();
    const statusAt = work.change === 'qualify' ? (at ?? now) : now;
    const reopened = work.change === 'reopen';
    await deps.referrals.setStatus(tx, workspaceId, before.id, {
      ...next.state,
      statusAt,
      statusReason: work.reason,
      keptHere: !stores[work.change](platform.capabilities),
      round: before.round + (reopened ? 1 : 0),
      saleValue: work.saleValue,
      copiedAt: platform.source === null ? null : now,
    });
    const by: { actor: Actor; reason: string; at: Date } = {
      actor: work.actor,
      reason: work.reason,
      at: now,
    };
    await deps.referrals.record(tx, workspaceId, before.id, changesOf(before, next.state, by));
    await deps.planWriteBack(tx, workspaceId, before.id);
  }
}

function allowed(
  referral: TrackedReferral,
  change: StatusChange,
): Exclude<Transition, { outcome: 'refused' }> {
  const next = transition(referral, change, referral.campaignRewards);
  if (next.outcome === 'refused') throw new Failure('conflict', next.why);
  return next;
}
