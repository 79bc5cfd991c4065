// Forgets, hour by hour, what was kept for long enough.
import type { Context } from '../../context.ts';
import { dayMs } from '../../domain/time-units.ts';
import { retention } from '../../domain/workspace/retention.ts';
import {
  countClicks,
  deleteDeliveries,
  deleteSyncChecks,
  emptyDeliveries,
  emptyExchanges,
  listWorkspacesWithRuns,
} from '../../store/workspace/housekeeping.ts';

/** Of a thousand rows each: a process that is to stop waits for no more. */
const maxBatches = 200;

/** The job of every hour, safe beside other processes. What is left after its batches is for the next hour. */
export async function forgetOld({ database, now }: Pick<Context, 'database' | 'now'>): Promise<void> {
  const daysAgo = ({ days }: { days: number }) => new Date(now().getTime() - days * dayMs);
  await inBatches(() => emptyDeliveries(database, daysAgo(retention.deliveryBodies)));
  await inBatches(() => deleteDeliveries(database, daysAgo(retention.deliveryIds)));
  await inBatches(() => countClicks(database, daysAgo(retention.clicks)));
  await inBatches(() => deleteSyncChecks(database.db, daysAgo(retention.syncChecks)));
  for (const workspaceId of await listWorkspacesWithRuns(database.db))
    await inBatches(() => emptyExchanges(database, workspaceId, daysAgo(retention.exchanges)));
}

/** Each batch resolves with whether there may be more. */
async function inBatches(batch: () => Promise<boolean>): Promise<void> {
  for (let left = maxBatches; left > 0; left -= 1) if (!(await batch())) return;
}
