// Waits briefly for a run that a person or API caller requested.
import type { Context } from '../../context.ts';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';

const lookEveryMs = 50;

/** Returns the run when it is over or paused, or after the timeout. Null when missing. */
export async function waitForRun(
  ctx: Context,
  workspaceId: string,
  deduplicationKey: string,
  milliseconds: number,
): Promise<LoggedRun | null> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const run = await findRunByKey(ctx.database.db, workspaceId, deduplicationKey);
    if (run?.state !== 'waiting' || run.pausedFor !== null || Date.now() >= deadline) return run;
    await ctx.sleep(lookEveryMs);
  }
}
