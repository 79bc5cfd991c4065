// Referral Factory over the wire: what is asked, and what its answers and refusals become.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterEach, expect, test, vi } from 'vitest';
import { createOutboundGuard } from '../../src/referrals/outbound-guard.ts';
import { ReferralFactoryClient } from '../../src/referrals/referral-factory/client.ts';
import { interceptRequests } from '../support/nock.ts';

const host = 'https://api.referral-factory.com';
const token = 'rf-token-of-the-tests';
const closed: number[] = [];
const allowance = {
  take: async () => {},
  close: async (seconds: number) => {
    closed.push(seconds);
  },
};
const outboundGuard = createOutboundGuard({ allowPrivate: true });
const client = new ReferralFactoryClient({ baseUrl: `${host}/api/v2`, token, allowance, outboundGuard });
const api = () => nock(`${host}/api/v2`, { reqheaders: { authorization: `Bearer ${token}` } });
const user = {
  id: 88475,
  campaign_id: 4021,
  referrer_id: 88120,
  first_name: ' Noah ',
  email: 'Noah@Example.com',
  code: 'rf-noah',
  url: 'https://join.example.com/N0aH',
  type: 'person_invited',
  signed_up_at: '2026-11-01 10:00:00',
  qualified_at: null,
};

interceptRequests();
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});

test('keeps the company’s own fields and the plain ones that are not read otherwise', async () => {
  const meta = [
    { field: 'Phone number', value: '+353 1 555 0100' },
    { field: 'seats', value: 4 },
    { field: 'source', value: 'Their own word' },
    { field: 'nothing', value: '' },
    { field: 'list', value: ['a'] },
    null,
  ];
  const more = {
    source: 'Referred',
    last_name: 'Berg\0',
    ip: '192.0.2.1',
    promotion: { code: null },
    reach: 3,
  };
  api()
    .get('/users/88475')
    .reply(200, { ...user, ...more, meta });
  expect((await client.userBy('88475'))?.extra).toEqual({
    'Phone number': '+353 1 555 0100',
    seats: 4,
    source: 'Their own word',
    last_name: 'Berg',
  });
});

test('reads a user, bare or under data, with times in either form', async () => {
  api().get('/users/88475').reply(200, user);
  expect(await client.userBy('88475')).toEqual({
    platformId: '88475',
    campaignId: '4021',
    role: 'referred',
    referrerId: '88120',
    email: 'noah@example.com',
    name: 'Noah',
    code: 'rf-noah',
    link: 'https://join.example.com/N0aH',
    joinedAt: new Date('2026-11-01T10:00:00Z'),
    standing: { status: 'pending', at: null },
    extra: {},
  });
  const qualified = { ...user, id: '88475', qualified_at: '2026-11-12T09:30:00.000000Z' };
  api().get('/users/rf-noah').reply(200, { data: qualified });
  expect((await client.user({ code: 'rf-noah' }))?.standing).toEqual({
    status: 'qualified',
    at: new Date('2026-11-12T09:30:00Z'),
  });
});

test.each([
  ['no JSON object', 'a maintenance page'],
  ['no id', { ...user, id: undefined }],
  ['a kind of user that is new', { ...user, type: 'robot' }],
  // To take it for none would make a qualified referral pending.
  ['a time that is none', { ...user, qualified_at: 'yesterday' }],
])('refuses to guess at a user with %s', async (_what, body) => {
  api()
    .get('/users/88475')
    .reply(200, body as nock.Body);
  await expect(client.userBy('88475')).rejects.toMatchObject({ code: 'bad-upstream' });
});

test('qualifies by id with the fields of the reference, and keeps what was said', async () => {
  api().put('/users/qualification', { id: 88475, qualified: true }).reply(200, { data: user });
  expect(await client.setQualified('88475', true)).toEqual({
    request: { method: 'PUT', path: '/users/qualification', data: { id: 88475, qualified: true } },
    answer: { data: user },
  });
});

test('searches by email and campaign, and trusts the filter with neither', async () => {
  const value = [
    { field: 'email', operator: '=', value: 'noah@example.com' },
    { field: 'campaign_id', operator: '=', value: '4021' },
  ];
  const others = [
    { ...user, id: 1, email: 'other@example.com' },
    { ...user, id: 2, campaign_id: 9 },
  ];
  api()
    .post('/users/search?per_page=250&page=1', { filters: { operator: 'AND', value } })
    .reply(200, { data: [...others, user], meta: { current_page: 1 }, links: { next: null } });
  const found = await client.user({ email: 'noah@example.com', campaignId: '4021' });
  expect(found?.platformId).toBe('88475');
});

test('goes through the pages of a campaign, and leaves out who is in another', async () => {
  const page = (current: number, data: unknown[], next: string | null) => ({
    data,
    meta: { current_page: current },
    links: { next },
  });
  api()
    .post('/users/search?per_page=250&page=1')
    .reply(200, page(1, [user], `${host}/whatever?page=2`));
  expect(await client.users('4021', null)).toMatchObject({ people: [{ platformId: '88475' }], next: '2' });
  api()
    .post('/users/search?per_page=250&page=2')
    .reply(200, page(2, [{ ...user, id: 5, campaign_id: 9 }], null));
  expect(await client.users('4021', '2')).toEqual({ people: [], next: null });
});

test.each([
  [401, { code: 401, message: 'Unauthenticated.' }, 'unauthorized', 'refused the token: Unauthenticated.'],
  [403, 'no JSON', 'unauthorized', 'status 403'],
  [500, { message: 'Server Error' }, 'unavailable', 'answered 500: Server Error'],
  [503, '<html>', 'unavailable', 'answered 503'],
  [408, {}, 'unavailable', 'answered 408'],
  [404, { message: 'Gone' }, 'not-found', 'Gone'],
  [406, { message: 'Not acceptable' }, 'invalid', 'refused it: Not acceptable'],
  [302, '', 'bad-upstream', 'answered 302'],
])('takes %i for what it is', async (status, body, code, words) => {
  api().put('/users/qualification').reply(status, body, { location: 'https://elsewhere.example.com' });
  const refused = client.setQualified('1', true);
  await expect(refused).rejects.toMatchObject({ code });
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.not.toThrow(token);
  const told = await refused.catch((error: unknown) => error);
  expect(told).toMatchObject({ exchange: { request: { method: 'PUT' }, answer: { status } } });
  expect(JSON.stringify(told)).not.toContain(token);
});

test.each([401, 403])(
  'a token that is refused one call with %i, and not the list of campaigns, stays good',
  async (status) => {
    api().put('/users/qualification').reply(status, { message: 'Not on your plan' });
    api().get('/campaigns?per_page=1&page=1').reply(200, { data: [] });
    await expect(client.setQualified('1', true)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Referral Factory does not allow this: Not on your plan',
      exchange: { request: { method: 'PUT' }, answer: { status } },
    });
  },
);

test.each([
  [400, 'invalid'],
  [409, 'conflict'],
  [404, 'not-found'],
  [422, 'invalid'],
])('a %i is final', async (status, code) => {
  api().put('/users/qualification').reply(status, { message: 'no' });
  await expect(client.setQualified('1', true)).rejects.toMatchObject({ code, final: true, notDone: true });
});

test('the page of a gateway does not say that a user is gone', async () => {
  api().get('/users/1').reply(404, '<html>Not Found</html>', { 'content-type': 'text/html' });
  await expect(client.userBy('1')).rejects.toMatchObject({ code: 'bad-upstream', final: false });
});

test('passes on what is wrong with each field', async () => {
  api()
    .put('/users/qualification')
    .reply(422, {
      code: 422,
      message: 'The given data was invalid.',
      errors: { id: [{ field: 'id', message: 'The selected id is invalid.' }] },
    });
  await expect(client.setQualified('1', true)).rejects.toMatchObject({
    code: 'invalid',
    fields: { id: 'The selected id is invalid.' },
    message: 'Referral Factory refused it: The given data was invalid.; id: The selected id is invalid.',
  });
});

test('stops everyone for as long as a 429 says, and for a minute when it does not', async () => {
  api().get('/users/1').reply(429, {}, { 'Retry-After': '17' });
  await expect(client.userBy('1')).rejects.toMatchObject({ code: 'rate-limited', retryAfterSeconds: 17 });
  api().get('/users/1').reply(429, {});
  await expect(client.userBy('1')).rejects.toMatchObject({ code: 'rate-limited', retryAfterSeconds: 60 });
  expect(closed).toEqual([17, 60]);
});

test('stays away for an hour at most, whatever it is told', async () => {
  closed.length = 0;
  for (const asked of ['999999999999', '1e300', 'Infinity', 'Thu, 31 Dec 2099 23:59:59 GMT']) {
    api().get('/users/1').reply(429, {}, { 'Retry-After': asked });
    await expect(client.userBy('1')).rejects.toMatchObject({ retryAfterSeconds: 3_600 });
  }
  expect(closed).toEqual([3_600, 3_600, 3_600, 3_600]);
});

test('takes no answer, no page and no list that is larger than any it asked for', async () => {
  api()
    .get('/users/1')
    .reply(200, { ...user, first_name: 'x'.repeat(6 * 1024 * 1024) });
  await expect(client.userBy('1')).rejects.toMatchObject({ code: 'unavailable' });
  const campaigns = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ id: at + 1, name: `Campaign ${at}` }));
  const page = (data: unknown[]) => ({ data, meta: { current_page: 1 }, links: { next: `${host}/more` } });
  api()
    .get('/campaigns?per_page=250&page=1')
    .reply(200, page(campaigns(251)));
  await expect(client.campaigns()).rejects.toMatchObject({ code: 'bad-upstream' });
  api()
    .get('/campaigns')
    .query(true)
    .times(1_000)
    .reply(200, page(campaigns(1)));
  await expect(client.campaigns()).rejects.toThrow('has no end');
});

test('takes for the link of someone nothing but an address of the web', async () => {
  for (const url of [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'data:text/html,x',
    '//evil.example',
    5,
  ]) {
    api()
      .get('/users/88475')
      .reply(200, { ...user, url });
    expect(await client.userBy('88475')).toMatchObject({ platformId: '88475', link: null });
  }
  api()
    .get('/campaigns?per_page=250&page=1')
    .reply(200, {
      data: [
        { id: 1, name: 'A', url: 'javascript:x' },
        { id: 2, name: 'B' },
      ],
    });
  expect(await client.campaigns()).toMatchObject([{ url: '' }, { url: '' }]);
});

test('says nothing of the token when there is no connection', async () => {
  api().get('/users/1').replyWithError(`socket of ${token} hung up`);
  const refused = client.userBy('1');
  await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  await expect(refused).rejects.not.toThrow(token);
});

test('gives up after eight seconds, also on an answer that comes drop by drop', async () => {
  nock.enableNetConnect('127.0.0.1');
  const slow = createServer((_req, res) => {
    const drip = setInterval(() => res.write(' '), 50);
    res.on('close', () => clearInterval(drip));
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as AddressInfo;
  const dripping = new ReferralFactoryClient({
    baseUrl: `http://127.0.0.1:${port}`,
    token,
    allowance,
    outboundGuard,
  });
  const after = AbortSignal.timeout;
  const limit = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => after.call(AbortSignal, 300));
  await expect(dripping.userBy('1')).rejects.toMatchObject({ code: 'unavailable' });
  expect(limit).toHaveBeenCalledWith(8_000);
  limit.mockRestore();
  slow.close();
  slow.closeAllConnections();
});
