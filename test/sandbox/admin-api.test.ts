// The sandbox's own API: faults that really happen, resets, tokens and deliveries.
import axios, { AxiosError, type AxiosInstance } from 'axios';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact } from '../../sandbox/seed.ts';
import { type ReceivingApp, startReceivingApp } from './receiving-app.ts';

const lead = seededContact('pending.lead@example.com').id;

let app: ReceivingApp;
let sandbox: Sandbox;
let intercom: AxiosInstance;
let admin: AxiosInstance;

beforeEach(async () => {
  app = await startReceivingApp();
  sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId: 'the-app',
    clientSecret: 'the-secret-of-the-app',
  });
  const validateStatus = () => true;
  const headers = { Authorization: 'Bearer sandbox-access-token', Accept: 'application/json' };
  intercom = axios.create({ baseURL: sandbox.url, headers, validateStatus });
  admin = axios.create({ baseURL: `${sandbox.url}/sandbox`, validateStatus });
});

afterEach(async () => {
  await sandbox.close();
  await app.close();
});

const readLead = () => intercom.get(`/contacts/${lead}`);
const setPlan = (plan: string) => intercom.put(`/contacts/${lead}`, { custom_attributes: { plan } });
const plansReceived = () => app.notifications().map((one) => one.data.item.custom_attributes?.plan);

async function fault(body: object): Promise<string> {
  const answer = await admin.post('/faults', body);
  expect(answer.status).toBe(201);
  return answer.data.id;
}

test('a status fault answers with Intercom’s error body as often as it was told to', async () => {
  await fault({ on: 'api', kind: 'status', status: 503, retry_after: 7, times: 2 });
  for (const _ of [1, 2]) {
    const refused = await readLead();
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '7']);
    expect(refused.data).toMatchObject({ type: 'error.list', errors: [{ code: 'service_unavailable' }] });
  }
  expect((await readLead()).status).toBe(200);
});

test('a fault can be told its code and message', async () => {
  await fault({ on: 'api', kind: 'status', status: 400, code: 'bad_request', message: 'because' });
  expect((await readLead()).data.errors).toEqual([{ code: 'bad_request', message: 'because' }]);
});

test('a fault reaches only the calls it matches', async () => {
  await fault({
    on: 'api',
    kind: 'status',
    status: 500,
    match: { method: 'GET', path: '/contacts' },
    times: 'always',
  });
  expect((await readLead()).status).toBe(500);
  expect((await setPlan('pro')).status).toBe(200);
  expect((await intercom.get('/me')).status).toBe(200);
  await admin.delete('/faults');
  await fault({ on: 'api', kind: 'status', status: 500, match: { pattern: '^/contacts/[^/]+/notes$' } });
  expect((await readLead()).status).toBe(200);
  expect((await intercom.get(`/contacts/${lead}/notes`)).status).toBe(500);
});

test('a slow fault keeps the answer back', async () => {
  await fault({ on: 'api', kind: 'slow', ms: 200 });
  const started = Date.now();
  expect((await readLead()).status).toBe(200);
  expect(Date.now() - started).toBeGreaterThanOrEqual(195);
});

test('a connection is cut before the work, or after it, as told', async () => {
  await fault({ on: 'api', kind: 'cut' });
  await expect(setPlan('pro')).rejects.toThrow(AxiosError);
  expect((await readLead()).data.custom_attributes.plan).toBe('free');
  await fault({ on: 'api', kind: 'cut', after: true });
  await expect(setPlan('team')).rejects.toThrow(AxiosError);
  expect((await readLead()).data.custom_attributes.plan).toBe('team');
});

test('the exchange of an OAuth code takes part in the faults', async () => {
  await fault({ on: 'api', kind: 'status', status: 502, match: { path: '/auth' } });
  expect((await axios.post(`${sandbox.url}/auth/eagle/token`, {}, { validateStatus: null })).status).toBe(
    502,
  );
});

test('faults are listed with what is left of them and can be taken away', async () => {
  const id = await fault({ on: 'api', kind: 'slow', ms: 0, times: 3 });
  await readLead();
  expect((await admin.get('/faults')).data.data).toMatchObject([{ id, left: 2, fault: { kind: 'slow' } }]);
  expect((await admin.delete(`/faults/${id}`)).status).toBe(204);
  expect((await admin.delete(`/faults/${id}`)).status).toBe(404);
  expect((await admin.get('/faults')).data.data).toEqual([]);
});

test('a dropped notification never arrives, the next one does', async () => {
  await fault({ on: 'webhooks', kind: 'drop' });
  await setPlan('pro');
  await setPlan('team');
  await app.gets(1);
  expect(plansReceived()).toEqual(['team']);
  const { data } = (await admin.get('/deliveries', { params: { status: 'dropped' } })).data;
  expect(data).toMatchObject([{ attempts: 0, body: { topic: 'contact.lead.updated' } }]);
});

test('a duplicated notification arrives twice under one id', async () => {
  await fault({ on: 'webhooks', kind: 'duplicate' });
  await setPlan('pro');
  await app.gets(2);
  const [first, second] = app.notifications();
  expect(second).toEqual(first);
});

test('reordered notifications arrive together, last one first', async () => {
  await fault({ on: 'webhooks', kind: 'reorder', hold: 3 });
  for (const plan of ['pro', 'team', 'free']) await setPlan(plan);
  await app.gets(3);
  expect(plansReceived()).toEqual(['free', 'team', 'pro']);
});

test('what a reorder holds back is delivered when the faults are cleared', async () => {
  await fault({ on: 'webhooks', kind: 'reorder', hold: 3 });
  for (const plan of ['pro', 'team']) await setPlan(plan);
  expect(app.received).toEqual([]);
  await admin.delete('/faults');
  await app.gets(2);
  expect(plansReceived()).toEqual(['team', 'pro']);
});

test('a delayed notification is overtaken by the next one; other topics are left alone', async () => {
  await fault({ on: 'webhooks', kind: 'delay', ms: 200, topic: 'contact.lead.updated' });
  await fault({ on: 'webhooks', kind: 'drop', topic: 'contact.user.updated' });
  await setPlan('pro');
  await setPlan('team');
  await app.gets(2);
  expect(plansReceived()).toEqual(['team', 'pro']);
});

test('a reset brings the story back and keeps the app installed', async () => {
  sandbox.world.tokens.put({
    id: 't',
    client_id: 'the-app',
    admin_id: '7310001',
    revoked: false,
    created_at: 0,
  });
  await setPlan('pro');
  await admin.patch('/settings', { search_lag_ms: 5 });
  await fault({ on: 'api', kind: 'slow', ms: 1 });
  const state = (await admin.post('/reset', {})).data;
  expect(state).toMatchObject({
    settings: { search_lag_ms: 0 },
    counts: { live_tokens: 1, admins: 3 },
    deliveries: { pending: 0, delivered: 0, failed: 0, dropped: 0 },
    faults: [],
  });
  expect((await readLead()).data.custom_attributes.plan).toBe('free');
});

test('a reset without the story leaves an empty workspace, and can forget the tokens', async () => {
  sandbox.world.tokens.put({
    id: 't',
    client_id: 'the-app',
    admin_id: '7310001',
    revoked: false,
    created_at: 0,
  });
  const state = (await admin.post('/reset', { seed: false, keep_tokens: false })).data;
  expect(state.counts).toEqual({ contacts: 0, conversations: 0, admins: 0, live_tokens: 0 });
});

test('settings change one by one and are kept', async () => {
  await admin.patch('/settings', { search_lag_ms: 1500 });
  await admin.patch('/settings', { rate_limit_per_10s: 3 });
  const { settings } = (await admin.get('/state')).data;
  expect(settings).toMatchObject({
    search_lag_ms: 1500,
    rate_limit_per_10s: 3,
    webhooks_enabled: true,
    webhook_retry_ms: 60_000,
  });
});

test('a revoked token is refused, the fixed one included when it is named', async () => {
  sandbox.world.tokens.put({
    id: 't',
    client_id: 'the-app',
    admin_id: '7310001',
    revoked: false,
    created_at: 0,
  });
  const me = (token: string) =>
    intercom.get('/me', { headers: { Authorization: `Bearer ${token}` } }).then((answer) => answer.status);
  expect(await me('t')).toBe(200);
  await admin.post('/tokens/revoke', { all: true });
  expect([await me('t'), await me('sandbox-access-token')]).toEqual([401, 200]);
  await admin.post('/tokens/revoke', { token: 'sandbox-access-token' });
  expect(await me('sandbox-access-token')).toBe(401);
});

test('uninstalling by a teammate revokes the tokens and tells the app', async () => {
  sandbox.world.tokens.put({
    id: 't',
    client_id: 'the-app',
    admin_id: '7310001',
    revoked: false,
    created_at: 0,
  });
  app.answer = () => 204;
  expect((await admin.post('/uninstall', {})).data).toEqual({ answered: 204 });
  expect(app.received).toMatchObject([{ path: '/intercom/uninstall', body: '{"app_id":"sandbox"}' }]);
  expect((await admin.get('/state')).data.counts.live_tokens).toBe(0);
});

test('a delivery can be sent again, and it is the same notification', async () => {
  await setPlan('pro');
  await app.gets(1);
  await vi.waitFor(async () => expect((await admin.get('/state')).data.deliveries.delivered).toBe(1));
  const [delivery] = (await admin.get('/deliveries')).data.data;
  expect((await admin.post(`/deliveries/${delivery.id}/redeliver`, {})).status).toBe(202);
  await app.gets(2);
  const [first, second] = app.notifications();
  expect(second).toEqual(first);
  expect((await admin.post('/deliveries/unknown/redeliver', {})).status).toBe(404);
});

test('a delivery that is still under way cannot be sent again', async () => {
  await fault({ on: 'webhooks', kind: 'delay', ms: 60_000 });
  await setPlan('pro');
  const [delivery] = (await admin.get('/deliveries', { params: { limit: 1 } })).data.data;
  expect((await admin.post(`/deliveries/${delivery.id}/redeliver`, {})).status).toBe(409);
});

test('another address for the app takes effect at once', async () => {
  const other = await startReceivingApp();
  expect((await admin.put('/app-url', { url: `${other.url}/` })).data).toEqual({ url: other.url });
  await setPlan('pro');
  await other.gets(1);
  expect(app.received).toEqual([]);
  await other.close();
});

test.each([
  ['post', '/faults', { on: 'api', kind: 'explode' }, 'kind'],
  ['post', '/faults', { on: 'api', kind: 'status', status: 200 }, 'status'],
  ['post', '/faults', { on: 'api', kind: 'cut', match: { pattern: '(' } }, 'match.pattern'],
  ['post', '/faults', { on: 'webhooks', kind: 'reorder', hold: 1 }, 'hold'],
  ['patch', '/settings', { rate_limit_per_10s: 0 }, 'rate_limit_per_10s'],
  ['patch', '/settings', { webhook_retry_ms: 2 ** 31 }, 'webhook_retry_ms'],
  ['put', '/app-url', { url: 'ftp://somewhere' }, 'url'],
] as const)('%s %s with %o is refused, naming %s', async (method, path, body, field) => {
  const answer = await admin[method](path, body);
  expect(answer.status).toBe(400);
  expect(answer.data.problems).toMatchObject([{ field }]);
});

test('a page of another origin cannot change anything: what is not JSON is refused', async () => {
  for (const path of ['/reset', '/ping', '/uninstall', '/tokens/revoke', '/faults']) {
    const headers = { 'Content-Type': 'text/plain' };
    expect((await admin.post(path, '{}', { headers })).status).toBe(400);
    expect((await admin.post(path)).status).toBe(400);
  }
});

test('an unknown address below /sandbox is not taken for Intercom’s', async () => {
  const answer = await admin.get('/nothing-here');
  expect(answer.status).toBe(404);
  expect(answer.data).toEqual({ error: expect.any(String) });
});
