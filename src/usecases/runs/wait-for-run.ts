// Waits a moment for a run that a person or a caller asked for.
import type { Context } from '../../context.ts';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';

const lookEveryMs = 50;

/** The run once it is over or paused, or as it stands when the time is over. Null when there is none. */
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
