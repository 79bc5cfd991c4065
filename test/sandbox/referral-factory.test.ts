// The stand-in Referral Factory: what its API answers and refuses, what its hooks carry, and how it misbehaves.
import axios, { type AxiosInstance } from 'axios';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFakeHooks } from '../support/platforms/fake-hooks.ts';
import { type RunningSandbox, runSandbox } from './running-sandbox.ts';

let running: RunningSandbox;
let api: AxiosInstance;
const autumn = 4021;

beforeAll(async () => {
  running = await runSandbox();
  const baseURL = `${running.sandbox.url}/referral-factory/api/v2`;
  const headers = { Authorization: 'Bearer sandbox-referral-token' };
  api = axios.create({ baseURL, headers, validateStatus: () => true });
});
afterAll(() => running?.stop());
beforeEach(async () => {
  await running.admin.post('/reset', {});
});

const writesOf = async (id: number) => {
  const { data } = await running.admin.get('/referral-factory/writes');
  return data.data.find((one: { id: string }) => one.id === String(id)).qualification_writes;
};

test('a call without the token is refused with its error body', async () => {
  const answer = await api.get('/campaigns', { headers: { Authorization: 'Bearer another' } });
  expect(answer.status).toBe(401);
  expect(answer.data).toEqual({ code: 401, message: 'Unauthenticated.', errors: {} });
});

test('the story is there: the campaign Autumn, its referrer, and the pending lead', async () => {
  const { data } = await api.get('/campaigns');
  expect(data.data).toMatchObject([{ id: autumn, name: 'Autumn', status: 'launched' }]);
  const lead = await api.get('/users/88475');
  expect(lead.data.data).toMatchObject({
    email: 'factory.lead@example.com',
    type: 'person_invited',
    referrer_id: 88120,
    qualified_at: null,
  });
  expect((await api.get('/users/rf-astrid-8812')).data.data).toMatchObject({
    id: 88120,
    type: 'person_referring',
  });
  expect((await api.get('/users/1')).status).toBe(404);
});

test('a search filters by email and campaign, and pages say where the next one is', async () => {
  for (const name of ['a', 'b', 'c']) {
    const given = { campaign_id: autumn, first_name: name, email: `${name}@example.com` };
    expect((await api.post('/users', given)).status).toBe(201);
  }
  const byEmail = await api.post('/users/search', {
    filters: {
      operator: 'AND',
      value: [
        { field: 'email', operator: '=', value: 'B@example.com' },
        { field: 'campaign_id', operator: '=', value: autumn },
      ],
    },
  });
  expect(byEmail.data.data.map((one: { first_name: string }) => one.first_name)).toEqual(['b']);
  const first = await api.get('/users?per_page=3');
  expect(first.data.data).toHaveLength(3);
  expect(first.data.meta).toMatchObject({ current_page: 1, total: 5 });
  const second = await api.get(first.data.links.next);
  expect(second.data.data).toHaveLength(2);
  expect(second.data.links.next).toBeNull();
  expect((await api.get('/users?per_page=251')).data.errors).toHaveProperty('per_page');
});

test('a lead joins under their referrer; a second time, a wrong campaign and a wrong referrer are refused by field', async () => {
  const given = {
    campaign_id: autumn,
    first_name: 'Ida',
    email: 'ida@example.com',
    referrer: { field: 'code', value: 'rf-astrid-8812' },
  };
  const joined = await api.post('/users', given);
  expect(joined.data.data).toMatchObject({ type: 'person_invited', referrer_id: 88120, source: 'Api' });
  const again = await api.post('/users', given);
  expect(again.status).toBe(422);
  expect(again.data.errors.email).toEqual([{ field: 'email', message: 'The email has already been taken.' }]);
  const other = { ...given, email: 'other@example.com' };
  expect((await api.post('/users', { ...other, campaign_id: 1 })).data.errors).toHaveProperty('campaign_id');
  const nobody = { ...other, referrer: { field: 'code', value: 'nobody' } };
  expect((await api.post('/users', nobody)).data.errors).toHaveProperty('referrer');
});

test('qualification goes both ways, is counted, and makes a reward due and not due', async () => {
  const set = (qualified: boolean) => api.put('/users/qualification', { id: 88475, qualified });
  expect((await set(true)).data.data.qualified_at).toMatch(/^\d{4}-\d\d-\d\dT/);
  await set(true);
  expect(await writesOf(88475)).toBe(2);
  const due = await api.get('/rewards/due/amount');
  expect(due.data.data).toMatchObject([{ recipient_id: 88120, can_be_issued: true }]);
  expect((await set(false)).data.data.qualified_at).toBeNull();
  expect((await api.get('/rewards/due/amount')).data.data).toEqual([]);
  const byEmail = { email: 'factory.lead@example.com', campaign_id: autumn, qualified: true };
  expect((await api.put('/users/qualification', byEmail)).status).toBe(200);
  const [reward] = (await api.get('/rewards/due/amount')).data.data;
  expect((await api.post(`/rewards/issue/${reward.id}`)).status).toBe(200);
  expect((await api.post(`/rewards/cancel/${reward.id}`)).status).toBe(406);
  expect((await api.get('/rewards/issued/amount')).data.data).toHaveLength(1);
  expect((await api.put('/users/qualification', { qualified: true })).status).toBe(422);
  expect((await api.put('/users/qualification', { id: 1, qualified: true })).status).toBe(404);
});

test('a hook goes out with its own headers and no signature, and nothing tells that a lead is qualified no more', async () => {
  const hooks = await startFakeHooks();
  for (const event of ['user.join', 'user.qualified']) {
    const hook = { campaign_id: String(autumn), event, url: hooks.url, headers: { 'X-Own': 'secret' } };
    expect((await running.admin.post('/referral-factory/hooks', hook)).status).toBe(201);
  }
  await api.post('/users', { campaign_id: autumn, first_name: 'Ida', email: 'ida@example.com' });
  await expect.poll(() => hooks.received.length).toBe(1);
  for (const qualified of [true, true, false]) {
    await api.put('/users/qualification', { id: 88475, qualified });
  }
  await expect.poll(() => hooks.received.length).toBe(2);
  expect(hooks.received[1]).toMatchObject({
    headers: { 'x-own': 'secret' },
    body: { event: 'user.qualified', id: 88475, referrer: { email: 'astrid.berg@example.com' } },
  });
  const { data } = await running.admin.get('/referral-factory/hooks');
  expect(data.data[1]).toMatchObject({ sent: 1, last_status: 200 });
  await hooks.close();
});

test('more calls than the limit allows get 429 and the seconds to wait', async () => {
  await running.admin.patch('/settings', { referral_factory_per_minute: 3 });
  const statuses = [];
  let retryAfter: unknown;
  // Six, since the minute may turn in between.
  for (let call = 0; call < 6; call++) {
    const answer = await api.get('/campaigns');
    statuses.push(answer.status);
    if (answer.status === 429) retryAfter = answer.headers['retry-after'];
  }
  expect(statuses).toContain(429);
  expect(Number(retryAfter)).toBeGreaterThan(0);
  await running.admin.patch('/settings', { referral_factory_per_minute: 600 });
});

test('faults meant for it leave Intercom alone, and the other way round', async () => {
  const path = '/referral-factory/api/v2/users';
  await running.admin.post('/faults', { on: 'api', kind: 'status', status: 503, times: 'always' });
  expect((await api.get('/users/88475')).status).toBe(200);
  await running.admin.delete('/faults');
  await running.admin.post('/faults', { on: 'api', kind: 'status', status: 503, match: { path } });
  expect((await running.intercom.get('/me')).status).toBe(200);
  const refused = await api.get('/users/88475');
  expect(refused.status).toBe(503);
  expect(refused.data).toMatchObject({ code: 503, errors: {} });
  expect((await api.get('/users/88475')).status).toBe(200);
});

test('a cut after the work loses only the answer', async () => {
  const match = { method: 'PUT', path: '/referral-factory/api/v2/users/qualification' };
  await running.admin.post('/faults', { on: 'api', kind: 'cut', after: true, match });
  await expect(api.put('/users/qualification', { id: 88475, qualified: true })).rejects.toThrow();
  expect((await api.get('/users/88475')).data.data.qualified_at).not.toBeNull();
  expect(await writesOf(88475)).toBe(1);
});
