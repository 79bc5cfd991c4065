// The run log with retries: what was done outside, what waits, what failed.
import type { Context } from '../../context.ts';
import {
  type LoggedRun,
  type NewRun,
  type Pause,
  type RunFilter,
  subjectsOfId,
  type WorkKind,
} from '../../domain/runs/run.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  countFailedRuns,
  dismissRuns,
  findRun,
  findRunByKey,
  findRuns,
  resetRuns,
} from '../../store/runs/run-log.ts';
import { found } from '../found.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { planRun, wakeSubjects } from './plan-run.ts';

/** The command line lists and retries too, without the rest of the app. */
export type RetryContext = Pick<Context, 'database' | 'queue' | 'now'>;

const waitsFor: Record<Pause, string> = {
  intercom: 'Intercom to answer again',
  platform: 'the referral platform to answer again',
  token: 'the app to be installed again',
};

export function subjectsOf(ids: { personIds: readonly string[]; contactIds: readonly string[] }): string[] {
  return [...ids.personIds, ...ids.contactIds].flatMap(subjectsOfId);
}

export async function getRun(ctx: RetryContext, workspaceId: string, id: string): Promise<LoggedRun> {
  return found(await findRun(ctx.database.db, workspaceId, id), 'run');
}

/** Newest first. */
export const listRuns = query(findRuns);

export const countRunsToRetry = query(countFailedRuns);

/** Due now with all attempts: one run, or all failed ones that match. Returns how many. */
export async function rescheduleRuns(
  ctx: RetryContext,
  tx: Tx,
  workspaceId: string,
  which: { id: string } | RunFilter,
): Promise<number> {
  const subjects = await resetRuns(tx, workspaceId, which, ctx.now());
  await wakeSubjects(ctx, tx, workspaceId, subjects);
  return subjects.length;
}

/** One that has failed, or waits for its next attempt, begins again. False when it is done already. */
export async function planAgain(ctx: Context, tx: Tx, run: NewRun): Promise<boolean> {
  if (await planRun(ctx, tx, run)) return true;
  const known = await findRunByKey(tx, run.workspaceId, run.deduplicationKey);
  if (known !== null && (await rescheduleRuns(ctx, tx, run.workspaceId, { id: known.id })) > 0) return true;
  // One that is canceled at this moment gives its key back.
  return planRun(ctx, tx, run);
}

/** What could not be written to a contact while it was archived. */
export async function retryWrites(ctx: RetryContext, tx: Tx, workspaceId: string, contactId: string) {
  for (const kind of ['write-back', 'tag', 'event'] satisfies WorkKind[])
    await rescheduleRuns(ctx, tx, workspaceId, { kind, contactId });
}

/** Due now with all attempts. Throws `not-found`, or `conflict` when there is nothing to retry. */
export async function retryRun(
  ctx: RetryContext,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<LoggedRun> {
  const retried = await ctx.database.transaction(async (tx) => {
    if ((await rescheduleRuns(ctx, tx, workspaceId, { id })) === 0) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'run.retry', id, {});
    return true;
  });
  const run = await getRun(ctx, workspaceId, id);
  if (retried) return run;
  throw new Failure(
    'conflict',
    run.pausedFor
      ? `This run waits for ${waitsFor[run.pausedFor]}, and continues automatically.`
      : `This run is ${run.state}.`,
  );
}

/** Ignores the filter's state. Returns how many. */
export async function retryFailedRuns(
  ctx: RetryContext,
  workspaceId: string,
  filter: RunFilter,
  actor: Actor,
): Promise<number> {
  return ctx.database.transaction(async (tx) => {
    const retried = await rescheduleRuns(ctx, tx, workspaceId, filter);
    if (retried === 0) return 0;
    await recordAudit(ctx, tx, workspaceId, actor, 'runs.retry', null, { count: retried, filter });
    return retried;
  });
}

/** Home and alerts no longer count it. Throws `not-found`, or `conflict` when it has not failed. */
export async function dismissRun(
  ctx: RetryContext,
  workspaceId: string,
  id: string,
  { actor, reason }: { actor: Actor; reason: string | null },
): Promise<LoggedRun> {
  const dismissed = await ctx.database.transaction(async (tx) => {
    if ((await dismissRuns(tx, workspaceId, { id }, reason)) === 0) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'run.dismiss', id, {});
    return true;
  });
  const run = await getRun(ctx, workspaceId, id);
  if (dismissed || run.state === 'dismissed') return run;
  throw new Failure('conflict', `Only a failed run can be dismissed. This run is ${run.state}.`);
}

/** Ignores the filter's state. Returns how many. */
export async function dismissFailedRuns(
  ctx: RetryContext,
  workspaceId: string,
  filter: RunFilter,
  { actor, reason }: { actor: Actor; reason: string | null },
): Promise<number> {
  return ctx.database.transaction(async (tx) => {
    const count = await dismissRuns(tx, workspaceId, filter, reason);
    if (count > 0) await recordAudit(ctx, tx, workspaceId, actor, 'runs.dismiss', null, { count, filter });
    return count;
  });
}
