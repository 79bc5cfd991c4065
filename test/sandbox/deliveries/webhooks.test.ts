// The sandbox's webhooks, as an app receives them: what is in them, how they are signed, and what happens to failures.
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { seededContact } from '../../../sandbox/story/seed.ts';
import { type ReceivingApp, startReceivingApp } from '../receiving-app.ts';

const clientSecret = 'the-secret-of-the-app';
const lead = seededContact('pending.lead@example.com').id;

let folder: string;
let app: ReceivingApp;
let sandbox: Sandbox;
let intercom: AxiosInstance;

async function start(appUrl = app.url): Promise<void> {
  sandbox = await createSandbox({ port: 0, folder, appUrl, clientId: 'the-app', clientSecret });
  intercom = axios.create({
    baseURL: sandbox.url,
    headers: { Authorization: 'Bearer sandbox-access-token', Accept: 'application/json' },
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-webhooks-'));
  app = await startReceivingApp();
  await start();
});

afterEach(async () => {
  await sandbox.close();
  await app.close();
  await rm(folder, { recursive: true });
});

const setPlan = (plan: string) => intercom.put(`/contacts/${lead}`, { custom_attributes: { plan } });

async function deliveries(): Promise<
  { id: string; status: string; attempts: number; last_status: number }[]
> {
  return (await intercom.get('/sandbox/deliveries')).data.data;
}

test('a change is told in the envelope and under the signature that Intercom uses', async () => {
  await setPlan('pro');
  const [request] = await app.gets(1);
  const digest = createHmac('sha1', clientSecret)
    .update(request?.body ?? '')
    .digest('hex');
  expect(request).toMatchObject({ method: 'POST', path: '/intercom/webhooks' });
  expect(request?.headers).toMatchObject({
    'x-hub-signature': `sha1=${digest}`,
    'content-type': 'application/json',
    'user-agent': 'intercom-parrot-service-client/1.0',
  });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    type: 'notification_event',
    app_id: 'sandbox',
    data: { type: 'notification_event_data', item: expect.objectContaining({ type: 'contact', id: lead }) },
    links: {},
    id: expect.stringMatching(/^notif_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    topic: 'contact.lead.updated',
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: expect.closeTo(Date.now() / 1000, -1),
    created_at: expect.closeTo(Date.now() / 1000, -1),
    self: null,
  });
});

test('a contact has ISO dates in a notification, though the REST API has seconds', async () => {
  const before = Date.now();
  await intercom.put(`/contacts/${lead}`, { custom_attributes: { last_order_at: 1_767_225_600 } });
  await app.gets(1);
  const item = app.notifications()[0]?.data.item;
  const rest = (await intercom.get(`/contacts/${lead}`)).data;
  expect(item?.created_at).toBe(new Date(rest.created_at * 1000).toISOString().replace('Z', '+00:00'));
  expect(item?.updated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
  expect(Date.parse(String(item?.updated_at))).toBeGreaterThanOrEqual(before);
  expect(item).toMatchObject({ signed_up_at: null, sms_consent: false, unsubscribed_from_sms: false });
  expect(item?.custom_attributes).toEqual(rest.custom_attributes);
  expect(item?.custom_attributes?.last_order_at).toBe(1_767_225_600);
});

test('dates inside a wrapper are ISO as well, and a deleted contact is no more than its ids', async () => {
  const tag = (await intercom.get('/tags')).data.data[0].id;
  await intercom.post(`/contacts/${lead}/tags`, { id: tag });
  await intercom.delete(`/contacts/${lead}`);
  await expect.poll(() => app.notifications().map((one) => one.topic)).toContain('contact.deleted');
  const byTopic = new Map(app.notifications().map((one) => [one.topic, one.data.item]));
  expect(byTopic.get('contact.lead.tag.created')).toMatchObject({
    type: 'contact_tag',
    contact: { created_at: expect.stringMatching(/T.*\+00:00$/) },
  });
  expect(Object.keys(byTopic.get('contact.deleted') ?? {}).sort()).toEqual([
    'deleted',
    'external_id',
    'id',
    'type',
  ]);
});

test('a failed delivery is repeated once with the same id, and then given up', async () => {
  await intercom.patch('/sandbox/settings', { webhook_retry_ms: 50 });
  app.answer = () => 500;
  await setPlan('pro');
  await app.gets(2);
  await expect.poll(async () => (await deliveries())[0]?.status).toBe('failed');
  const [first, second] = app.notifications();
  expect(second?.id).toBe(first?.id);
  expect([first?.delivery_attempts, second?.delivery_attempts]).toEqual([1, 2]);
  expect(await deliveries()).toMatchObject([{ attempts: 2, last_status: 500 }]);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(app.received).toHaveLength(2);
});

test('a retry waits a minute unless told otherwise', async () => {
  app.answer = () => 503;
  await setPlan('pro');
  await expect.poll(deliveries).toMatchObject([{ attempts: 1, status: 'pending' }]);
  const [delivery] = sandbox.world.deliveries.all();
  expect(delivery?.due_at).toBeGreaterThan(Date.now() + 55_000);
  expect(delivery?.due_at).toBeLessThanOrEqual(Date.now() + 60_000);
});

test('an app that does not answer within five seconds has not received', async () => {
  app.answer = () => null;
  const started = Date.now();
  await setPlan('pro');
  await expect.poll(async () => (await deliveries())[0]?.attempts).toBe(1);
  expect(Date.now() - started).toBeGreaterThan(4_900);
  expect(await deliveries()).toMatchObject([{ status: 'pending', last_status: null }]);
});

test('an app that is not there is a failed attempt like any other', async () => {
  await intercom.patch('/sandbox/settings', { webhook_retry_ms: 20 });
  await intercom.put('/sandbox/app-url', { url: 'http://127.0.0.1:1' });
  await setPlan('pro');
  await expect.poll(deliveries).toMatchObject([{ status: 'failed', last_status: null }]);
});

test('410 switches the webhooks off until they are switched on again', async () => {
  app.answer = () => 410;
  await setPlan('pro');
  await expect.poll(async () => (await deliveries())[0]?.status).toBe('failed');
  app.answer = () => 200;
  await setPlan('team');
  expect((await deliveries())[0]?.status).toBe('dropped');
  await intercom.patch('/sandbox/settings', { webhooks_enabled: true });
  await setPlan('free');
  await app.gets(2);
  const plans = app.notifications().map((one) => one.data.item.custom_attributes?.plan);
  expect(plans).toEqual(['pro', 'free']);
});

test('what was pending when the sandbox stopped is delivered after its next start', async () => {
  await intercom.patch('/sandbox/settings', { webhook_retry_ms: 300 });
  app.answer = () => 500;
  await setPlan('pro');
  await expect.poll(async () => (await deliveries())[0]?.attempts).toBe(1);
  await sandbox.close();
  app.answer = () => 200;
  await start();
  await expect.poll(async () => (await deliveries())[0]?.status).toBe('delivered');
  expect(app.notifications().map((one) => one.delivery_attempts)).toEqual([1, 2]);
});

test('deliveries are listed in the order of the changes, after a restart as before it', async () => {
  await intercom.patch('/sandbox/settings', { webhooks_enabled: false });
  for (let change = 0; change < 8; change++) await setPlan(change % 2 ? 'free' : 'pro');
  const before = await deliveries();
  expect(before).toHaveLength(8);
  await sandbox.close();
  await start();
  expect(await deliveries()).toEqual(before);
});

test('a ping asks with HEAD first, as saving the endpoint in the Developer Hub does', async () => {
  const answered = (await intercom.post('/sandbox/ping', {})).data;
  expect(answered).toEqual({ head: 200, ping: 200 });
  expect(app.received.map((one) => one.method)).toEqual(['HEAD', 'POST']);
  expect(app.notifications()).toMatchObject([
    { id: null, topic: 'ping', delivery_status: null, data: { item: { type: 'ping' } } },
  ]);
});

test('only the last thousand finished deliveries are kept', async () => {
  await intercom.patch('/sandbox/settings', { webhooks_enabled: false, rate_limit_per_10s: 100_000 });
  for (let round = 0; round < 51; round++) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => setPlan(n % 2 ? 'pro' : 'free')));
  }
  expect(sandbox.world.deliveries.all()).toHaveLength(1000);
});
