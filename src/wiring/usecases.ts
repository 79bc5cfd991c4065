// The parts that are still built as objects, and the gauges that read the store.
import { oldestUnhandledSince } from '../store/qualification/deliveries.ts';
import { countWaitingRuns } from '../store/runs/runs.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import type { Ground } from './context.ts';

export type Parts = ReturnType<typeof buildParts>;

export function buildParts({ metrics, database, now }: Ground) {
  metrics.watchRuns(() => countWaitingRuns(database.db));
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  return { audit: createAudit({ store: createAuditStore(database), now }) };
}
