// Deletes expired data, hourly.
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

/** Batches of a thousand rows: a process that is stopping waits for at most one. */
const maxBatches = 200;

/** The hourly job, safe beside other processes. The next hour continues after this one's batches. */
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
