// Referrals by /api/v1: joining with and without a referrer, who keeps the credit, statuses and history.
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
let campaign_id: string;
let referrer: { id: string; code: string };

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop', 'billing');
  campaign_id = await campaignFor(caller, { name: 'Spring', rewards: tenEuros });
  referrer = await referrerFor('sam@example.com', 'Sam');
});
afterAll(() => api.close());

async function referrerFor(email: string, name: string) {
  const joined = await caller.post('/referrers', { campaign_id, person: { email, name } });
  return { id: idOf(joined), code: codeOf(joined) };
}

let friends = 0;
const somebody = () => ({ email: `friend${friends++}@example.com` });
const newReferral = async () =>
  idOf(await caller.post('/referrals', { code: referrer.code, person: somebody() }));

describe('a referred person joins', () => {
  test("by the code of a share link, which implies the campaign and is the link's", async () => {
    const person = { email: ' Dana@Example.com', name: 'Dana', external_id: 'user-817' };
    const joined = await caller.post('/referrals', { code: referrer.code.toUpperCase(), person });
    expect(joined.status).toBe(201);
    expect(joined.body).toMatchObject({
      status: 'pending',
      campaign: { id: campaign_id, name: 'Spring' },
      referrer: {
        ...referrer,
        name: 'Sam',
        email: 'sam@example.com',
        link: `${publicUrl}/r/${referrer.code}`,
      },
      person: { email: 'dana@example.com', name: 'Dana', external_id: 'user-817' },
      contact_id: null,
      reward: { status: 'none', label: '10 EUR credit' },
      status_reason: null,
      source: 'link',
      platform: 'built-in',
    });
    expect((await caller.get(`/referrals/${idOf(joined)}`)).body).toEqual(joined.body);
  });

  test('by the id of the referrer, with the campaign or without', async () => {
    for (const more of [{}, { campaign_id }, { campaign_id: campaign_id.toUpperCase() }]) {
      const given = { referrer_id: referrer.id, ...more, person: somebody() };
      const joined = await caller.post('/referrals', given);
      expect(joined.body).toMatchObject({ source: 'api', referrer: { id: referrer.id } });
    }
  });

  test('by the campaign alone, without a referrer', async () => {
    const joined = await caller.post('/referrals', { campaign_id, person: { external_id: 'alone' } });
    expect(joined.body).toMatchObject({ referrer: null, source: 'api', person: { email: null } });
  });

  test('in several campaigns, and may be a referrer too', async () => {
    const person = somebody();
    const elsewhere = await campaignFor(caller);
    await caller.post('/referrals', { code: referrer.code, person });
    expect((await caller.post('/referrals', { campaign_id: elsewhere, person })).status).toBe(201);
    expect((await caller.post('/referrers', { campaign_id, person })).status).toBe(201);
    expect(dataOf(await caller.get(`/referrals?email=${person.email}`))).toHaveLength(2);
  });
});

describe('the same person twice in a campaign', () => {
  test('is one referral, and its credit stays with the first referrer', async () => {
    const other = await referrerFor('other@example.com', 'Other');
    const person = somebody();
    const first = await caller.post('/referrals', { code: referrer.code, person });
    const again = await caller.post('/referrals', {
      code: other.code,
      person: { email: person.email.toUpperCase() },
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(dataOf(await caller.get(`/referrals/${idOf(first)}/history`))).toHaveLength(1);
  });

  test('gives no credit afterwards to a person who joined alone', async () => {
    const person = somebody();
    await caller.post('/referrals', { campaign_id, person });
    const again = await caller.post('/referrals', { code: referrer.code, person });
    expect(again.body).toMatchObject({ referrer: null });
  });

  test('changes nothing about a referral that has gone on', async () => {
    const person = somebody();
    const id = idOf(await caller.post('/referrals', { campaign_id, person }));
    const qualified = await caller.post(`/referrals/${id}/qualify`);
    expect((await caller.post('/referrals', { campaign_id, person })).body).toEqual(qualified.body);
  });
});

describe('no one refers themselves', () => {
  const refusedWith = async (person: object, field: string) => {
    const refused = await caller.post('/referrals', { code: referrer.code, person });
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  };

  test('by the same email, whatever its capitals', () =>
    refusedWith({ email: ' SAM@example.com ' }, 'person.email'));

  test('by the same email under another external ID', () =>
    refusedWith({ email: 'sam@example.com', external_id: 'not-sam' }, 'person.email'));

  test('by the same external ID', async () => {
    await caller.post('/referrers', {
      campaign_id,
      person: { email: 'sam@example.com', external_id: 'sam' },
    });
    await refusedWith({ external_id: 'sam' }, 'person.external_id');
  });

  test('by giving the email of the referrer for someone known by another', async () => {
    const puppet = { external_id: 'puppet', email: 'puppet@example.com' };
    await caller.post('/referrals', { campaign_id: await campaignFor(caller), person: puppet });
    await refusedWith({ ...puppet, email: 'sam@example.com' }, 'person.email');
  });

  test('by another record of the same Intercom contact', async () => {
    const email = 'sam.work@example.com';
    await caller.post('/referrers', { campaign_id: await campaignFor(caller), person: { email } });
    const addresses = [email, 'sam@example.com'];
    await api.query("update people set contact_id = 'contact-of-sam' where email = any($1)", [addresses]);
    await refusedWith({ email }, 'person.email');
  });

  test('and a refused person leaves no record behind', async () => {
    await refusedWith({ email: 'sam@example.com', external_id: 'ghost' }, 'person.email');
    expect(await api.query("select from people where external_id = 'ghost'")).toEqual([]);
  });
});

describe('a referral is refused', () => {
  const person = { email: 'dana@example.com' };
  const uuid = '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10';
  test.each([
    ['campaign_id', 'nothing says which', { person }],
    ['campaign_id', 'unknown', { campaign_id: uuid, person }],
    ['code', 'unknown', { code: 'nobody-has-this', person }],
    ['code', 'no code at all', { code: '<script>', person }],
    ['referrer_id', 'unknown', { referrer_id: uuid, person }],
    ['referrer_id', 'one too many', { referrer_id: uuid, code: 'a', person }],
    ['person', 'none', { campaign_id: uuid }],
    ['person', 'null', { campaign_id: uuid, person: null }],
    ['person.email', 'no identity', { campaign_id: uuid, person: {} }],
    ['person.email', 'only a name', { campaign_id: uuid, person: { name: 'Dana' } }],
    ['person.email', 'no address', { campaign_id: uuid, person: { email: 'dana' } }],
    ['person.email', 'a NUL', { campaign_id: uuid, person: { email: 'a\0@example.com' } }],
    ['person.email', 'too long', { campaign_id: uuid, person: { email: `${'x'.repeat(300)}@example.com` } }],
    ['person.external_id', 'empty', { campaign_id: uuid, person: { external_id: '' } }],
    ['person.external_id', 'a number', { campaign_id: uuid, person: { external_id: 7 } }],
    ['person.external_id', 'a NUL', { campaign_id: uuid, person: { external_id: '\0' } }],
    ['person.name', '10,000 letters', { campaign_id: uuid, person: { ...person, name: 'x'.repeat(10_000) } }],
    ['person.phone', 'an unknown field', { campaign_id: uuid, person: { ...person, phone: '1' } }],
    ['status', 'not to be chosen', { campaign_id: uuid, person, status: 'qualified' }],
  ])('with %s named: %s', async (field, _what, body) => {
    const refused = await caller.post('/referrals', body);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });

  test('with campaign_id named when the referrer belongs to another', async () => {
    const elsewhere = await campaignFor(caller);
    const refused = await caller.post('/referrals', { campaign_id: elsewhere, code: referrer.code, person });
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual(['campaign_id']);
  });
});

describe('a status', () => {
  test('changes with its reason and date, the reward and the history', async () => {
    const id = await newReferral();
    const qualified = await caller.post(`/referrals/${id}/qualify`, { reason: ' Signed 🌱 ' });
    expect(qualified.status).toBe(200);
    expect(qualified.body).toMatchObject({
      status: 'qualified',
      status_reason: 'Signed 🌱',
      reward: { status: 'due' },
    });
    const disqualified = await caller.post(`/referrals/${id}/disqualify`, { reason: 'Refunded' });
    expect(disqualified.body).toMatchObject({ status: 'disqualified', reward: { status: 'canceled' } });
    const reopened = await caller.post(`/referrals/${id}/reopen`);
    expect(reopened.body).toMatchObject({
      status: 'pending',
      status_reason: null,
      reward: { status: 'none' },
    });
    const actor = { kind: 'api', name: 'billing' };
    expect(dataOf(await caller.get(`/referrals/${id}/history`))).toMatchObject([
      { what: 'status', from: 'disqualified', to: 'pending', actor, reason: null },
      { what: 'reward', from: 'due', to: 'canceled', actor, reason: 'The referral was disqualified' },
      { what: 'status', from: 'qualified', to: 'disqualified', actor, reason: 'Refunded' },
      { what: 'reward', from: 'none', to: 'due', actor, reason: null },
      { what: 'status', from: 'pending', to: 'qualified', actor, reason: 'Signed 🌱' },
      { what: 'joined', from: null, to: 'pending', actor, reason: null },
    ]);
  });

  test('that is so already stays, with its first reason and no trace', async () => {
    const id = await newReferral();
    const first = await caller.post(`/referrals/${id}/qualify`, { reason: 'First' });
    const again = await caller.post(`/referrals/${id}/qualify`, { reason: 'Second' });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(dataOf(await caller.get(`/referrals/${id}/history`))).toHaveLength(3);
  });

  test('that may not follow is refused, in words, and nothing changes', async () => {
    const id = await newReferral();
    const before = await caller.post(`/referrals/${id}/disqualify`);
    const refused = await caller.post(`/referrals/${id}/qualify`);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      error: { message: expect.stringContaining('set it back to pending first') },
    });
    expect((await caller.get(`/referrals/${id}`)).body).toEqual(before.body);
  });

  test('changes once, however many ask at once', async () => {
    const id = await newReferral();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => caller.post(`/referrals/${id}/qualify`)),
    );
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]));
    expect(dataOf(await caller.get(`/referrals/${id}/history`))).toHaveLength(3);
  });

  test('is in the history what it was in between, however the requests cross', async () => {
    const id = await newReferral();
    const changes = Array.from({ length: 24 }, (_, index) =>
      caller.post(`/referrals/${id}/${['qualify', 'reopen', 'disqualify'][index % 3]}`),
    );
    await Promise.all(changes);
    const step = z.looseObject({ what: z.string(), from: z.string().nullable(), to: z.string() });
    const history = dataOf(await caller.get(`/referrals/${id}/history?limit=100`))
      .map((entry) => step.parse(entry))
      .filter((entry) => entry.what !== 'reward')
      .reverse();
    for (const [index, entry] of history.entries()) {
      expect(entry.from).toBe(index === 0 ? null : history[index - 1]?.to);
    }
    expect((await caller.get(`/referrals/${id}`)).body).toMatchObject({ status: history.at(-1)?.to });
  });

  test.each([
    ['reason', { reason: 'x'.repeat(501) }],
    ['reason', { reason: 5 }],
    ['why', { why: 'x' }],
    ['body', null],
  ])('is refused with %s named', async (field, body) => {
    const refused = await caller.post(`/referrals/${await newReferral()}/qualify`, body);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });
});

describe('referrals are found', () => {
  test('by email, contact, status and campaign, and by all of them together', async () => {
    const other = await campaignFor(caller);
    const person = somebody();
    const id = idOf(await caller.post('/referrals', { campaign_id: other, person }));
    await caller.post('/referrals', { campaign_id: other, person: somebody() });
    await api.query("update people set contact_id = 'contact-1' where email = $1", [person.email]);
    await caller.post(`/referrals/${id}/qualify`);
    const found = async (query: string) =>
      dataOf(await caller.get(`/referrals?${query}`)).map((one) => one.id);
    const email = `email=${person.email.toUpperCase()}`;
    expect(await found(email)).toEqual([id]);
    expect(await found('contact_id=contact-1')).toEqual([id]);
    expect(await found(`campaign_id=${other}`)).toHaveLength(2);
    expect(await found(`campaign_id=${other}&status=qualified`)).toEqual([id]);
    expect(
      await found(`${email}&contact_id=contact-1&campaign_id=${other}&status=qualified&limit=5`),
    ).toEqual([id]);
    expect(await found(`${email}&status=pending`)).toEqual([]);
    expect(await found('contact_id=contact-2')).toEqual([]);
  });

  test.each([
    ['status', 'status=lost'],
    ['campaign_id', 'campaign_id=spring'],
    ['email', 'email='],
    ['email', 'email=a%00b'],
    ['email', 'email=a&email=b'],
    ['contact_id', 'contact_id=%00'],
    ['referer', 'referer=x'],
  ])('or refused with %s named: ?%s', async (field, query) => {
    const refused = await caller.get(`/referrals?${query}`);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });

  test("with a history that is paged by its own cursors and no other list's", async () => {
    const id = await newReferral();
    await caller.post(`/referrals/${id}/qualify`);
    const next = z.looseObject({ next: z.string() });
    const first = await caller.get(`/referrals/${id}/history?limit=2`);
    const rest = await caller.get(`/referrals/${id}/history?cursor=${next.parse(first.body).next}`);
    expect(dataOf(rest)).toMatchObject([{ what: 'joined' }]);
    expect(rest.body).toMatchObject({ next: null });
    const foreign = next.parse((await caller.get('/referrals?limit=1')).body).next;
    expect((await caller.get(`/referrals/${id}/history?cursor=${foreign}`)).status).toBe(422);
  });
});

describe('a campaign of another platform', () => {
  test('is read here and changed there', async () => {
    const id = await campaignFor(caller);
    const joined = await caller.post('/referrers', { campaign_id: id, person: somebody() });
    const referral = idOf(await caller.post('/referrals', { code: codeOf(joined), person: somebody() }));
    await api.query("update campaigns set platform = 'referral-factory' where id = $1", [id]);

    const attempts = [
      caller.post('/referrers', { campaign_id: id, person: somebody() }),
      caller.post('/referrals', { campaign_id: id, person: somebody() }),
      caller.post('/referrals', { code: codeOf(joined), person: somebody() }),
    ];
    for (const refused of await Promise.all(attempts)) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({
        error: { message: expect.stringContaining('referral-factory') },
      });
    }
    expect((await caller.get(`/referrals/${referral}`)).body).toMatchObject({
      platform: 'referral-factory',
      status: 'pending',
    });
  });
});

test('a referral past its time does not qualify, although nothing has expired it yet', async () => {
  const late = await campaignFor(caller, { name: 'Late' });
  await caller.patch(`/campaigns/${late}`, { settings: { expires_after_days: 30 } });
  const id = idOf(await caller.post('/referrals', { campaign_id: late, person: somebody() }));
  await api.query(`update referrals set status_at = now() - interval '31 days' where id = $1`, [id]);
  const refused = await caller.post(`/referrals/${id}/qualify`);
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('time to qualify is over') } },
  });
  expect((await caller.post(`/referrals/${id}/disqualify`)).status).toBe(200);
  expect((await caller.post(`/referrals/${id}/reopen`)).status).toBe(200);
  expect((await caller.post(`/referrals/${id}/qualify`)).status).toBe(200);
});
