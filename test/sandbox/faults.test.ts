// What the sandbox does wrong when it is told to, as a caller of Intercom and a receiver of webhooks meet it.
import axios, { AxiosError } from 'axios';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
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
  expect(
    (await axios.post(`${running.sandbox.url}/auth/eagle/token`, {}, { validateStatus: null })).status,
  ).toBe(502);
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
