// /api/v1/recoveries: reads again what was missed in an outage.
import { z } from 'zod';
import { listRecoveries, resumeRecovery } from '../../../usecases/repair/recovery.ts';
import { resource } from '../resource.ts';
import { list, type Route, write } from '../route.ts';
import { count, moment, paged } from '../schemas.ts';

const recovery = resource('Recovery', {
  fields: {
    id: z.guid(),
    cause: z.string(),
    since: moment.describe('Contacts that changed after this time are read again.'),
    state: z.enum(['running', 'done', 'failed']),
    seen: count,
    missed: count.describe('Contacts without a delivery for their change; each was added to the deliveries.'),
    sync_check_id: z.guid().nullable().describe('The sync check that was started afterwards.'),
    trouble: z.string().nullable(),
    started_at: moment,
    finished_at: moment.nullable(),
  },
  example: {
    id: '0f2f3a51-7c1e-4b62-9a4e-0d6f4f1c9a77',
    cause: 'Intercom could not be reached from 2026-11-12T08:10:00.000Z on',
    since: '2026-11-12T08:02:00.000Z',
    state: 'done',
    seen: 214,
    missed: 3,
    sync_check_id: '1d4c1f62-5d0a-4a8e-b0de-6a7f0a8f1c33',
    trouble: null,
    started_at: '2026-11-12T08:40:00.000Z',
    finished_at: '2026-11-12T08:45:20.000Z',
  },
});

export const recoveryRoutes: Route[] = [
  list('/recoveries', {
    operation: 'listRecoveries',
    summary: 'List recoveries of missed deliveries',
    query: paged,
    items: recovery,
    name: 'RecoveryList',
    statuses: { 200: 'A page of recoveries' },
    find: ({ ctx, workspaceId, page }) => listRecoveries(ctx, workspaceId, page),
  }),
  write('/recoveries/:id/resume', {
    operation: 'resumeRecovery',
    summary: 'Restart a failed recovery',
    answer: recovery,
    statuses: { 200: 'The recovery, in progress' },
    act: ({ ctx, workspaceId, id, actor }) => resumeRecovery(ctx, workspaceId, id, actor),
  }),
];
