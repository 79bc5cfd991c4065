// Every write route of the API: what to send, and the action that it leaves in the audit log.

import { randomUUID } from 'node:crypto';
import type { RewardChange } from '../../../src/domain/rewards/reward.ts';
import type { AuditAction } from '../../../src/domain/workspace/audit.ts';
import { campaignFor, idOf } from '../api.ts';
import { settled } from '../changes.ts';
import {
  api,
  app,
  type Case,
  campaign,
  code,
  connection,
  contact,
  counted,
  definition,
  delivery,
  failedImport,
  failedRecovery,
  importOf,
  mappedToMissing,
  paused,
  qualified,
  referral,
  review,
  reward,
  rule,
  run,
  running,
  runningImport,
  syncCheck,
  unique,
} from './subjects.ts';

const changes = (
  action: AuditAction,
  path: (id: string) => string,
  made: () => Promise<string>,
  body?: object,
) => ({
  action,
  request: async () => ({ path: path(await made()), ...(body && { body }) }),
});

const acting = (
  action: AuditAction,
  path: string,
  body: object = {},
  role: 'lead' | 'user' = 'lead',
): Case => ({
  action,
  outside: true,
  repeats: true,
  request: async () => ({ path: `/contacts/${(await contact(role)).id}${path}`, body }),
});

const rewarding = (change: RewardChange): Case => ({
  action: `reward.${change}`,
  request: async () => ({ path: `/rewards/${change}`, body: { ids: [await reward()] } }),
});

/** By method and path. Routes that change nothing are `null`. */
export const apiCases: Record<string, Case | null> = {
  'POST /campaigns': {
    action: 'campaign.create',
    request: async () => ({
      path: '/campaigns',
      body: { name: randomUUID(), destination_url: 'https://example.com' },
    }),
  },
  'PATCH /campaigns/:id': changes(
    'campaign.change',
    (id) => `/campaigns/${id}`,
    () => campaignFor(api),
    {
      settings: { expires_after_days: 5 },
    },
  ),
  'POST /referrers': {
    action: 'referrer.create',
    request: async () => ({
      path: '/referrers',
      body: { campaign_id: campaign, person: { email: unique() } },
    }),
  },
  'POST /referrals': {
    action: 'referral.create',
    request: async () => ({ path: '/referrals', body: { code, person: { email: unique() } } }),
  },
  'POST /referrals/:id/qualify': changes(
    'referral.qualify',
    (id) => `/referrals/${id}/qualify`,
    referral,
    {},
  ),
  'POST /referrals/:id/disqualify': changes(
    'referral.disqualify',
    (id) => `/referrals/${id}/disqualify`,
    referral,
    { reason: 'test' },
  ),
  'POST /referrals/:id/reopen': changes('referral.reopen', (id) => `/referrals/${id}/reopen`, qualified, {}),
  'POST /rewards/approve': rewarding('approve'),
  'POST /rewards/issue': rewarding('issue'),
  'POST /rewards/cancel': rewarding('cancel'),
  'POST /rules': {
    action: 'rule.create',
    request: async () => ({
      path: '/rules',
      body: { campaign_id: campaign, name: randomUUID(), definition: definition() },
    }),
    repeats: true,
  },
  'PATCH /rules/:id': changes('rule.change', (id) => `/rules/${id}`, rule, { enabled: false }),
  'DELETE /rules/:id': changes('rule.delete', (id) => `/rules/${id}`, rule),
  'POST /rules/:id/apply': {
    ...changes('rule.apply', (id) => `/rules/${id}/apply`, rule, {}),
    repeats: true,
  },
  'POST /rules/dry-run': null,
  'POST /deliveries/:id/replay': {
    ...changes('delivery.replay', (id) => `/deliveries/${id}/replay`, delivery, {}),
    repeats: true,
  },
  'POST /runs/retry': {
    action: 'runs.retry',
    async request() {
      await run();
      return { path: '/runs/retry', body: {} };
    },
    repeats: true,
  },
  'POST /runs/:id/dismiss': changes('run.dismiss', (id) => `/runs/${id}/dismiss`, run, { reason: 'known' }),
  'POST /runs/:id/retry': {
    ...changes('run.retry', (id) => `/runs/${id}/retry`, run, {}),
    repeats: true,
  },
  'POST /imports': {
    action: 'import.create',
    request: async () => ({ path: '/imports?start=false', file: `email\n${unique()}\n` }),
    repeats: true,
  },
  'POST /imports/:id/start': changes(
    'import.start',
    (id) => `/imports/${id}/start`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/pause': changes('import.pause', (id) => `/imports/${id}/pause`, runningImport, {}),
  'POST /imports/:id/resume': changes(
    'import.resume',
    (id) => `/imports/${id}/resume`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/cancel': changes(
    'import.cancel',
    (id) => `/imports/${id}/cancel`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/retry': changes('import.retry', (id) => `/imports/${id}/retry`, failedImport, {}),
  'POST /contacts': {
    action: 'contact.create',
    outside: true,
    repeats: true,
    request: async () => ({ path: '/contacts', body: { role: 'lead', email: unique() } }),
  },
  'POST /contacts/convert-visitor': null,
  'PATCH /contacts/:id': acting('contact.update', '', { name: 'Another Name' }),
  'POST /contacts/:id/convert': acting('contact.convert', '/convert'),
  'POST /contacts/:id/tags': acting('contact.tag', '/tags', { add: ['Walked'], remove: [] }),
  'POST /contacts/:id/notes': acting('contact.note', '/notes', { body: 'Walked' }),
  'POST /contacts/:id/companies': acting('contact.attach_company', '/companies', {
    id: 'walked',
    name: 'Walked',
    create: true,
  }),
  'POST /contacts/:id/events': acting('contact.track_event', '/events', { event_name: 'walked' }, 'user'),
  'POST /contacts/:id/archive': acting('contact.archive', '/archive'),
  'POST /contacts/:id/unarchive': acting('contact.unarchive', '/unarchive'),
  'DELETE /contacts/:id': acting('contact.delete', ''),
  'PATCH /settings': {
    action: 'settings.change',
    request: async () => ({
      path: '/settings',
      body: { card_actions: { daily_cap: 200 + Math.floor(Math.random() * 1_000) } },
    }),
  },
  'POST /connections': {
    action: 'connection.connect',
    request: async () => ({ path: '/connections', body: connection() }),
    repeats: true,
  },
  'POST /connections/compare': {
    action: 'connection.compare',
    request: async () => ({
      path: '/connections/compare',
      body: { platform: 'referral-factory', repair: false },
    }),
    repeats: true,
  },
  'POST /backfills': {
    action: 'backfill.start',
    request: async () => ({ path: '/backfills', body: { from: 'campaign', campaign_id: campaign } }),
    repeats: true,
  },
  'POST /backfills/:id/confirm': changes('backfill.confirm', (id) => `/backfills/${id}/confirm`, counted, {}),
  'POST /backfills/:id/cancel': changes('backfill.cancel', (id) => `/backfills/${id}/cancel`, counted, {}),
  'POST /sync-checks': {
    action: 'sync_check.start',
    request: async () => ({ path: '/sync-checks', body: {} }),
    repeats: true,
  },
  'POST /recoveries/:id/resume': changes(
    'recovery.resume',
    (id) => `/recoveries/${id}/resume`,
    failedRecovery,
    {},
  ),
  'POST /sync-checks/:id/repair': changes(
    'sync_check.repair',
    (id) => `/sync-checks/${id}/repair`,
    syncCheck,
    { all: true },
  ),
  'POST /erasures': {
    action: 'erasure.start',
    async request() {
      const email = unique();
      idOf(await api.post('/referrals', { code, person: { email } }));
      await settled(app);
      return { path: '/erasures', body: { email } };
    },
    repeats: true,
  },
  'POST /campaigns/:id/enrollment/preview': null,
  'POST /campaigns/:id/enrollment/attributes': {
    action: 'attributes.create',
    outside: true,
    request: async () => ({
      path: `/campaigns/${await mappedToMissing('leads')}/enrollment/attributes`,
      body: {},
    }),
  },
  'POST /enrollments/:id/retry': {
    action: 'enrollment.retry',
    async request() {
      const id = await referral();
      const [row] = await app.query<{ id: string }>('select id from enrollments where referral_id = $1', [
        id,
      ]);
      return { path: `/enrollments/${row?.id}/retry`, body: {} };
    },
    repeats: true,
  },
  'POST /backfills/:id/pause': changes('backfill.pause', (id) => `/backfills/${id}/pause`, running, {}),
  'POST /backfills/:id/resume': changes('backfill.resume', (id) => `/backfills/${id}/resume`, paused, {}),
  'POST /reviews/:id/decide': {
    action: 'review.decide',
    request: async () => ({ path: `/reviews/${(await review()).id}/decide`, body: { create: true } }),
  },
};
