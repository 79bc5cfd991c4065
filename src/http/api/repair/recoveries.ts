// /api/v1/recoveries: what was missed in an outage, and is read again.
import { z } from 'zod';
import { listRecoveries, type Recovery } from '../../../usecases/repair/recovery.ts';
import { type Route, read } from '../route.ts';
import { listJson, listOf, moment, paged, pageRequest } from '../schemas.ts';

const count = z.int().min(0);
const recoverySchema = z.strictObject({
  id: z.guid(),
  cause: z.string(),
  since: moment.describe('Contacts that changed since then are read again.'),
  state: z.enum(['running', 'done', 'failed']),
  seen: count,
  missed: count.describe('Those of them whose notification never came; each is among the deliveries.'),
  sync_check_id: z.guid().nullable().describe('The sync check that was started afterwards.'),
  trouble: z.string().nullable(),
  started_at: moment,
  finished_at: moment.nullable(),
});

function recoveryJson(recovery: Recovery): z.input<typeof recoverySchema> {
  return {
    id: recovery.id,
    cause: recovery.cause,
    since: recovery.since.toISOString(),
    state: recovery.state,
    seen: recovery.seen,
    missed: recovery.missed,
    sync_check_id: recovery.syncCheckId,
    trouble: recovery.trouble,
    started_at: recovery.startedAt.toISOString(),
    finished_at: recovery.finishedAt?.toISOString() ?? null,
  };
}

export const recoveryRoutes: Route[] = [
  read({
    path: '/recoveries',
    operation: 'listRecoveries',
    summary: 'What was missed while Intercom, or the access to it, was away, and is read again',
    query: z.strictObject(paged),
    answer: listOf(recoverySchema, 'RecoveryList'),
    statuses: { 200: 'A page of recoveries' },
    handler: async ({ ctx }, { caller, query }) =>
      listJson(await listRecoveries(ctx, caller.workspaceId, pageRequest(query)), recoveryJson),
  }),
];
