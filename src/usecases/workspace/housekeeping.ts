// Deletes expired data hourly. Every minute, deletes expired deliveries, which can be millions, and folds day counts.
import type { Context } from '../../context.ts';
import { dayMs } from '../../domain/time-units.ts';
import { type RetentionName, retention } from '../../domain/workspace/retention.ts';
import { deleteChanges } from '../../store/assistants/changes.ts';
import { deleteUnusedClients } from '../../store/assistants/clients.ts';
import { deleteEndedGrants, deleteExpiredTokens } from '../../store/assistants/grants.ts';
import { deleteFinDays } from '../../store/fin/fin-counts.ts';
import { deleteFinRequests } from '../../store/fin/fin-requests.ts';
import { foldDayCounts } from '../../store/people/day-counts.ts';
import { deleteUncountedJoins } from '../../store/program/uncounted-joins.ts';
import { deleteOwnWrites } from '../../store/qualification/own-writes.ts';
import { deleteBulkChanges } from '../../store/rewards/bulk-changes.ts';
import {
  deleteDeliveries,
  deleteRecorded,
  emptyDeliveries,
  emptyExchanges,
  listWorkspacesWithRuns,
} from '../../store/workspace/housekeeping.ts';

/** In batches of a thousand rows, so that shutdown waits for one at most. */
const maxBatches = 200;

type Deps = Pick<Context, 'database' | 'now'>;

type Forget = (database: Deps['database'], before: Date) => Promise<void>;

const forgetOften = {
  deliveryBodies: (database, before) => inBatches(() => emptyDeliveries(database, before)),
  deliveryIds: (database, before) => inBatches(() => deleteDeliveries(database, before)),
} satisfies Partial<Record<RetentionName, Forget>>;

/** Workspaces are erased by `eraseUninstalled` instead. */
const forgetHourly: Record<
  Exclude<RetentionName, 'uninstalledWorkspaces' | keyof typeof forgetOften>,
  Forget
> = {
  receiptFiles: (database, before) => inBatches(() => deleteRecorded(database.db, 'receiptFiles', before)),
  bulkChanges: (database, before) => inBatches(() => deleteBulkChanges(database.db, before)),
  finDays: (database, before) => inBatches(() => deleteFinDays(database.db, before)),
  finRequests: (database, before) => inBatches(() => deleteFinRequests(database.db, before)),
  peopleImports: (database, before) => inBatches(() => deleteRecorded(database.db, 'peopleImports', before)),
  uncountedJoins: (database, before) => inBatches(() => deleteUncountedJoins(database.db, before)),
  ownWrites: (database, before) => inBatches(() => deleteOwnWrites(database.db, before)),
  syncChecks: (database, before) => inBatches(() => deleteRecorded(database.db, 'syncChecks', before)),
  assistantClients: (database, before) => inBatches(() => deleteUnusedClients(database.db, before)),
  async assistantGrants(database, before) {
    await inBatches(() => deleteEndedGrants(database.db, before));
    await inBatches(() => deleteExpiredTokens(database.db, before));
    await inBatches(() => deleteChanges(database.db, before));
  },
  async exchanges(database, before) {
    for (const workspaceId of await listWorkspacesWithRuns(database.db))
      await inBatches(() => emptyExchanges(database, workspaceId, before));
  },
};

/** Hourly; safe in several processes. Continues where the last hour stopped. */
export const forgetOld = (deps: Deps): Promise<void> => forget(deps, forgetHourly);

/** Every minute, 200,000 at most, which is more than a busy installation receives. */
export const forgetDeliveries = (deps: Deps): Promise<void> => forget(deps, forgetOften);

async function forget({ database, now }: Deps, kinds: Partial<Record<RetentionName, Forget>>): Promise<void> {
  for (const name of Object.keys(kinds) as RetentionName[])
    await kinds[name]?.(database, new Date(now().getTime() - retention[name].days * dayMs));
}

/** Safe in several processes. */
export const foldCounts = ({ database }: Deps): Promise<void> => inBatches(() => foldDayCounts(database));

/** Each batch returns whether there may be more. */
async function inBatches(batch: () => Promise<boolean>): Promise<void> {
  for (let left = maxBatches; left > 0; left -= 1) if (!(await batch())) return;
}
