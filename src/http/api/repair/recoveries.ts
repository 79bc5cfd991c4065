// /api/v1/recoveries: reads again what was missed in an outage.
import { z } from 'zod';
import { listRecoveries } from '../../../usecases/repair/recovery.ts';
import { answer } from '../resource.ts';
import { list, type Route } from '../route.ts';
import { count, moment, paged } from '../schemas.ts';

const recovery = answer(
  z.strictObject({
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
  }),
);

export const recoveryRoutes: Route[] = [
  list('/recoveries', {
    operation: 'listRecoveries',
    summary: 'What was missed while Intercom, or the access to it, was away, and is read again',
    query: paged,
    items: recovery,
    name: 'RecoveryList',
    statuses: { 200: 'A page of recoveries' },
    find: ({ ctx, workspaceId, page }) => listRecoveries(ctx, workspaceId, page),
  }),
];
