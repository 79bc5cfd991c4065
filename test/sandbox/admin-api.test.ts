// The sandbox's own API: resets, settings, tokens, deliveries, and what it refuses.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startReceivingApp } from './receiving-app.ts';
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

const readLead = () => intercom.get(`/contacts/${lead}`);
const setPlan = (plan: string) => intercom.put(`/contacts/${lead}`, { custom_attributes: { plan } });

async function fault(body: object): Promise<string> {
  const answer = await admin.post('/faults', body);
  expect(answer.status).toBe(201);
  return answer.data.id;
}

test('a reset brings the story back and keeps the app installed', async () => {
  running.sandbox.world.tokens.put({
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
    settings: { mood: 'as-intercom', search_lag_ms: 120_000 },
    counts: { live_tokens: 1, admins: 3 },
    deliveries: { pending: 0, delivered: 0, failed: 0, dropped: 0 },
    faults: [],
  });
  expect((await readLead()).data.custom_attributes.plan).toBe('free');
});

test('a reset without the story leaves an empty workspace, and can forget the tokens', async () => {
  running.sandbox.world.tokens.put({
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
    missing_scopes: [],
  });
});

test('a revoked token is refused, the fixed one included when it is named', async () => {
  running.sandbox.world.tokens.put({
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

test('a scope that is withheld is refused, and nothing else is', async () => {
  await admin.patch('/settings', { missing_scopes: ['Write tags'] });
  const refused = await intercom.post('/tags', { name: 'VIP' });
  expect([refused.status, refused.data.errors]).toEqual([
    401,
    [{ code: 'token_unauthorized', message: 'Not authorized to access resource' }],
  ]);
  expect((await intercom.get('/tags')).status).toBe(200);
  await admin.patch('/settings', { missing_scopes: [] });
  expect((await intercom.post('/tags', { name: 'VIP' })).status).toBe(200);
});

test('a teammate loses the verified email, or leaves: their token then names no one', async () => {
  const id = '7310001';
  running.sandbox.world.tokens.put({
    id: 't',
    client_id: 'the-app',
    admin_id: id,
    revoked: false,
    created_at: 0,
  });
  const me = async () => (await intercom.get('/me', { headers: { Authorization: 'Bearer t' } })).data;
  expect(await me()).toMatchObject({ id, email_verified: true });
  expect((await admin.patch(`/admins/${id}`, { email_verified: false })).status).toBe(200);
  expect(await me()).toMatchObject({ id, email_verified: false });
  expect((await admin.delete(`/admins/${id}`)).status).toBe(204);
  expect(await me()).toBeNull();
  expect((await admin.delete(`/admins/${id}`)).status).toBe(404);
  expect((await admin.patch(`/admins/${id}`, { email_verified: true })).status).toBe(404);
});

test('uninstalling by a teammate revokes the tokens and tells the app', async () => {
  running.sandbox.world.tokens.put({
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
