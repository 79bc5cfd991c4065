// POST /api/v1/contacts through the front door: made, used where a contact exists, and told what is in the way.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { changeSettings } from '../../sandbox/settings.ts';
import type { Contact } from '../../sandbox/world.ts';
import { type Caller, callerWith, dataOf, refusedFields } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { spellingsOfEmail, spellingsOfId, spellingsOfPhone } from '../support/spellings.ts';

let app: TestApp;
let caller: Caller;

beforeAll(async () => {
  app = await startTestApp({ story: false, settings: promptSearch });
  caller = callerWith(app.url, await app.apiToken());
});
afterAll(() => app?.close());

async function intercom(method: string, path: string, body: object) {
  const answer = await fetch(`${app.sandbox.url}${path}`, {
    method,
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return z.looseObject({ id: z.coerce.string() }).parse(await answer.json());
}

/** As Intercom has them, those that were archived or blocked too. */
const contactsOf = (email: string): Contact[] =>
  app.sandbox.world.contacts.all().filter((one) => one.email === email);
const only = (email: string): Contact => {
  const all = contactsOf(email);
  expect(all.map((one) => one.id)).toHaveLength(1);
  return z.custom<Contact>((one) => one !== undefined).parse(all[0]);
};
const tagsOf = (one: Contact) => one.tag_ids.map((id) => app.sandbox.world.tags.get(id)?.name);
const newEmail = () => `${randomUUID()}@example.com`;

test('a lead is made with all that was sent, and answered with what Intercom calls it', async () => {
  const answer = await caller.post('/contacts', {
    role: 'lead',
    email: 'Dana@Example.com',
    name: 'Dana Reed',
    phone: '+353 1 555 0100',
    owner_id: app.sandbox.world.admins.all()[0]?.id,
    avatar: 'https://example.com/dana.png',
    unsubscribed_from_emails: true,
    language_override: 'ga',
    signed_up_at: '2026-03-01T10:00:00Z',
    custom_attributes: { plan: 'pro' },
    company: { id: 'acme', name: 'Acme', create: true },
    tags: ['From the fair', 'Dublin'],
  });
  const made = only('dana@example.com');
  expect([answer.status, answer.body]).toEqual([
    201,
    {
      type: 'contact',
      id: made.id,
      role: 'lead',
      name: 'Dana Reed',
      email: 'dana@example.com',
      external_id: made.external_id,
      created_at: made.created_at,
      outcome: 'created',
      why: 'A new lead',
      run_id: expect.any(String),
    },
  ]);
  expect(made).toMatchObject({
    phone: '+35315550100',
    owner_id: app.sandbox.world.admins.all()[0]?.id,
    avatar: 'https://example.com/dana.png',
    unsubscribed_from_emails: true,
    language_override: 'ga',
    // Leads have none.
    signed_up_at: null,
    email_verified: null,
    custom_attributes: { plan: 'pro' },
  });
  expect(tagsOf(made)).toEqual(['From the fair', 'Dublin']);
  expect(made.company_ids.map((id) => app.sandbox.world.companies.get(id))).toMatchObject([
    { company_id: 'acme', name: 'Acme' },
  ]);
});

test('a user is made with the id of the company and the date of signing up; verified only when it is said', async () => {
  const email = newEmail();
  const sent = {
    role: 'user',
    email,
    external_id: 'u-100',
    signed_up_at: 1_770_000_000,
    email_verified: true,
  };
  expect((await caller.post('/contacts', sent)).status).toBe(201);
  expect(only(email)).toMatchObject({
    role: 'user',
    external_id: 'u-100',
    signed_up_at: 1_770_000_000,
    email_verified: true,
  });
});

test('a lead needs nothing at all, and the run log finds it by its contact', async () => {
  const answer = await caller.post('/contacts', { role: 'lead' });
  expect([answer.status, answer.body]).toMatchObject([201, { role: 'lead', email: null }]);
  const { id, run_id } = z.object({ id: z.string(), run_id: z.string() }).parse(answer.body);
  expect(dataOf(await caller.get(`/runs?contact_id=${id}`))).toMatchObject([{ id: run_id }]);
});

test('what cannot be a contact is refused field by field, and leads to no run', async () => {
  const refused = async (body: object) => {
    const answer = await caller.post('/contacts', body);
    expect(answer.status).toBe(422);
    return refusedFields(answer);
  };
  const runs = () => app.query('select id from runs');
  const before = await runs();
  expect(await refused({ email: 'a@example.com' })).toEqual(['role']);
  expect(await refused({ role: 'user', external_id: 'x' })).toEqual(['email']);
  expect(await refused({ role: 'lead', email: 'no address' })).toEqual(['email']);
  expect(await refused({ role: 'lead', email_verified: true })).toEqual(['email_verified']);
  expect(await refused({ role: 'lead', signed_up_at: 'yesterday' })).toEqual(['signed_up_at']);
  expect(await refused({ role: 'lead', custom_attributes: { plan: { a: 1 } } })).toEqual([
    'custom_attributes.plan',
  ]);
  expect(await refused({ role: 'lead', on_duplicate: 'review' })).toEqual(['on_duplicate']);
  expect(await refused({ role: 'lead', surname: 'Reed' })).toEqual(['surname']);
  expect(await runs()).toEqual(before);
});

test('every spelling of one email, phone or id is one contact, made and found by the API and by a file', async () => {
  const local = randomUUID();
  const emails = fc.sample(spellingsOfEmail(local, 'bücher.example.com'), { numRuns: 12, seed: 3 });
  const phones = fc.sample(spellingsOfPhone('+353871234999'), { numRuns: 8, seed: 3 });
  const ids = fc.sample(spellingsOfId(`Käfer-${local}`), { numRuns: 6, seed: 3 });
  const existing = { role: 'lead', on_duplicate: 'fill' };
  const asked: object[] = [
    ...emails.map((email) => ({ ...existing, email })),
    ...phones.map((phone) => ({ ...existing, phone })),
    ...ids.map((external_id) => ({
      ...existing,
      role: 'user',
      email: `u.${local}@example.com`,
      external_id,
    })),
  ];
  for (const body of asked) {
    const answer = await caller.post('/contacts', body);
    expect([JSON.stringify(body), answer.status, answer.body]).toMatchObject([
      JSON.stringify(body),
      expect.any(Number),
      { type: 'contact' },
    ]);
  }
  const rows = [...emails.map((email) => ({ email })), ...phones.map((phone) => ({ phone }))];
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const headers = { 'content-type': 'application/x-ndjson' };
  const sent = await caller.send('POST', '/imports?on_duplicate=fill', { body, headers });
  const { id } = z.looseObject({ id: z.string() }).parse(sent.body);
  await expect
    .poll(async () => (await caller.get(`/imports/${id}`)).body)
    .toMatchObject({ state: 'done', counts: { unchanged: rows.length } });
  const all = app.sandbox.world.contacts.all();
  expect(only(`${local}@xn--bcher-kva.example.com`).role).toBe('lead');
  expect(all.filter(({ phone }) => phone === '+353871234999')).toHaveLength(1);
  expect(all.filter((one) => one.external_id?.endsWith(local)).map((one) => one.external_id)).toEqual([
    `Käfer-${local}`,
  ]);
  for (const email of emails) {
    const { body: found } = await caller.get(`/contacts?email=${encodeURIComponent(email)}`);
    expect([JSON.stringify(email), found]).toMatchObject([
      JSON.stringify(email),
      { data: [{ role: 'lead' }] },
    ]);
  }
});

test.each([
  ['phone', { phone: 'call me' }],
  ['tags.0', { tags: ['V\u200bIP'] }],
  ['company.id', { company: { id: 'ac\u200bme' } }],
  ['signed_up_at', { signed_up_at: 46_357 }],
  ['signed_up_at', { signed_up_at: '58948-01-01T00:00:00Z' }],
  ['custom_attributes.plan', { custom_attributes: { plan: 1e21 } }],
  ['external_id', { external_id: 1.5 }],
  ['external_id', { external_id: 'a\u202eb' }],
])('the field %s is refused by name when it is %j', async (field, more) => {
  const refused = await caller.post('/contacts', { role: 'lead', ...more });
  expect(refused.status).toBe(422);
  expect(refusedFields(refused)).toEqual([field]);
});

test('a moment is the same in seconds, in milliseconds and in any offset', async () => {
  for (const signed_up_at of [
    1_795_046_400,
    1_795_046_400_000,
    '2026-11-19T00:00:00Z',
    '2026-11-19T01:00:00.000+01:00',
    '1795046400',
  ]) {
    const email = newEmail();
    await caller.post('/contacts', { role: 'user', email, signed_up_at });
    expect([signed_up_at, only(email).signed_up_at]).toEqual([signed_up_at, 1_795_046_400]);
  }
});

test("a day without a time zone is the workspace's day", async () => {
  await app.query(`update installations set time_zone = 'America/New_York'`);
  for (const signed_up_at of ['2026-03-01', '2026-03-01T00:00', '2026-03-01T05:00:00Z']) {
    const email = newEmail();
    await caller.post('/contacts', { role: 'user', email, signed_up_at });
    expect([signed_up_at, only(email).signed_up_at]).toEqual([signed_up_at, 1_772_341_200]);
    await caller.patch(`/contacts/${only(email).id}`, { signed_up_at: '2026-03-02' });
    expect(only(email).signed_up_at).toBe(1_772_427_600);
  }
  await app.query(`update installations set time_zone = 'UTC'`);
});

test('a misspelled field is named with its nearest known one', async () => {
  const { body } = await caller.post('/contacts', { role: 'lead', emial: 'dana@example.com', shoe: 43 });
  expect(body).toMatchObject({
    error: { fields: { emial: 'is unknown; did you mean "email"?', shoe: 'is unknown' } },
  });
});

describe('where a contact exists', () => {
  test.each(['lead', 'user'])(
    'a %s without a policy is a conflict that tells the id, and nothing is written',
    async (role) => {
      const email = newEmail();
      await caller.post('/contacts', { role, email, name: 'First' });
      const answer = await caller.post('/contacts', { role, email, name: 'Second', tags: ['Second'] });
      expect([answer.status, answer.body]).toMatchObject([
        409,
        { error: { code: 'conflict', fields: { existing_id: only(email).id } } },
      ]);
      expect(only(email).name).toBe('First');
      expect(tagsOf(only(email))).toEqual([]);
    },
  );

  test.each([
    ['nothing', 'linked', { name: 'First', phone: null }, []],
    ['fill', 'updated', { name: 'First', phone: '+15550100' }, ['Second']],
    ['update', 'updated', { name: 'Second', phone: '+15550100' }, ['Second']],
  ])('%s: %s', async (on_duplicate, outcome, expected, tags) => {
    const email = newEmail();
    await caller.post('/contacts', { role: 'lead', email, name: 'First' });
    const sent = {
      role: 'lead',
      email,
      name: 'Second',
      phone: '+15550100',
      tags: ['Second'],
      on_duplicate,
    };
    const answer = await caller.post('/contacts', sent);
    expect([answer.status, answer.body]).toMatchObject([200, { id: only(email).id, outcome }]);
    expect(only(email)).toMatchObject(expected);
    expect(tagsOf(only(email))).toEqual(tags);
    const again = await caller.post('/contacts', sent);
    expect(again.body).toMatchObject({ outcome: on_duplicate === 'nothing' ? 'linked' : 'unchanged' });
  });

  test('a lead where a user is wanted becomes one, or stays what it is', async () => {
    const [converted, kept] = [newEmail(), newEmail()];
    for (const email of [converted, kept]) await caller.post('/contacts', { role: 'lead', email });
    const first = only(converted).id;
    const sent = { role: 'user', on_duplicate: { policy: 'update', lead_where_user_wanted: 'keep' } };
    await caller.post('/contacts', { ...sent, email: kept, external_id: 'u-201', name: 'Kept' });
    expect(only(kept)).toMatchObject({
      role: 'lead',
      name: 'Kept',
      external_id: expect.not.stringMatching(/^u-/),
    });
    const answer = await caller.post('/contacts', {
      role: 'user',
      email: converted,
      external_id: 'u-202',
      on_duplicate: 'fill',
    });
    expect(answer.body).toMatchObject({ id: first, role: 'user', outcome: 'converted' });
    expect(only(converted)).toMatchObject({
      role: 'user',
      external_id: 'u-202',
      signed_up_at: expect.any(Number),
    });
  });

  test('a user where a lead is wanted stays a user', async () => {
    const email = newEmail();
    await caller.post('/contacts', { role: 'user', email });
    const answer = await caller.post('/contacts', {
      role: 'lead',
      email,
      name: 'Now',
      on_duplicate: 'update',
    });
    expect(answer.body).toMatchObject({ role: 'user', name: 'Now', outcome: 'updated' });
  });

  test('of several leads the one that was active last is used, and it is said', async () => {
    const email = newEmail();
    await intercom('POST', '/contacts', { role: 'lead', email });
    const soon = Math.floor(Date.now() / 1000) + 60;
    const active = await intercom('POST', '/contacts', { role: 'lead', email, last_seen_at: soon });
    await intercom('POST', '/contacts', { role: 'lead', email, last_seen_at: 1_700_000_000 });
    const answer = await caller.post('/contacts', { role: 'lead', email, name: 'X', on_duplicate: 'update' });
    expect(answer.body).toMatchObject({ id: active.id, why: expect.stringContaining('of 3 leads') });
    expect(contactsOf(email)).toHaveLength(3);
  });

  test('an archived user is told of, or brought back', async () => {
    const email = newEmail();
    const { id } = await intercom('POST', '/contacts', { role: 'user', email });
    await intercom('POST', `/contacts/${id}/archive`, {});
    const sent = { role: 'user', email, name: 'Back' };
    const told = await caller.post('/contacts', { ...sent, on_duplicate: 'update' });
    expect([told.status, told.body]).toMatchObject([
      409,
      { error: { message: expect.stringContaining('archived'), fields: { existing_id: id } } },
    ]);
    expect(only(email)).toMatchObject({ archived: true, name: null });
    const on_duplicate = { policy: 'update', archived: 'unarchive' };
    const back = await caller.post('/contacts', { ...sent, on_duplicate });
    expect([back.status, back.body]).toMatchObject([200, { id, outcome: 'updated' }]);
    expect(only(email)).toMatchObject({ archived: false, name: 'Back' });
  });

  test('an archived lead that the app made is told of, or brought back, and not made again', async () => {
    const email = newEmail();
    const { id } = z
      .looseObject({ id: z.string() })
      .parse((await caller.post('/contacts', { role: 'lead', email })).body);
    await intercom('POST', `/contacts/${id}/archive`, {});
    const known = () => app.query('select archived from contacts where contact_id = $1', [id]);
    await expect.poll(known).toEqual([{ archived: true }]);
    const told = await caller.post('/contacts', { role: 'lead', email, on_duplicate: 'update' });
    expect([told.status, told.body]).toMatchObject([409, { error: { fields: { existing_id: id } } }]);
    const on_duplicate = { policy: 'update', archived: 'unarchive' };
    const back = await caller.post('/contacts', { role: 'lead', email, name: 'Back', on_duplicate });
    expect([back.status, back.body]).toMatchObject([200, { id, outcome: 'updated' }]);
    expect(only(email)).toMatchObject({ archived: false, name: 'Back' });
  });

  test('a deleted user is in the way for a week, and it is said', async () => {
    const email = newEmail();
    const { id } = await intercom('POST', '/contacts', { role: 'user', email });
    await intercom('DELETE', `/contacts/${id}`, {});
    for (const archived of ['report', 'unarchive']) {
      const on_duplicate = { policy: 'update', archived };
      const answer = await caller.post('/contacts', { role: 'user', email, on_duplicate });
      expect([answer.status, answer.body]).toMatchObject([
        409,
        { error: { message: expect.stringMatching(/archived|deleted/), fields: { existing_id: id } } },
      ]);
    }
    expect(contactsOf(email)).toEqual([]);
  });

  test('several users of one email are told of, and none of them is taken', async () => {
    const email = newEmail();
    const users = await Promise.all(
      ['first', 'second'].map(() =>
        intercom('POST', '/contacts', { role: 'user', external_id: randomUUID() }),
      ),
    );
    for (const { id } of users) await intercom('PUT', `/contacts/${id}`, { email });
    for (const role of ['lead', 'user']) {
      const answer = await caller.post('/contacts', { role, email, name: 'Taken', on_duplicate: 'update' });
      expect([answer.status, answer.body]).toMatchObject([
        409,
        { error: { message: expect.stringContaining('2 users have this email') } },
      ]);
    }
    expect(contactsOf(email).map(({ name }) => name)).toEqual([null, null]);
  });

  test('a user takes an email that another user has, since Intercom lets users share one', async () => {
    const [email, external_id] = [newEmail(), randomUUID()];
    await intercom('POST', '/contacts', { role: 'user', email, external_id: randomUUID() });
    const { id } = await intercom('POST', '/contacts', { role: 'user', external_id });
    const sent = { role: 'user', email, external_id, on_duplicate: 'update' };
    expect((await caller.post('/contacts', sent)).body).toMatchObject({ id, email, outcome: 'updated' });
  });

  test('what the search still shows is read by its id before it is filled or updated', async () => {
    const email = newEmail();
    const { id } = await intercom('POST', '/contacts', { role: 'user', email, name: 'Old' });
    changeSettings(app.sandbox.world, { search_lag_ms: 120_000 });
    await intercom('PUT', `/contacts/${id}`, { name: 'New', phone: '+35315550101' });
    const sent = { role: 'user', email, phone: '+35315550102' };
    const filled = await caller.post('/contacts', { ...sent, on_duplicate: 'fill' });
    expect(filled.body).toMatchObject({ id, outcome: 'unchanged' });
    expect(only(email)).toMatchObject({ name: 'New', phone: '+35315550101' });
    const updated = await caller.post('/contacts', {
      role: 'user',
      email,
      name: 'Old',
      on_duplicate: 'update',
    });
    expect(updated.body).toMatchObject({ id, outcome: 'updated' });
    expect(only(email).name).toBe('Old');
    changeSettings(app.sandbox.world, { search_lag_ms: 0 });
  });

  test('by email, everyone is found as they are now, those that no search shows yet, too', async () => {
    const [email, other] = [newEmail(), newEmail()];
    const { id } = await intercom('POST', '/contacts', { role: 'user', email });
    changeSettings(app.sandbox.world, { search_lag_ms: 120_000 });
    await intercom('PUT', `/contacts/${id}`, { name: 'New' });
    const gone = await intercom('POST', '/contacts', { role: 'lead', email: other });
    await caller.post('/contacts', { role: 'lead', email: other, name: 'Made now' });
    expect(dataOf(await caller.get(`/contacts?email=${email}`))).toMatchObject([{ id, name: 'New' }]);
    expect(dataOf(await caller.get(`/contacts?email=${other}`))).toMatchObject([{ name: 'Made now' }]);
    await intercom('DELETE', `/contacts/${gone.id}`, {});
    changeSettings(app.sandbox.world, { search_lag_ms: 0 });
  });

  test('a lead that Intercom does not show for a moment after it was made is not made again', async () => {
    const email = newEmail();
    changeSettings(app.sandbox.world, { search_lag_ms: 120_000 });
    const made = await caller.post('/contacts', { role: 'lead', email });
    const { id } = z.looseObject({ id: z.string() }).parse(made.body);
    const match = { method: 'GET', path: `/contacts/${id}` };
    await app.misbehave('/faults', { on: 'api', kind: 'status', status: 404, match });
    const again = await caller.post('/contacts', { role: 'lead', email, name: 'Dana', on_duplicate: 'fill' });
    expect(again.status).toBeLessThan(300);
    await expect.poll(() => only(email).name).toBe('Dana');
    changeSettings(app.sandbox.world, { search_lag_ms: 0 });
  });

  test('a lead is known by the external ID that Intercom did not keep, which is said', async () => {
    const external_id = randomUUID();
    const made = await caller.post('/contacts', { role: 'lead', external_id });
    expect(made.body).toMatchObject({
      outcome: 'created',
      why: expect.stringContaining(`${external_id} was not kept`),
    });
    const { id } = z.looseObject({ id: z.string() }).parse(made.body);
    const again = await caller.post('/contacts', { role: 'lead', external_id });
    expect([again.status, again.body]).toMatchObject([409, { error: { fields: { existing_id: id } } }]);
    const given = await caller.patch(`/contacts/${id}`, { external_id });
    expect([given.status, given.body]).toMatchObject([
      409,
      { error: { message: expect.stringContaining('Intercom assigns external IDs to leads') } },
    ]);
    const both = await caller.patch(`/contacts/${id}`, { external_id, name: 'Dana' });
    expect(both.body).toMatchObject({
      outcome: 'updated',
      why: expect.stringContaining('except external_id'),
    });
  });

  test.each(['lead', 'user'])('a blocked %s is neither written to nor made again', async (role) => {
    const email = newEmail();
    const { id } = await intercom('POST', '/contacts', { role, email });
    await intercom('POST', `/contacts/${id}/block`, {});
    const answer = await caller.post('/contacts', { role, email, name: 'Again', on_duplicate: 'update' });
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { error: { message: expect.stringContaining('blocked') } },
    ]);
    expect(only(email).name).toBeNull();
  });

  test('the id of the company finds a user who has another email by now', async () => {
    const [old, email] = [newEmail(), newEmail()];
    await caller.post('/contacts', { role: 'user', email: old, external_id: 'u-301' });
    const { id } = only(old);
    const sent = { role: 'user', email, external_id: 'u-301', on_duplicate: 'update' };
    expect((await caller.post('/contacts', sent)).body).toMatchObject({ id, email, outcome: 'updated' });
    expect(contactsOf(old)).toEqual([]);
  });

  test('a user of the same email with another id of the company is someone else, and in the way', async () => {
    const email = newEmail();
    await caller.post('/contacts', { role: 'user', email, external_id: 'u-401' });
    const sent = { role: 'user', email, external_id: 'u-402', on_duplicate: 'update' };
    const answer = await caller.post('/contacts', sent);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { error: { fields: { existing_id: only(email).id } } },
    ]);
    expect(only(email).external_id).toBe('u-401');
  });

  test('the made-up name of a lead gives way to the real one, also when filling', async () => {
    const email = newEmail();
    await intercom('POST', '/contacts', { role: 'lead', email, name: 'Lime Camel from Dublin' });
    await caller.post('/contacts', { role: 'lead', email, name: 'Winston Smith', on_duplicate: 'fill' });
    expect(only(email).name).toBe('Winston Smith');
  });
});

test('an attribute that Intercom does not know is told at once in its words, and the run can be tried again', async () => {
  const answer = await caller.post('/contacts', {
    role: 'lead',
    email: newEmail(),
    custom_attributes: { shoe_size: 44 },
  });
  expect([answer.status, answer.body]).toMatchObject([
    422,
    { error: { message: expect.stringContaining('shoe_size') } },
  ]);
  const { fields } = z
    .object({ error: z.object({ fields: z.object({ run_id: z.string() }) }) })
    .parse(answer.body).error;
  const { run_id } = fields;
  const run = await caller.get(`/runs/${run_id}`);
  expect(run.body).toMatchObject({
    ...{ kind: 'contact', state: 'failed', attempts: 1 },
    error: expect.stringContaining('shoe_size'),
  });
  await intercom('POST', '/data_attributes', { name: 'shoe_size', model: 'contact', data_type: 'integer' });
  await caller.post(`/runs/${run_id}/retry`);
  await expect
    .poll(async () => (await caller.get(`/runs/${run_id}`)).body)
    .toMatchObject({ state: 'done', exchange: { answer: { outcome: 'created' } } });
});

test('in a workspace that the app is not installed in, contacts cannot be found, and what is asked waits', async () => {
  const stranger = callerWith(app.url, await app.apiToken('elsewhere'));
  const found = await stranger.get('/contacts?email=dana@example.com');
  expect([found.status, found.body]).toMatchObject([
    409,
    { error: { message: expect.stringContaining('Install it again') } },
  ]);
  const asked = await stranger.post('/contacts', { role: 'lead', email: newEmail() });
  expect([asked.status, asked.body]).toMatchObject([202, { waits: expect.stringContaining('token') }]);
});
