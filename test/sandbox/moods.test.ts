// The sandbox's moods, and what can be told about it beside them: how slow, unlucky, refusing and repetitive it is.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.ts';
import { settingsOf } from '../../sandbox/settings.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { openWorld } from '../../sandbox/world.ts';
import { type RunningSandbox, runSandbox } from './running-sandbox.ts';

const lead = seededContact('pending.lead@example.com').id;

let running: RunningSandbox;
let app: RunningSandbox['app'];
let intercom: RunningSandbox['intercom'];
let admin: RunningSandbox['admin'];

beforeEach(async () => {
  running = await runSandbox();
  ({ app, intercom, admin } = running);
});

afterEach(() => running.stop());

const settings = async () => (await admin.get('/state')).data.settings;
const setPlan = (plan: string) => intercom.put(`/contacts/${lead}`, { custom_attributes: { plan } });
const plansReceived = () => app.notifications().map((one) => one.data.item.custom_attributes?.plan);

describe('a mood', () => {
  test('is as Intercom until another is told, and a reset brings it back', async () => {
    expect(await settings()).toMatchObject({
      mood: 'as-intercom',
      search_lag_ms: 120_000,
      merged_from: false,
      lead_signed_up: false,
    });
    await admin.patch('/settings', { mood: 'harshest' });
    await admin.post('/reset', {});
    expect(await settings()).toMatchObject({ mood: 'as-intercom', refuse_every: 0 });
  });

  test('is the harshest by a single call', async () => {
    await admin.patch('/settings', { mood: 'harshest' });
    expect(await settings()).toMatchObject({
      search_lag_ms: 120_000,
      answer_ms: 1_000,
      refuse_every: 10,
      webhook_copies: 2,
      webhook_delay_ms: 5_000,
      webhook_disorder: true,
    });
  });

  test('forgets what was told before it, but not that the app has switched its webhooks off', async () => {
    await admin.patch('/settings', { search_lag_ms: 5, merged_from: true, webhooks_enabled: false });
    await admin.patch('/settings', { mood: 'as-intercom', time_scale: 10 });
    const told = { mood: 'as-intercom', webhooks_enabled: false, time_scale: 10, merged_from: false };
    expect(await settings()).toMatchObject({ ...told, search_lag_ms: 120_000 });
    await admin.patch('/settings', { search_lag_ms: 7 });
    expect(await settings()).toMatchObject({ ...told, search_lag_ms: 7 });
  });

  test('that a sandbox of before has kept and this one does not know gives way to the usual one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'referral-desk-moods-'));
    const before = openWorld(folder);
    const stored = { id: 'settings' as const, mood: 'kind', merged_from: true, webhooks_enabled: false };
    before.settings.put(JSON.parse(JSON.stringify(stored)));
    before.close();
    const sandbox = await createSandbox({
      ...{ port: 0, folder, appUrl: app.url, clientId: 'the-app', clientSecret: 'a secret' },
      settings: { search_lag_ms: 3 },
    });
    try {
      expect(settingsOf(sandbox.world)).toMatchObject({
        ...{ mood: 'as-intercom', search_lag_ms: 3, merged_from: false, webhooks_enabled: false },
      });
    } finally {
      await sandbox.close();
      rmSync(folder, { recursive: true });
    }
  });

  test('that does not exist is refused', async () => {
    const answer = await admin.patch('/settings', { mood: 'merry' });
    expect([answer.status, answer.data.problems]).toMatchObject([400, [{ field: 'mood' }]]);
  });
});

describe('calls', () => {
  test('take the time that they are told, scaled', async () => {
    await admin.patch('/settings', { answer_ms: 60_000, time_scale: 1_000 });
    const started = performance.now();
    expect((await intercom.get('/me')).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  test('are told of before they are answered', async () => {
    await admin.patch('/settings', { answer_ms: 600 });
    let answered = false;
    const call = setPlan('pro').then(() => {
      answered = true;
    });
    await app.gets(1);
    expect(answered).toBe(false);
    await call;
  });

  test('are refused by their number, and may come again a second later', async () => {
    await admin.patch('/settings', { refuse_every: 3 });
    const answers = await Promise.all(Array.from({ length: 9 }, () => intercom.get('/me')));
    const refused = answers.filter((one) => one.status === 429);
    expect(refused).toHaveLength(3);
    expect(refused[0]?.data.errors[0].code).toBe('rate_limit_exceeded');
    const wait = Number(refused[0]?.headers['x-ratelimit-reset']) - Date.now() / 1000;
    expect(wait).toBeLessThanOrEqual(1);
  });

  test('are refused by a load balancer in HTML, whatever they carry', async () => {
    await admin.patch('/settings', { refused_by: 'load-balancer' });
    for (const headers of [{}, { Authorization: 'Bearer nobody' }]) {
      const answer = await intercom.get(`/contacts/${lead}`, { headers });
      expect([answer.status, answer.headers['content-type'], answer.headers.server]).toEqual([
        403,
        'text/html',
        'awselb/2.0',
      ]);
      expect(answer.data).toContain('<h1>403 Forbidden</h1>');
      expect(answer.headers).not.toHaveProperty('x-ratelimit-limit');
    }
    await admin.patch('/settings', { refused_by: null });
    expect((await intercom.get('/me')).status).toBe(200);
  });

  test('are refused by an allowlist of addresses once their token is known to be good', async () => {
    await admin.patch('/settings', { refused_by: 'ip-allowlist' });
    const refused = await intercom.get('/me');
    expect(refused.status).toBe(403);
    expect(refused.data.errors[0].message).toBe('Your IP address is not on the allowlist for API access');
    const headers = { Authorization: 'Bearer nobody' };
    expect((await intercom.get('/me', { headers })).status).toBe(401);
  });

  test('of a load balancer can be a fault of single calls', async () => {
    const match = { path: '/contacts' };
    await admin.post('/faults', { on: 'api', kind: 'status', status: 403, by: 'load-balancer', match });
    expect((await intercom.get('/me')).status).toBe(200);
    expect((await intercom.get(`/contacts/${lead}`)).data).toContain('403 Forbidden');
    expect((await intercom.get(`/contacts/${lead}`)).status).toBe(200);
  });

  test('for conversations need a plan', async () => {
    await admin.patch('/settings', { api_plan_restricted: true });
    const id = running.sandbox.world.conversations.all()[0]?.id;
    for (const path of ['/conversations', `/conversations/${id}`]) {
      const answer = await intercom.get(path);
      expect([answer.status, answer.data.errors]).toEqual([
        403,
        [{ code: 'api_plan_restricted', message: 'Active subscription needed.' }],
      ]);
    }
    expect((await intercom.get('/contacts')).status).toBe(200);
  });
});

describe('notifications', () => {
  test('come as often as they are told', async () => {
    await admin.patch('/settings', { webhook_copies: 2 });
    await setPlan('pro');
    await app.gets(2);
    const [first, second] = app.notifications();
    expect(second).toEqual(first);
  });

  test('come late and out of order, scaled', async () => {
    await admin.patch('/settings', { webhook_delay_ms: 300, webhook_disorder: true });
    await setPlan('pro');
    await setPlan('team');
    expect(app.received).toEqual([]);
    await app.gets(2);
    expect(plansReceived()).toEqual(['team', 'pro']);
    await admin.patch('/settings', { webhook_delay_ms: 300_000, time_scale: 10_000 });
    await setPlan('free');
    await app.gets(3);
  });
});
