// Records outgoing work in the transaction that wants it, and wakes a worker with that transaction.
import type { Context } from '../../context.ts';
import type { NewRun } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';

/** False when a run of the same `dedupe` exists already. */
export function planRun(ctx: Context, tx: Tx, run: NewRun): Promise<boolean> {
  return ctx.legacy.runStore.add(tx, run);
}
