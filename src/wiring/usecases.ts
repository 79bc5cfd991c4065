// All parts of the app, built in the order in which each depends on what came before.
import { oldestUnhandledSince } from '../store/qualification/deliveries.ts';
import { countWaitingRuns } from '../store/runs/runs.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import { buildImports } from './imports.ts';
import type { Ground } from './context.ts';
import type { Legacy } from './legacy.ts';
import { buildOutgoing } from './outgoing.ts';

export type Parts = ReturnType<typeof buildParts>;

export function buildParts(ground: Ground) {
  const { metrics, database, now } = ground;
  const outgoing = buildOutgoing(ground);
  const { imports, importWork } = buildImports(ground);
  const audit = createAudit({ store: createAuditStore(database), now });
  Object.assign(ground.legacy, {
    installations: outgoing.installations,
    importWork: importWork,
  } satisfies Legacy);
  metrics.watchRuns(() => countWaitingRuns(database.db));
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  return {
    ...{ audit, outgoing, imports, importWork },
  };
}
