// Campaigns and referrers by /api/v1: made, read, listed page by page, and refused with the field named.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type Api,
  type Caller,
  campaignFor,
  codeOf,
  dataOf,
  idOf,
  publicUrl,
  refusedFields,
  startApi,
  tenEuros,
} from '../support/api.ts';

let api: Api;
let caller: Caller;

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop');
});
afterAll(() => api.close());

const destination_url = 'https://example.com/welcome';

describe('a campaign', () => {
  test('is made, read and listed', async () => {
    const given = { name: 'Spring', destination_url, rewards: tenEuros, reward_approval: { above: '100' } };
    const made = await caller.post('/campaigns', given);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...given, platform: 'built-in' });
    expect((await caller.get(`/campaigns/${idOf(made)}`)).body).toEqual(made.body);
    expect(dataOf(await caller.get('/campaigns'))).toContainEqual(made.body);
  });

  test('needs no reward', async () => {
    const made = await caller.post('/campaigns', { name: 'No reward', destination_url });
    expect(made.body).toMatchObject({ rewards: { referrer: null, friend: null }, reward_approval: null });
  });

  test('may have any writing in its name', async () => {
    for (const name of [
      'שלום 🌱 עולם',
      '<b>{{user.name}}</b>',
      "Robert'); drop table campaigns;--",
      '👩‍👩‍👧‍👦',
    ]) {
      const made = await caller.post('/campaigns', { name, destination_url });
      expect(made.body).toMatchObject({ name });
    }
  });

  test('must have a name of its own, whatever the capitals', async () => {
    await campaignFor(caller, { name: 'Autumn' });
    const again = await caller.post('/campaigns', { name: '  aUTUMN ', destination_url });
    expect(again.status).toBe(409);
    expect(refusedFields(again)).toEqual(['name']);
  });

  test('of one name is made once, however many ask at once', async () => {
    const given = { name: 'Rush', destination_url };
    const answers = await Promise.all(Array.from({ length: 20 }, () => caller.post('/campaigns', given)));
    expect(answers.map((one) => one.status).sort()).toEqual([201, ...Array(19).fill(409)]);
  });

  test.each([
    ['name', 'none', { destination_url }],
    ['name', 'only spaces', { name: '   ', destination_url }],
    ['name', '10,000 letters', { name: 'x'.repeat(10_000), destination_url }],
    ['name', 'a NUL', { name: 'a\0b', destination_url }],
    ['name', 'half a surrogate pair', { name: 'half \ud800 pair', destination_url }],
    ['name', 'a number', { name: 7, destination_url }],
    ['slug', 'capitals', { name: 'New', slug: 'Spring' }],
    ['join_page.color', 'a word', { name: 'New', join_page: { color: 'red' } }],
    ['join_page.title', 'an unknown field', { name: 'New', join_page: { title: 'Hi' } }],
    ['destination_url', 'no scheme', { name: 'New', destination_url: 'example.com' }],
    ['destination_url', 'a script', { name: 'New', destination_url: 'javascript:alert(1)' }],
    ['destination_url', 'another scheme', { name: 'New', destination_url: 'ftp://example.com' }],
    ['destination_url', 'a NUL', { name: 'New', destination_url: 'https://example.com/\0' }],
    [
      'destination_url',
      'over 2,000 letters',
      { name: 'New', destination_url: `https://example.com/${'x'.repeat(2000)}` },
    ],
    [
      'rewards.referrer.label',
      'an empty text',
      { name: 'New', destination_url, rewards: { referrer: { label: '' } } },
    ],
    [
      'rewards.friend.amount',
      'an amount that can mean two',
      { name: 'New', destination_url, rewards: { friend: { label: 'Credit', amount: '1.000' } } },
    ],
    [
      'rewards.friend.currency',
      'no currency',
      { name: 'New', destination_url, rewards: { friend: { label: 'Credit', currency: 'euro' } } },
    ],
    [
      'reward_approval.above',
      'no amount',
      { name: 'New', destination_url, reward_approval: { above: 'much' } },
    ],
    ['color', 'an unknown field', { name: 'New', destination_url, color: 'red' }],
    ['platform', 'what is not to be chosen', { name: 'New', destination_url, platform: 'referral-factory' }],
    [
      '__proto__',
      'an unknown field',
      JSON.parse('{"name":"New","destination_url":"https://example.com","__proto__":{"a":1}}'),
    ],
    ['constructor', 'an unknown field', { name: 'New', destination_url, constructor: {} }],
  ])('is refused with %s named, being %s', async (field, _what, body) => {
    const refused = await caller.post('/campaigns', body);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });

  test('with a thousand unknown fields is refused without repeating them all', async () => {
    const body = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, 1]));
    const refused = await caller.post('/campaigns', body);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused).length).toBeLessThanOrEqual(20);
  });
});

describe('a list', () => {
  const next = (body: unknown) => z.looseObject({ next: z.string().nullable() }).parse(body).next;

  test('gives everything once, newest first, in pages of the wanted size', async () => {
    const lister = await api.caller('lister');
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.push(await campaignFor(lister));
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await lister.get(`/campaigns?limit=3${cursor && `&cursor=${cursor}`}`);
      pages.push(dataOf(page).map((one) => one.id));
      cursor = next(page.body);
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().sort()).toEqual(made.toSorted());
    const created = z.looseObject({ data: z.array(z.looseObject({ created_at: z.string() })) });
    const dates = created.parse((await lister.get('/campaigns')).body).data.map((one) => one.created_at);
    expect(dates).toEqual(dates.toSorted().reverse());
  });

  test('leaves nothing out where many were made at the same moment', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
    await api.query(
      `insert into campaigns (id, workspace_id, name, platform, destination_url, created_at)
       select id, 'same-moment', 'Twin ' || id, 'built-in', $2, '2026-03-01T00:00:00.123Z' from unnest($1::uuid[]) id`,
      [ids, destination_url],
    );
    const lister = await api.caller('same-moment');
    const first = await lister.get('/campaigns?limit=2');
    const second = await lister.get(`/campaigns?limit=3&cursor=${next(first.body)}`);
    expect([...dataOf(first), ...dataOf(second)].map((one) => one.id)).toEqual(ids.toReversed());
    expect(next(second.body)).toBeNull();
  });

  test.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=many'],
    ['limit', 'limit=1&limit=2'],
    ['cursor', 'cursor=nonsense'],
    ['cursor', 'cursor='],
    ['cursor', `cursor=${btoa('1700000000000/no-uuid')}`],
    ['cursor', `cursor=${btoa('99999999999999/6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10')}`],
    ['color', 'color=red'],
    ['limit[]', 'limit[]=1'],
  ])('is refused with %s named: ?%s', async (field, query) => {
    const refused = await caller.get(`/campaigns?${query}`);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });
});

describe('a referrer', () => {
  test('joins a campaign and gets a link with a code that no one guesses', async () => {
    const campaign_id = await campaignFor(caller, { name: 'Friends' });
    const person = { email: ' Sam@Example.com ', name: 'Sam 🌱 סם', external_id: 'user-7' };
    const joined = await caller.post('/referrers', { campaign_id, person });
    expect(joined.status).toBe(201);
    const code = codeOf(joined);
    expect(code).toMatch(/^[2-9bcdfghjkmnpqrstvwxyz]{10}$/);
    expect(joined.body).toMatchObject({
      campaign: { id: campaign_id, name: 'Friends' },
      person: { email: 'sam@example.com', name: 'Sam 🌱 סם', external_id: 'user-7' },
      link: `${publicUrl}/r/${code}`,
      counts: { clicks: 0, referred: 0, pending: 0, qualified: 0 },
      platform: 'built-in',
    });
    expect((await caller.get(`/referrers/${idOf(joined)}`)).body).toEqual(joined.body);
  });

  test('who joins again is the same referrer with the same code', async () => {
    const campaign_id = await campaignFor(caller);
    const first = await caller.post('/referrers', { campaign_id, person: { email: 'twice@example.com' } });
    const again = await caller.post('/referrers', { campaign_id, person: { email: 'TWICE@example.com' } });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const elsewhere = { campaign_id: await campaignFor(caller), person: { email: 'twice@example.com' } };
    const other = await caller.post('/referrers', elsewhere);
    expect(other.status).toBe(201);
    expect(codeOf(other)).not.toBe(codeOf(first));
  });

  test('is found by campaign and by email', async () => {
    const campaign_id = await campaignFor(caller);
    for (const name of ['ada', 'bob']) {
      await caller.post('/referrers', { campaign_id, person: { email: `${name}@example.com` } });
    }
    expect(dataOf(await caller.get(`/referrers?campaign_id=${campaign_id}`))).toHaveLength(2);
    const found = dataOf(await caller.get(`/referrers?campaign_id=${campaign_id}&email=%20BOB@example.com`));
    expect(found).toMatchObject([{ person: { email: 'bob@example.com' } }]);
    expect(dataOf(await caller.get('/referrers?email=nobody@example.com'))).toEqual([]);
  });

  test('has counts of what came of the link', async () => {
    const campaign_id = await campaignFor(caller);
    const referrer = await caller.post('/referrers', { campaign_id, person: { external_id: 'counted' } });
    const code = codeOf(referrer);
    const referrals: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      referrals.push(
        idOf(await caller.post('/referrals', { code, person: { email: `${name}@counted.example` } })),
      );
    }
    await caller.post(`/referrals/${referrals[0]}/qualify`);
    await caller.post(`/referrals/${referrals[1]}/disqualify`);
    await fetch(`${api.url}/r/${code}`, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0' } });
    expect((await caller.get(`/referrers/${idOf(referrer)}`)).body).toMatchObject({
      counts: { clicks: 1, referred: 3, pending: 1, qualified: 1 },
    });
  });

  test.each([
    ['not given', {}],
    ['no UUID', { campaign_id: 'no-uuid' }],
    ['unknown', { campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }],
  ])('is refused with the campaign named when that is %s', async (_what, body) => {
    const refused = await caller.post('/referrers', { ...body, person: { email: 'a@example.com' } });
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual(['campaign_id']);
  });
});
