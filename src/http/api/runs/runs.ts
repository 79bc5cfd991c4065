// /api/v1/runs
import { z } from 'zod';
import { type LoggedRun, pauses, runStates, workKindNames } from '../../../domain/runs/run.ts';
import { dismissRun, getRun, listRuns, retryFailedRuns, retryRun } from '../../../usecases/runs/run-log.ts';
import { resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { emptyBody, moment, named, pagedByNumber, text } from '../schemas.ts';

const run = resource('Run', {
  description:
    'A change in Intercom or another system: stored first, then tried. Runs of one person keep their order.',
  fields: {
    id: z.guid(),
    kind: z.string().describe(`The kind of run: ${workKindNames.join(', ')}.`),
    state: z.enum(runStates),
    paused_for: z
      .enum(pauses)
      .nullable()
      .describe('What it waits for without using up attempts: a service, or a new installation of the app.'),
    cause: z.string().describe('Why it was planned.'),
    attempts: z.int().describe('Failed attempts.'),
    max_attempts: z.int(),
    next_try_at: moment.nullable().describe('Null when no attempt is planned.'),
    attempted_at: moment.nullable().describe('When the last request was sent.'),
    error: z.string().nullable().describe('Error of the last failed attempt.'),
    dismissed_because: z.string().nullable().describe('Why its failure needs no attention, if dismissed.'),
    referral_id: z.guid().nullable(),
    contact_id: z.string().nullable(),
    work: z.unknown().describe('Details, by kind.'),
    exchange: z.unknown().describe('The last request and answer.'),
    created_at: moment,
    finished_at: moment.nullable(),
  },
  sourceOf: (run: LoggedRun) => ({
    ...run,
    nextTryAt: run.state === 'waiting' && run.pausedFor === null ? run.dueAt : null,
  }),
  example: {
    id: '0a9c3f4e-2a51-4a0e-8f1c-3d7b7f6d9a11',
    kind: 'write-back',
    state: 'waiting',
    paused_for: null,
    cause: 'Qualified by rule Paid plan',
    attempts: 1,
    max_attempts: 5,
    next_try_at: '2026-11-12T09:00:04.000Z',
    attempted_at: '2026-11-12T09:00:00.000Z',
    error: 'Intercom answered 400: no such attribute',
    dismissed_because: null,
    referral_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
    contact_id: '667d60ac8a68186f43bafdbb',
    work: { kind: 'write-back', contactId: '667d60ac8a68186f43bafdbb' },
    exchange: null,
    created_at: '2026-11-12T08:59:58.000Z',
    finished_at: null,
  },
});

const retryGiven = z
  .strictObject({ kind: text(50).optional().describe('Filter by kind. Default: all.') })
  .prefault({})
  .register(named, { id: 'RetryGiven', examples: [{ kind: 'write-back' }] });

const dismissGiven = z
  .strictObject({ reason: text(500).nullish().describe('The reason for dismissing it.') })
  .prefault({})
  .register(named, { id: 'DismissGiven', examples: [{ reason: 'The contact was deleted on purpose' }] });

const retried = resource('Retried', {
  fields: { retried: z.int().describe('Number of retried runs.') },
  example: { retried: 12 },
});

export const runRoutes: Route[] = [
  list('/runs', {
    operation: 'listRuns',
    summary: 'List runs',
    query: {
      ...pagedByNumber,
      state: z.enum(runStates).optional(),
      kind: text(50).optional(),
      referral_id: z.guid().optional(),
      contact_id: text(255).optional(),
    },
    items: run,
    name: 'RunList',
    statuses: { 200: 'A page of runs' },
    find: ({ ctx, workspaceId, filter, page }) => listRuns(ctx, workspaceId, filter, page),
  }),
  write('/runs/retry', {
    operation: 'retryRuns',
    summary: 'Retry all failed runs, or those of a kind',
    body: retryGiven,
    answer: retried,
    statuses: { 200: 'Number of retried items' },
    act: async ({ ctx, workspaceId, body, actor }) => ({
      retried: await retryFailedRuns(ctx, workspaceId, body, actor),
    }),
  }),
  read('/runs/:id', {
    operation: 'readRun',
    summary: 'Get a run',
    answer: run,
    statuses: { 200: 'The run' },
    find: ({ ctx, workspaceId, id }) => getRun(ctx, workspaceId, id),
  }),
  write('/runs/:id/retry', {
    operation: 'retryRun',
    summary: 'Retry a failed run, or try a waiting one now',
    body: emptyBody('RetryOneGiven'),
    answer: run,
    statuses: { 200: 'The run, due now with all attempts' },
    act: ({ ctx, workspaceId, id, actor }) => retryRun(ctx, workspaceId, id, actor),
  }),
  write('/runs/:id/dismiss', {
    operation: 'dismissRun',
    summary: 'Dismiss a failed run, so that Home and alerts no longer count it',
    body: dismissGiven,
    answer: run,
    statuses: { 200: 'The dismissed run. It can still be retried' },
    act: ({ ctx, workspaceId, id, actor, body: { reason = null } }) =>
      dismissRun(ctx, workspaceId, id, { actor, reason }),
  }),
];
