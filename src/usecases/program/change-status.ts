// The one place that changes a referral's status: for card, console, API, rules and platforms.
import type { Context } from '../../context.ts';
import {
  canStore,
  isOutside,
  type OutsidePlatform,
  platforms,
  type StatusChange,
} from '../../domain/platforms/platform.ts';
import type { Referral, ReferralActor } from '../../domain/program/program.ts';
import { type ReferralState, transition, whyOverdue } from '../../domain/program/referral.ts';
import { hasFailed, type NewRun, type Run, type RunResult, type WorkOf } from '../../domain/runs/run.ts';
import { pastMoment } from '../../domain/time.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  findTrackedReferral,
  lockTrackedReferral,
  type NewStatus,
  type TrackedReferral,
  updateStatus,
} from '../../store/program/referral-status.ts';
import { insertHistory } from '../../store/program/referrals.ts';
import { stopDecision } from '../../store/qualification/decisions.ts';
import { keepHold } from '../../store/qualification/holds.ts';
import { withdrawRule } from '../../store/qualification/ruled-referrals.ts';
import { isEnabled } from '../../store/qualification/rules.ts';
import type { ReferralEarnings } from '../../store/rewards/referral-rewards.ts';
import { endStateOf, freeRunKey, insertFinishedRun, insertNewFinishedRuns } from '../../store/runs/runs.ts';
import { campaignSettingsOf, readSettings } from '../../store/workspace/settings.ts';
import { followStatus } from '../rewards/earn-rewards.ts';
import { dismissAnswered, failureOfRun, withMuting } from '../runs/failed-run.ts';
import { planRun } from '../runs/plan-run.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { askIfDoubtful, settleDoubt } from './doubtful.ts';
import type { KnownReferral } from './read-ahead.ts';
import { recordReferralAudit } from './referral-audit.ts';
import { readReferral } from './referrals.ts';

type ChangeStatus = WorkOf<'change-status'>;

type StatusRequest = {
  change: StatusChange;
  actor: ReferralActor;
  reason: string | null;
  saleValue?: number | null;
  /** When the platform says it changed. */
  at?: Date | null;
  /** Kept only here; by default, when the platform cannot store the status. */
  localOnly?: boolean;
  /** Their state before the change, where it is known. */
  earnings?: ReferralEarnings | undefined;
};

// A request from shortly before a kill, or unanswered for 8 seconds, may still arrive: do not send it twice.
const settlesWithinMs = 10_000;

/** Then the change continues in the background. */
const outsidePatienceMs = 5_000;

const blockedForMs = 10 * 60_000;

/** When a blocked referral is looked at again, unless what is in its way goes earlier. */
export const blockedUntil = (ctx: Pick<Context, 'now'>) => new Date(ctx.now().getTime() + blockedForMs);

const statusActions = {
  qualified: 'referral.qualify',
  disqualified: 'referral.disqualify',
  pending: 'referral.reopen',
  expired: 'referral.expire',
} as const;

/** `contactId` is null when unknown. */
type Changed = { workspaceId: string; referralId: string; personId: string; contactId: string | null };
type StatusRun = NewRun & { work: ChangeStatus };

export function statusRun(
  { personId, ...about }: Changed,
  work: Pick<ChangeStatus, 'change' | 'reason' | 'actor'> & { saleValue?: number | null },
  run: Pick<NewRun, 'deduplicationKey' | 'cause' | 'maxAttempts'>,
): StatusRun {
  const { referralId } = about;
  return {
    ...about,
    ...run,
    subject: personId,
    work: { kind: 'change-status', referralId, saleValue: null, ...work },
  };
}

/**
 * Records one run per `deduplicationKey`. The built-in program changes in this transaction, with the new
 * state as `settled`; an outside platform in the run. `known` was read with the referral locked.
 */
export async function requestStatusChange(
  ctx: Context,
  tx: Tx,
  run: StatusRun,
  known?: KnownReferral | null,
): Promise<{ isNew: boolean; settled: ReferralState | null }> {
  const { workspaceId, work } = run;
  const before = known?.tracked ?? (await lockTrackedReferral(tx, workspaceId, work.referralId));
  if (!before || isOutside(before.platform)) return { isNew: await planRun(ctx, tx, run), settled: null };
  const { next, refused } = tryToDecide(before, work.change, ctx.now());
  if (mayQualify(before, work.change)) await askIfDoubtful(ctx, tx, workspaceId, before.id, before.block);
  const end = await withMuting(
    ctx,
    { workspaceId, kind: work.kind },
    { at: ctx.now(), refused: refused ?? undefined },
  );
  const finished = { id: ctx.newId(), ...end };
  const isNew = known ? known.isNew : await insertFinishedRun(tx, run, finished);
  if (!isNew) return { isNew, settled: null };
  if (known) await insertNewFinishedRuns(tx, [{ ...run, ...finished }]);
  ctx.metrics.countRun(work.kind, endStateOf(end));
  if (next) await applyChange(ctx, tx, workspaceId, before, next, { ...work, earnings: known?.earnings });
  return { isNew, settled: next };
}

/**
 * Writes the change with its history, audit entry and write-back. False when nothing is left to change;
 * rejects with `conflict` when the status forbids it.
 */
export async function changeStatus(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  referralId: string,
  request: StatusRequest,
): Promise<boolean> {
  const before = await lockTrackedReferral(tx, workspaceId, referralId);
  const next = before && decide(before, request.change, ctx.now());
  if (!before || !next) return false;
  await applyChange(ctx, tx, workspaceId, before, next, request);
  return true;
}

async function applyChange(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  before: TrackedReferral,
  next: ReferralState,
  { change, actor, reason, saleValue = null, at = null, localOnly, earnings }: StatusRequest,
): Promise<void> {
  await writeStatus(ctx, tx, workspaceId, before, {
    ...next,
    earnings,
    actor,
    statusReason: reason,
    saleValue,
    statusAt: (change === 'qualify' ? pastMoment(at, ctx.now()) : null) ?? ctx.now(),
    localOnly: localOnly ?? !canStore(before.platform, change),
  });
}

type StatusToWrite = Omit<NewStatus, 'round' | 'copiedAt' | 'rewardStatus' | 'rewardNote'>;

/** The referral must be locked. Its rewards fall due or end with it. */
export async function writeStatus(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  before: TrackedReferral,
  {
    actor,
    earnings,
    ...after
  }: StatusToWrite & { actor: ReferralActor; earnings?: ReferralEarnings | undefined },
): Promise<void> {
  const now = ctx.now();
  const { status, statusAt } = after;
  const change = { referralId: before.id, status, statusAt, actor, at: now };
  const { history, ...earned } = await followStatus(ctx, tx, workspaceId, change, earnings);
  await updateStatus(tx, workspaceId, before.id, {
    ...after,
    ...earned,
    round: before.round + (status === 'pending' ? 1 : 0),
    copiedAt: isOutside(before.platform) ? now : null,
  });
  const by = { actor, reason: after.statusReason, at: now };
  const changed = { ...by, what: 'status' as const, from: before.status, to: status };
  await insertHistory(tx, workspaceId, before.id, [changed, ...history]);
  await settleDoubt(ctx, tx, workspaceId, before.id, { status, actor });
  await planWriteBack(ctx, tx, workspaceId, before.id);
  const details = { before: before.status, after: after.status };
  await recordReferralAudit(ctx, tx, workspaceId, actor, statusActions[after.status], before.id, details);
}

/**
 * For the company's backend. A change already made leaves no trace; a forbidden one is a `conflict`. Waits
 * briefly for an outside platform, then returns the referral unchanged while the run goes on. Rejects as
 * `failureOfRun` says when the platform refuses.
 */
export async function changeReferral(
  ctx: Context,
  workspaceId: string,
  referralId: string,
  change: StatusChange,
  by: { actor: ReferralActor; reason: string | null },
): Promise<Referral> {
  const referral = await readReferral(ctx, workspaceId, referralId);
  if (referral.blocked?.code === 'doubtful' && mayQualify(referral, change))
    await holdForReview(ctx, workspaceId, referralId);
  const decidable = { ...referral, block: referral.blocked, expiresAt: null };
  if (!isNews(decidable, change, ctx.now())) return referral;
  if (isOutside(referral.campaign.platform)) await changeOutside(ctx, workspaceId, referral, change, by);
  else {
    await ctx.database.transaction((tx) => changeStatus(ctx, tx, workspaceId, referralId, { change, ...by }));
  }
  return readReferral(ctx, workspaceId, referralId);
}

const mayQualify = (referral: ReferralState, change: StatusChange) =>
  change === 'qualify' && referral.status === 'pending';

/** Commits, although the change itself is refused. */
function holdForReview(ctx: Context, workspaceId: string, referralId: string): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const locked = await lockTrackedReferral(tx, workspaceId, referralId);
    if (locked && mayQualify(locked, 'qualify')) {
      await askIfDoubtful(ctx, tx, workspaceId, referralId, locked.block);
    }
  });
}

async function changeOutside(
  ctx: Context,
  workspaceId: string,
  referral: Referral,
  change: StatusChange,
  { actor, reason }: { actor: ReferralActor; reason: string | null },
): Promise<void> {
  const settings = await readSettings(ctx.database.db, workspaceId);
  const ofCampaign = await campaignSettingsOf(ctx.database.db, workspaceId, referral.id);
  const deduplicationKey = `api:${ctx.newId()}`;
  const { id: personId, contactId } = referral.person;
  const changed = { workspaceId, referralId: referral.id, personId, contactId };
  const work = { change, reason: reason ?? 'requested by the API', actor };
  const cause = `${actor.name ?? 'the API'} requested it by the API`;
  const maxAttempts = attemptsFor('change-status', settings, ofCampaign);
  const planned = statusRun(changed, work, { deduplicationKey, cause, maxAttempts });
  await ctx.database.transaction((tx) => planRun(ctx, tx, planned));
  const run = await waitForRun(ctx, workspaceId, deduplicationKey, outsidePatienceMs);
  if (!run || !hasFailed(run)) return;
  const error = `The change failed: ${run.error ?? 'no reason was given'}.`;
  const failure = failureOfRun({ ...run, error });
  await dismissAnswered(ctx, run, failure);
  throw failure;
}

/**
 * Changes the outside platform, then this app. Rejects as the platform does, and with `conflict` when the
 * status forbids it.
 */
export async function runStatusChange(
  ctx: Context,
  run: Run<ChangeStatus>,
  markAttempted: () => Promise<void>,
): Promise<RunResult<Tx>> {
  const { workspaceId, work, attemptedAt } = run;
  const referral = await findTrackedReferral(ctx.database.db, workspaceId, work.referralId);
  if (!referral) throw new Failure('not-found', 'The referral no longer exists', { final: true });
  if (await isWithdrawn(ctx, run, referral)) {
    const canceled = `Rule ${work.actor.name} was switched off or removed, or its campaign archived, before ${platforms[referral.platform].name} was told`;
    return { canceled, record: (tx) => recordWithdrawal(ctx, tx, run, canceled) };
  }
  if (work.change === 'qualify' && referral.status === 'pending' && referral.block !== null) {
    return { refused: referral.block.reason, record: (tx) => keepForLater(ctx, tx, run) };
  }
  if (!decide(referral, work.change, ctx.now())) return {};
  const record = async (tx: Tx, at: Date | null) => {
    await changeStatus(ctx, tx, workspaceId, work.referralId, { ...work, at });
  };
  if (!isOutside(referral.platform)) return { record: (tx) => record(tx, null) };
  const platform = ctx.platforms[referral.platform];
  if (attemptedAt !== null)
    await waitForEarlierAttempt(ctx, platform, workspaceId, referral, work.change, attemptedAt);
  const { standing, exchange } = await platform.change(workspaceId, referral, work.change, markAttempted);
  return { exchange, record: (tx) => record(tx, standing.at) };
}

/** What may have reached the platform is looked up instead. */
async function isWithdrawn(
  ctx: Context,
  { workspaceId, work, attemptedAt }: Run<ChangeStatus>,
  referral: TrackedReferral,
): Promise<boolean> {
  if (work.actor.kind !== 'rule' || (await isEnabled(ctx.database.db, workspaceId, work.actor.id, ctx.now())))
    return false;
  if (attemptedAt === null || !isOutside(referral.platform)) return true;
  const platform = ctx.platforms[referral.platform];
  await waitForEarlierAttempt(ctx, platform, workspaceId, referral, work.change, attemptedAt);
  return !(await isDone(platform, workspaceId, referral, work.change));
}

/** That the rule was met stays on record; that it acts does not. */
async function recordWithdrawal(
  ctx: Context,
  tx: Tx,
  { workspaceId, work: { referralId, actor } }: Run<ChangeStatus>,
  explanation: string,
): Promise<void> {
  if (actor.kind !== 'rule') return;
  await stopDecision(tx, { workspaceId, referralId, ruleId: actor.id }, { explanation, at: ctx.now() });
  await withdrawRule(tx, { workspaceId, referralId, ruleId: actor.id });
}

/** A rule that is met acts once nothing is in the way: in another run, so this one gives its key back. */
async function keepForLater(ctx: Context, tx: Tx, run: Run<ChangeStatus>): Promise<void> {
  const { workspaceId, work } = run;
  const locked = await lockTrackedReferral(tx, workspaceId, work.referralId);
  await askIfDoubtful(ctx, tx, workspaceId, work.referralId, locked?.block ?? null);
  if (work.actor.kind !== 'rule') return;
  await freeRunKey(tx, run);
  const hold = { workspaceId, referralId: work.referralId, ruleId: work.actor.id };
  // It has stayed met for long enough, so it does not wait for the rule's days again.
  await keepHold(tx, { ...hold, since: new Date(0), dueAt: blockedUntil(ctx) });
}

/** Returns early once the earlier request's effect shows. */
async function waitForEarlierAttempt(
  ctx: Context,
  platform: OutsidePlatform,
  workspaceId: string,
  referral: TrackedReferral,
  change: StatusChange,
  attemptedAt: Date,
): Promise<void> {
  const left = attemptedAt.getTime() + settlesWithinMs - ctx.now().getTime();
  if (left <= 0) return;
  if (!(await isDone(platform, workspaceId, referral, change))) await ctx.sleep(left);
}

async function isDone(
  platform: OutsidePlatform,
  workspaceId: string,
  referral: TrackedReferral,
  change: StatusChange,
): Promise<boolean> {
  const standing = await platform.read(workspaceId, referral);
  return (standing?.status === 'qualified') === (change === 'qualify');
}

type Decidable = ReferralState & Pick<TrackedReferral, 'block' | 'expiresAt'>;

/** False when nothing would change. Throws `conflict`, with the reason as a sentence, when not allowed. */
function isNews(referral: Decidable, change: StatusChange, now: Date): boolean {
  const { next, refused } = tryToDecide(referral, change, now);
  if (refused === null) return next !== null;
  throw new Failure('conflict', `${refused.charAt(0).toUpperCase()}${refused.slice(1)}.`);
}

/** Throws `conflict` when not allowed. */
function decide(referral: Decidable, change: StatusChange, now: Date): ReferralState | null {
  const { next, refused } = tryToDecide(referral, change, now);
  if (refused !== null) throw new Failure('conflict', refused);
  return next;
}

/** `next` is null when nothing changes; `refused` says why it is not allowed. */
export function tryToDecide(
  referral: Decidable,
  change: StatusChange,
  now: Date,
): { next: ReferralState | null; refused: string | null } {
  const overdue = change === 'qualify' ? whyOverdue(referral, referral.expiresAt, now) : null;
  if (overdue !== null) return { next: null, refused: overdue };
  const result = transition(referral, change, referral.block);
  return {
    next: result.outcome === 'changed' ? { status: result.status } : null,
    refused: result.outcome === 'refused' ? result.why : null,
  };
}
