// /api/v1/sync-checks: what differs between the program and Intercom, and repairing it.
import { z } from 'zod';
import { syncFindingKinds, syncRepairs } from '../../../domain/repair/sync-check.ts';
import {
  listSyncCheckRows,
  listSyncChecks,
  readSyncCheck,
  repairSyncCheck,
  type SyncCheck,
  type SyncCheckRow,
  startSyncCheck,
} from '../../../usecases/repair/sync-check.ts';
import { byToken, emptyQuery, type Route, read, write } from '../route.ts';
import { listJson, listOf, moment, named, paged, pagedByNumber, pageRequest } from '../schemas.ts';

const given = z
  .strictObject({ campaign_id: z.guid().optional().describe('Of this campaign only.') })
  .prefault({})
  .register(named, {
    id: 'SyncCheckGiven',
    examples: [{ campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }],
  });

const count = z.int().min(0);
const syncCheck = z
  .strictObject({
    id: z.guid(),
    campaign_id: z.guid().nullable(),
    cause: z.string(),
    state: z.enum(['running', 'repairing', 'done', 'failed']),
    seen: count.describe('People compared so far.'),
    counts: z.strictObject({
      missing: count.describe(
        'People without a contact where there should be one, or whose contact is gone.',
      ),
      different: count.describe('What this app writes, the role or the email differs.'),
      orphaned: count.describe(
        'Contacts that carry what this app writes, of people who are not in the program.',
      ),
      unlinked: count.describe('There is a contact, but the person is not linked to it.'),
    }),
    trouble: z.string().nullable(),
    started_at: moment,
    finished_at: moment.nullable(),
  })
  .register(named, {
    id: 'SyncCheck',
    examples: [
      {
        id: '1d4c1f62-5d0a-4a8e-b0de-6a7f0a8f1c33',
        campaign_id: null,
        cause: 'Asked for by backend',
        state: 'done',
        seen: 1204,
        counts: { missing: 1, different: 3, orphaned: 0, unlinked: 12 },
        trouble: null,
        started_at: '2026-11-12T09:00:00.000Z',
        finished_at: '2026-11-12T09:00:20.000Z',
      },
    ],
  });

const value = z.union([z.string(), z.number(), z.null()]);
const rowSchema = z.strictObject({
  id: z.int(),
  kind: z.enum(syncFindingKinds),
  person_id: z.guid().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  contact_id: z.string().nullable(),
  differences: z.array(z.strictObject({ field: z.string(), program: value, intercom: value })),
  repair: z
    .enum(syncRepairs)
    .describe('What would repair it; "none" where a teammate has to say which side is right.'),
  state: z.enum(['found', 'chosen', 'planned']).describe('"planned": the run log says how it goes.'),
});

const repairGiven = z
  .union([
    z.strictObject({ row_ids: z.array(z.int().min(1)).min(1).max(1_000) }),
    z.strictObject({ all: z.literal(true) }),
  ])
  .register(named, { id: 'SyncRepairGiven', examples: [{ row_ids: [17, 18] }, { all: true }] });

const repaired = z
  .strictObject({ chosen: count.describe('How many rows can be repaired and were not before.') })
  .register(named, { id: 'SyncRepaired', examples: [{ chosen: 2 }] });

function syncCheckJson(check: SyncCheck): z.input<typeof syncCheck> {
  return {
    id: check.id,
    campaign_id: check.campaignId,
    cause: check.cause,
    state: check.state,
    seen: check.seen,
    counts: check.counts,
    trouble: check.trouble,
    started_at: check.startedAt.toISOString(),
    finished_at: check.finishedAt?.toISOString() ?? null,
  };
}

function rowJson({ personId, contactId, person, ...row }: SyncCheckRow): z.input<typeof rowSchema> {
  const { email = null, name = null } = person ?? {};
  return { ...row, person_id: personId, contact_id: contactId, email, name };
}

export const syncCheckRoutes: Route[] = [
  read({
    path: '/sync-checks',
    operation: 'listSyncChecks',
    summary: 'The sync checks of the workspace',
    query: z.strictObject(paged),
    answer: listOf(syncCheck, 'SyncCheckList'),
    statuses: { 200: 'A page of sync checks' },
    handler: async ({ ctx }, { caller, query }) =>
      listJson(await listSyncChecks(ctx, caller.workspaceId, pageRequest(query)), syncCheckJson),
  }),
  write({
    path: '/sync-checks',
    operation: 'startSyncCheck',
    summary: 'Compare the program with Intercom; nothing is changed',
    body: given,
    answer: syncCheck,
    statuses: { 201: 'The sync check, which goes on until its state is "done"' },
    async handler({ ctx }, { caller, body }) {
      const campaignId = body.campaign_id ?? null;
      const check = await startSyncCheck(ctx, caller.workspaceId, campaignId, byToken(caller));
      return { status: 201, body: syncCheckJson(check) };
    },
  }),
  read({
    path: '/sync-checks/:id',
    operation: 'readSyncCheck',
    summary: 'One sync check',
    query: emptyQuery,
    answer: syncCheck,
    statuses: { 200: 'The sync check' },
    handler: async ({ ctx }, { caller, id }) =>
      syncCheckJson(await readSyncCheck(ctx, caller.workspaceId, id)),
  }),
  read({
    path: '/sync-checks/:id/rows',
    operation: 'listSyncCheckRows',
    summary: 'What a sync check found, in the order in which it was found',
    query: z.strictObject({ kind: z.enum(syncFindingKinds).optional(), ...pagedByNumber }),
    answer: listOf(rowSchema, 'SyncCheckRowList'),
    statuses: { 200: 'A page of rows' },
    handler: async ({ ctx }, { caller, id, query }) =>
      listJson(await listSyncCheckRows(ctx, caller.workspaceId, id, query.kind, pageRequest(query)), rowJson),
  }),
  write({
    path: '/sync-checks/:id/repair',
    operation: 'repairSyncCheck',
    summary: 'Repair what a sync check found: chosen rows, or all that can be repaired',
    body: repairGiven,
    answer: repaired,
    statuses: { 200: 'How many are repaired now' },
    async handler({ ctx }, { caller, id, body }) {
      const which = 'all' in body ? 'all' : { ids: body.row_ids };
      const chosen = await repairSyncCheck(ctx, caller.workspaceId, id, which, byToken(caller));
      return { status: 200, body: { chosen } };
    },
  }),
];
