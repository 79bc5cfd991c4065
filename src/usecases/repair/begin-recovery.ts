// Begins to read what was missed while notifications could not be received or handled.
import type { Context } from '../../context.ts';
import type { Pause } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';

/** In the transaction in which an outage ends. */
export function recoverAfterOutage(
  ctx: Context,
  tx: Tx,
  outage: { workspaceId: string; service: Pause; since: Date },
): Promise<void> {
  return ctx.legacy.recovery.afterOutage(tx, outage);
}

/** In the transaction in which a workspace grants access again. */
export function recoverAfterReturn(ctx: Context, tx: Tx, workspaceId: string, since: Date): Promise<void> {
  return ctx.legacy.recovery.afterReturn(tx, workspaceId, since);
}
