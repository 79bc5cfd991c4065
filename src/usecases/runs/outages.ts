// The end of an outage wakes the runs that wait for the service.
import type { Context } from '../../context.ts';
import type { Pause } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';
import { deleteOutage, listOutages, unpauseProbe, unpauseRuns } from '../../store/runs/outages.ts';
import { recoverAfterOutage } from '../repair/begin-recovery.ts';
import { wakeSubjects } from './plan-run.ts';

export const resumeRuns = (ctx: Context, workspaceId: string, service: Pause): Promise<void> =>
  endOutages(ctx, workspaceId, [service]);

/** Call it when the services responded or the grant was renewed. */
export async function endOutages(ctx: Context, workspaceId: string, services: readonly Pause[]) {
  const at = ctx.now();
  const outages = await listOutages(ctx.database.db, workspaceId);
  for (const { service, since, failures } of outages) {
    // A response to an earlier request does not lift a requested pause.
    if (!services.includes(service) || !(since || failures > 0)) continue;
    await ctx.database.transaction(async (tx) => {
      await removeOutage(ctx, tx, workspaceId, service);
      await wakeSubjects(ctx, tx, workspaceId, await unpauseRuns(tx, workspaceId, service, at));
    });
  }
}

/**
 * Unpauses the run tried longest ago. Null, with the outage removed, when none waits: the next run will find
 * out.
 */
export function releaseProbe(
  ctx: Context,
  workspaceId: string,
  service: Pause,
): Promise<{ id: string; subject: string } | null> {
  return ctx.database.transaction(async (tx) => {
    const probe = await unpauseProbe(tx, workspaceId, service, ctx.now());
    if (!probe) await removeOutage(ctx, tx, workspaceId, service);
    return probe;
  });
}

async function removeOutage(ctx: Context, tx: Tx, workspaceId: string, service: Pause): Promise<void> {
  const since = await deleteOutage(tx, workspaceId, service);
  if (since) await recoverAfterOutage(ctx, tx, { workspaceId, service, since });
}
