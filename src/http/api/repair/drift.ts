// /api/v1/drift: what differs between the referral side and Intercom, and putting it right; /recoveries: what was missed.
import { z } from 'zod';
import { driftKinds, driftRepairs } from '../../../domain/repair/drift.ts';
import type { DriftReport, DriftRow } from '../../../usecases/repair/drift-edges.ts';
import { listRecoveries, type Recovery } from '../../../usecases/repair/recovery.ts';
import { nothing, type Route, read, write } from '../route.ts';
import { listJson, listOf, moment, named, paged, pagedByNumber, pageRequest } from '../schemas.ts';

const given = z
  .strictObject({ campaign_id: z.guid().optional().describe('Of this campaign only.') })
  .prefault({})
  .register(named, {
    id: 'DriftGiven',
    examples: [{ campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }],
  });

const count = z.int().min(0);
const report = z
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
      orphaned: count.describe('Contacts that carry what this app writes, of whom nobody here knows.'),
      unlinked: count.describe('There is a contact, but the person is not linked to it.'),
    }),
    trouble: z.string().nullable(),
    started_at: moment,
    finished_at: moment.nullable(),
  })
  .register(named, {
    id: 'DriftReport',
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
const row = z.strictObject({
  id: z.int(),
  kind: z.enum(driftKinds),
  person_id: z.guid().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  contact_id: z.string().nullable(),
  differences: z.array(z.strictObject({ field: z.string(), here: value, there: value })),
  repair: z
    .enum(driftRepairs)
    .describe('What would put it right; "none" where a person has to say which side is.'),
  state: z.enum(['found', 'chosen', 'planned']).describe('"planned": the run log says how it goes.'),
});

const repairGiven = z
  .union([
    z.strictObject({ rows: z.array(z.int().min(1)).min(1).max(1_000) }),
    z.strictObject({ all: z.literal(true) }),
  ])
  .register(named, { id: 'DriftRepairGiven', examples: [{ rows: [17, 18] }, { all: true }] });

const repaired = z
  .strictObject({ chosen: count.describe('How many rows can be repaired and were not before.') })
  .register(named, { id: 'DriftRepaired', examples: [{ chosen: 2 }] });

const recovery = z.strictObject({
  id: z.guid(),
  cause: z.string(),
  since: moment.describe('Contacts that changed since then are read again.'),
  state: z.enum(['running', 'done', 'failed']),
  seen: count,
  missed: count.describe('Those of them of which no notification had told; each is among the deliveries.'),
  drift_id: z.guid().nullable().describe('The report that was begun afterwards.'),
  trouble: z.string().nullable(),
  started_at: moment,
  finished_at: moment.nullable(),
});

function reportJson(one: DriftReport): z.input<typeof report> {
  return {
    id: one.id,
    campaign_id: one.campaignId,
    cause: one.cause,
    state: one.state,
    seen: one.seen,
    counts: one.counts,
    trouble: one.trouble,
    started_at: one.startedAt.toISOString(),
    finished_at: one.finishedAt?.toISOString() ?? null,
  };
}

function rowJson({ personId, contactId, person, ...one }: DriftRow): z.input<typeof row> {
  const { email = null, name = null } = person ?? {};
  return { ...one, person_id: personId, contact_id: contactId, email, name };
}

function recoveryJson(one: Recovery): z.input<typeof recovery> {
  return {
    id: one.id,
    cause: one.cause,
    since: one.since.toISOString(),
    state: one.state,
    seen: one.seen,
    missed: one.missed,
    drift_id: one.driftId,
    trouble: one.trouble,
    started_at: one.startedAt.toISOString(),
    finished_at: one.finishedAt?.toISOString() ?? null,
  };
}

export const driftRoutes: Route[] = [
  read({
    path: '/drift',
    operation: 'listDriftReports',
    summary: 'The reports of what differs between the referral side and Intercom',
    query: z.strictObject(paged),
    answer: listOf(report, 'DriftReportList'),
    statuses: { 200: 'A page of reports' },
    answerTo: async ({ drift }, { caller, query }) =>
      listJson(await drift.list(caller.workspaceId, pageRequest(query)), reportJson),
  }),
  write({
    path: '/drift',
    operation: 'startDriftReport',
    summary: 'Compare both sides; nothing is changed',
    body: given,
    answer: report,
    statuses: { 201: 'The report, which grows until its state is "done"' },
    async answerTo({ drift }, { caller, body }) {
      const cause = `Asked for by ${caller.name}`;
      const begun = await drift.start(caller.workspaceId, body.campaign_id ?? null, cause);
      return { status: 201, body: reportJson(begun) };
    },
  }),
  read({
    path: '/drift/:id',
    operation: 'readDriftReport',
    summary: 'One report',
    query: nothing,
    answer: report,
    statuses: { 200: 'The report' },
    answerTo: async ({ drift }, { caller, id }) => reportJson(await drift.find(caller.workspaceId, id)),
  }),
  read({
    path: '/drift/:id/rows',
    operation: 'listDriftRows',
    summary: 'What a report found, in the order in which it was found',
    query: z.strictObject({ kind: z.enum(driftKinds).optional(), ...pagedByNumber }),
    answer: listOf(row, 'DriftRowList'),
    statuses: { 200: 'A page of rows' },
    answerTo: async ({ drift }, { caller, id, query }) =>
      listJson(await drift.rows(caller.workspaceId, id, query.kind, pageRequest(query)), rowJson),
  }),
  write({
    path: '/drift/:id/repair',
    operation: 'repairDrift',
    summary: 'Put right what a report found: chosen rows, or all that can be',
    body: repairGiven,
    answer: repaired,
    statuses: { 200: 'How many are repaired now' },
    async answerTo({ drift }, { caller, id, body }) {
      const which = 'all' in body ? 'all' : { ids: body.rows };
      return { status: 200, body: { chosen: await drift.repair(caller.workspaceId, id, which) } };
    },
  }),
  read({
    path: '/recoveries',
    operation: 'listRecoveries',
    summary: 'What was missed while Intercom, or the access to it, was away, and is read again',
    query: z.strictObject(paged),
    answer: listOf(recovery, 'RecoveryList'),
    statuses: { 200: 'A page of recoveries' },
    answerTo: async ({ ctx }, { caller, query }) =>
      listJson(await listRecoveries(ctx, caller.workspaceId, pageRequest(query)), recoveryJson),
  }),
];
