// Forgets, hour by hour, what was kept for long enough: see domain/retention.ts.
import { keptDays } from '../../domain/workspace/retention.ts';

/** Each deals with a batch that is older than the moment given, and answers whether there may be more. */
export type HousekeepingStore = {
  emptyNotifications(before: Date): Promise<boolean>;
  forgetNotifications(before: Date): Promise<boolean>;
  countClicks(before: Date): Promise<boolean>;
  workspacesWithRuns(): Promise<string[]>;
  emptyExchanges(workspaceId: string, before: Date): Promise<boolean>;
  /** Those that are finished, with their rows. */
  forgetDriftReports(before: Date): Promise<boolean>;
};

const dayMs = 86_400_000;
/** Of a thousand rows each: a process that is to stop waits for no more. */
const mostBatches = 200;

export function createHousekeeping(deps: { store: HousekeepingStore; now(): Date }) {
  const { store } = deps;
  const daysAgo = (days: number) => new Date(deps.now().getTime() - days * dayMs);

  /** The job of every hour, safe beside other processes. What is left after its batches is for the next hour. */
  async function tick(): Promise<void> {
    await inBatches(() => store.emptyNotifications(daysAgo(keptDays.notifications)));
    await inBatches(() => store.forgetNotifications(daysAgo(keptDays.notificationIds)));
    await inBatches(() => store.countClicks(daysAgo(keptDays.clicks)));
    await inBatches(() => store.forgetDriftReports(daysAgo(keptDays.driftReports)));
    for (const workspaceId of await store.workspacesWithRuns())
      await inBatches(() => store.emptyExchanges(workspaceId, daysAgo(keptDays.exchanges)));
  }

  return { tick };
}

async function inBatches(batch: () => Promise<boolean>): Promise<void> {
  for (let left = mostBatches; left > 0; left -= 1) if (!(await batch())) return;
}
