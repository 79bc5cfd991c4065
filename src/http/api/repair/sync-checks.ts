// /api/v1/sync-checks: finds and repairs differences between the program and Intercom.
import { z } from 'zod';
import {
  syncCheckStates,
  syncFindingKinds,
  syncRepairs,
  syncRowStates,
} from '../../../domain/repair/sync-check.ts';
import {
  listSyncCheckRows,
  listSyncChecks,
  readSyncCheck,
  repairSyncCheck,
  type SyncCheckRow,
  startSyncCheck,
} from '../../../usecases/repair/sync-check.ts';
import { answer, resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { count, moment, named, paged, pagedByNumber } from '../schemas.ts';

const given = z
  .strictObject({ campaign_id: z.guid().optional().describe('Filter by campaign.') })
  .prefault({})
  .register(named, {
    id: 'SyncCheckGiven',
    examples: [{ campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }],
  });

const syncCheck = resource('SyncCheck', {
  fields: {
    id: z.guid(),
    campaign_id: z.guid().nullable(),
    cause: z.string(),
    state: z.enum(syncCheckStates),
    seen: count.describe('People compared so far.'),
    counts: z.strictObject({
      missing: count.describe('People with a missing or deleted contact.'),
      different: count.describe('People with a different role, email or referral attributes.'),
      orphaned: count.describe('Contacts with referral attributes, but without a person in the program.'),
      unlinked: count.describe('People who are not linked to their contact.'),
    }),
    trouble: z.string().nullable(),
    started_at: moment,
    finished_at: moment.nullable(),
  },
  example: {
    id: '1d4c1f62-5d0a-4a8e-b0de-6a7f0a8f1c33',
    campaign_id: null,
    cause: 'Started by backend',
    state: 'done',
    seen: 1204,
    counts: { missing: 1, different: 3, orphaned: 0, unlinked: 12 },
    trouble: null,
    started_at: '2026-11-12T09:00:00.000Z',
    finished_at: '2026-11-12T09:00:20.000Z',
  },
});

const value = z.union([z.string(), z.number(), z.null()]);
const row = answer(
  z.strictObject({
    id: z.int(),
    kind: z.enum(syncFindingKinds),
    person_id: z.guid().nullable(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    contact_id: z.string().nullable(),
    differences: z.array(z.strictObject({ field: z.string(), program: value, intercom: value })),
    repair: z.enum(syncRepairs).describe('The repair. "none": a teammate must decide which side is right.'),
    state: z.enum(syncRowStates).describe('"planned": see the run log.'),
  }),
  ({ person, ...row }: SyncCheckRow) => ({
    ...row,
    email: person?.email ?? null,
    name: person?.name ?? null,
  }),
);

const repairGiven = z
  .union([
    z.strictObject({ row_ids: z.array(z.int().min(1)).min(1).max(1_000) }),
    z.strictObject({ all: z.literal(true) }),
  ])
  .register(named, { id: 'SyncRepairGiven', examples: [{ row_ids: [17, 18] }, { all: true }] });

const repaired = resource('SyncRepaired', {
  fields: { chosen: count.describe('Number of rows with a repair that has not started.') },
  example: { chosen: 2 },
});

export const syncCheckRoutes: Route[] = [
  list('/sync-checks', {
    operation: 'listSyncChecks',
    summary: 'List sync checks',
    query: paged,
    items: syncCheck,
    name: 'SyncCheckList',
    statuses: { 200: 'A page of sync checks' },
    find: ({ ctx, workspaceId, page }) => listSyncChecks(ctx, workspaceId, page),
  }),
  write('/sync-checks', {
    operation: 'startSyncCheck',
    summary: 'Start a sync check; nothing is changed',
    body: given,
    answer: syncCheck,
    statuses: { 201: 'The sync check, in progress' },
    act: ({ ctx, workspaceId, body, actor }) =>
      startSyncCheck(ctx, workspaceId, body.campaign_id ?? null, actor),
  }),
  read('/sync-checks/:id', {
    operation: 'readSyncCheck',
    summary: 'Get a sync check',
    answer: syncCheck,
    statuses: { 200: 'The sync check' },
    find: ({ ctx, workspaceId, id }) => readSyncCheck(ctx, workspaceId, id),
  }),
  list('/sync-checks/:id/rows', {
    operation: 'listSyncCheckRows',
    summary: 'List the differences of a sync check',
    query: { kind: z.enum(syncFindingKinds).optional(), ...pagedByNumber },
    items: row,
    name: 'SyncCheckRowList',
    statuses: { 200: 'A page of rows' },
    find: ({ ctx, workspaceId, id, filter, page }) =>
      listSyncCheckRows(ctx, workspaceId, id, filter.kind, page),
  }),
  write('/sync-checks/:id/repair', {
    operation: 'repairSyncCheck',
    summary: 'Repair differences: chosen rows, or all',
    body: repairGiven,
    answer: repaired,
    statuses: { 200: 'Number of repairs started' },
    async act({ ctx, workspaceId, id, body, actor }) {
      const which = 'all' in body ? 'all' : { ids: body.row_ids };
      return { chosen: await repairSyncCheck(ctx, workspaceId, id, which, actor) };
    },
  }),
];
