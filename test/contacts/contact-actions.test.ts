// What is done to contacts by /api/v1 through the front door: changed, converted, tagged, noted, attached, told of, taken away.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { changeSettings } from '../../sandbox/settings.ts';
import type { Contact } from '../../sandbox/world.ts';
import { type Answer, type Caller, callerWith, dataOf, idOf, refusedFields } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { retryAtOnce } from '../support/retry.ts';

let app: TestApp;
let caller: Caller;
let stopRetrying = async () => {};

beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { searchLagMs: 3_000 },
  });
  caller = callerWith(app.url, await app.apiToken());
  stopRetrying = retryAtOnce(app);
});
afterAll(async () => {
  await stopRetrying();
  await app?.close();
});

const newEmail = () => `${randomUUID()}@example.com`;
async function made(more: object = {}): Promise<string> {
  return idOf(await caller.post('/contacts', { role: 'lead', email: newEmail(), ...more }));
}
function inIntercom(id: string): Contact {
  const contact = app.sandbox.world.contacts.get(id);
  if (!contact) throw new Error(`Intercom has no contact ${id}`);
  return contact;
}
const notesOf = (id: string) => app.sandbox.world.notes.all().filter((note) => note.contact_id === id);
const eventsOf = (id: string) => app.sandbox.world.dataEvents.all().filter((one) => one.contact_id === id);
const tagsOf = (id: string) => inIntercom(id).tag_ids.map((tag) => app.sandbox.world.tags.get(tag)?.name);
const loseAnswer = (method: string, pattern: string) =>
  app.misbehave('/faults', { on: 'api', kind: 'cut', after: true, match: { method, pattern } });
const existing = (answer: Answer) =>
  z
    .object({ error: z.looseObject({ fields: z.looseObject({ existing_id: z.string() }) }) })
    .parse(answer.body).error.fields.existing_id;
const nobody = '000000000000000000000000';

describe('finding', () => {
  test('by email, by the id of the company and by id, as Intercom has them now', async () => {
    const email = newEmail();
    const external_id = randomUUID();
    const id = await made({
      role: 'user',
      email,
      external_id,
      name: 'Dana',
      custom_attributes: { plan: 'pro' },
    });
    for (const by of [`email=${encodeURIComponent(email)}`, `external_id=${external_id}`, `id=${id}`]) {
      const answer = await caller.get(`/contacts?${by}`);
      expect(answer.body).toMatchObject({
        data: [{ type: 'contact', id, role: 'user', email, external_id, custom_attributes: { plan: 'pro' } }],
        next: null,
      });
    }
  });

  test('finds several of one email, and no one where there is no one', async () => {
    const email = newEmail();
    await made({ email });
    await fetch(`${app.sandbox.url}/contacts`, {
      method: 'POST',
      headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
      body: JSON.stringify({ role: 'lead', email }),
    });
    expect(dataOf(await caller.get(`/contacts?email=${email}`))).toHaveLength(2);
    for (const by of [`email=${newEmail()}`, `external_id=${randomUUID()}`, `id=${nobody}`])
      expect(dataOf(await caller.get(`/contacts?${by}`))).toEqual([]);
  });

  test.each(['', '?email=a@example.com&id=b', '?id=../me'])(
    'wants one thing to find by: %s',
    async (query) => {
      expect((await caller.get(`/contacts${query}`)).status).toBe(422);
    },
  );
});

describe('changing', () => {
  test('writes what is sent, empties what is null and leaves the rest', async () => {
    const id = await made({ name: 'Dana', phone: '+1 555 0100', custom_attributes: { plan: 'pro' } });
    const answer = await caller.patch(`/contacts/${id}`, {
      name: 'Dana Reed',
      phone: null,
      language_override: 'ga',
      custom_attributes: { plan: null },
    });
    expect([answer.status, answer.body]).toMatchObject([200, { id, name: 'Dana Reed', outcome: 'updated' }]);
    expect(inIntercom(id)).toMatchObject({ name: 'Dana Reed', phone: null, language_override: 'ga' });
    expect(inIntercom(id).custom_attributes.plan ?? null).toBeNull();
  });

  test('what another user has is a conflict that tells their id', async () => {
    const [external_id, taken] = [randomUUID(), randomUUID()];
    const id = await made({ role: 'user', external_id });
    const other = await made({ role: 'user', external_id: taken });
    const answer = await caller.patch(`/contacts/${id}`, { external_id: taken });
    expect([answer.status, existing(answer)]).toEqual([409, other]);
    expect(inIntercom(id).external_id).toBe(external_id);
  });

  test('an unknown contact is 404; nothing to write, or a field that is none, is refused', async () => {
    expect((await caller.patch(`/contacts/${nobody}`, { name: 'X' })).status).toBe(404);
    expect((await caller.patch('/contacts/..%2Fme', { name: 'X' })).status).toBe(404);
    expect(refusedFields(await caller.patch(`/contacts/${nobody}`, {}))).toEqual(['body']);
    const roleGiven = await caller.patch(`/contacts/${nobody}`, { name: 'X', role: 'lead' });
    expect(refusedFields(roleGiven)).toEqual(['role']);
  });
});

describe('converting a lead', () => {
  test('keeps the contact, and gives it the id of the company and a date of signing up', async () => {
    const id = await made();
    const external_id = randomUUID();
    const answer = await caller.post(`/contacts/${id}/convert`, { external_id });
    expect([answer.status, answer.body]).toMatchObject([200, { id, role: 'user', outcome: 'converted' }]);
    expect(inIntercom(id)).toMatchObject({ role: 'user', external_id, signed_up_at: expect.any(Number) });
    expect((await caller.post(`/contacts/${id}/convert`)).body).toMatchObject({ outcome: 'unchanged' });
  });

  test('is not a merge: a user of the same email is a conflict that tells their id', async () => {
    const email = newEmail();
    const lead = await made({ email });
    const user = await made({ role: 'user', email: newEmail() });
    await caller.patch(`/contacts/${user}`, { email });
    const answer = await caller.post(`/contacts/${lead}/convert`);
    expect([answer.status, existing(answer)]).toEqual([409, user]);
    expect(inIntercom(lead)).toMatchObject({ role: 'lead', merged_into: null });
  });

  test('needs an email or an id of the company', async () => {
    const id = idOf(await caller.post('/contacts', { role: 'lead', name: 'Nameless' }));
    const answer = await caller.post(`/contacts/${id}/convert`);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { error: { message: expect.stringContaining('no email') } },
    ]);
    expect((await caller.post(`/contacts/${id}/convert`, { email: newEmail() })).status).toBe(200);
  });
});

describe('converting a visitor', () => {
  const visitor = () => {
    const user_id = randomUUID();
    app.sandbox.world.visitors.put({
      id: app.sandbox.world.newHexId(),
      user_id,
      email: null,
      name: null,
      pseudonym: 'Lime Camel from Dublin',
      created_at: 1_790_000_000,
      updated_at: 1_790_000_000,
      custom_attributes: {},
    });
    return { user_id };
  };

  test('makes a lead or a user of them', async () => {
    for (const role of ['lead', 'user']) {
      const email = newEmail();
      const answer = await caller.post('/contacts/convert-visitor', {
        role,
        visitor: visitor(),
        into: { email },
      });
      expect([answer.status, answer.body]).toMatchObject([200, { role, email, outcome: 'converted' }]);
    }
  });

  test('lets them go up in the user who is there', async () => {
    const external_id = randomUUID();
    const id = await made({ role: 'user', external_id });
    const sent = { role: 'user', visitor: visitor(), into: { external_id } };
    expect((await caller.post('/contacts/convert-visitor', sent)).body).toMatchObject({ id, role: 'user' });
  });

  test('is found done when its answer was lost', async () => {
    const email = newEmail();
    await loseAnswer('POST', '^/visitors/convert$');
    const sent = { role: 'lead', visitor: visitor(), into: { email } };
    const answer = await caller.post('/contacts/convert-visitor', sent);
    expect([answer.status, answer.body]).toMatchObject([200, { role: 'lead', email, outcome: 'converted' }]);
    expect(app.sandbox.world.contacts.all().filter((one) => one.email === email)).toHaveLength(1);
  });

  test('knows when a visitor is unknown', async () => {
    const sent = { role: 'lead', visitor: { user_id: randomUUID() }, into: {} };
    expect((await caller.post('/contacts/convert-visitor', sent)).status).toBe(404);
    expect((await caller.post('/contacts/convert-visitor', { ...sent, visitor: {} })).status).toBe(422);
  });
});

test('tags are added and taken off by name', async () => {
  const id = await made({ tags: ['Trial'] });
  const answer = await caller.post(`/contacts/${id}/tags`, {
    add: ['VIP', 'Dublin'],
    remove: ['trial', 'Never worn'],
  });
  expect([answer.status, answer.body]).toMatchObject([200, { id, outcome: 'tagged' }]);
  expect(tagsOf(id)).toEqual(['VIP', 'Dublin']);
  expect((await caller.post(`/contacts/${id}/tags`, {})).status).toBe(422);
});

test('a note is left once, also when its answer was lost', async () => {
  const id = await made();
  const admin_id = app.sandbox.world.admins.all()[0]?.id;
  await loseAnswer('POST', '/notes$');
  const answer = await caller.post(`/contacts/${id}/notes`, {
    body: 'Asked for "an invoice" & paid',
    admin_id,
  });
  expect([answer.status, answer.body]).toMatchObject([200, { id, outcome: 'noted' }]);
  expect(notesOf(id)).toMatchObject([{ body: 'Asked for "an invoice" & paid', admin_id }]);
  await caller.post(`/contacts/${id}/notes`, { body: 'Asked for "an invoice" & paid' });
  expect(notesOf(id)).toHaveLength(2);
});

test('a company is attached by its own id, and made only when that is wished', async () => {
  const id = await made();
  const company_id = randomUUID();
  const unknown = await caller.post(`/contacts/${id}/companies`, { id: company_id });
  expect([unknown.status, unknown.body]).toMatchObject([
    404,
    { error: { message: expect.stringContaining(company_id) } },
  ]);
  await expect.poll(() => inIntercom(id).company_ids).toEqual([]);
  const other = await made();
  const sent = { id: company_id, name: 'Acme', create: true };
  expect((await caller.post(`/contacts/${other}/companies`, sent)).body).toMatchObject({
    outcome: 'attached',
  });
  expect((await caller.post(`/contacts/${other}/companies`, { id: company_id })).status).toBe(200);
  const companies = inIntercom(other).company_ids.map((one) => app.sandbox.world.companies.get(one));
  expect(companies).toMatchObject([{ company_id, name: 'Acme' }]);
});

test("a lead's event is told once, with its time and what goes with it, also when its answer was lost", async () => {
  const id = await made();
  await loseAnswer('POST', '^/events$');
  const metadata = { friends: 3, prize: { amount: 500, currency: 'eur' } };
  const answer = await caller.post(`/contacts/${id}/events`, { event_name: 'invited-friends', metadata });
  expect([answer.status, answer.body]).toMatchObject([200, { id, outcome: 'tracked' }]);
  expect(eventsOf(id)).toMatchObject([{ event_name: 'invited-friends', metadata }]);
});

test('archiving, bringing back and deleting', async () => {
  const id = await made();
  expect((await caller.post(`/contacts/${id}/archive`)).body).toMatchObject({ outcome: 'archived' });
  expect(inIntercom(id).archived).toBe(true);
  expect((await caller.post(`/contacts/${id}/unarchive`)).body).toMatchObject({ outcome: 'unarchived' });
  expect(inIntercom(id).archived).toBe(false);
  const answer = await caller.delete(`/contacts/${id}`);
  expect([answer.status, answer.body]).toMatchObject([200, { id, outcome: 'deleted' }]);
  expect(app.sandbox.world.contacts.get(id)).toBeUndefined();
});

test('an archived contact is told of as archived, is archived once, and can be deleted', async () => {
  const id = await made();
  await loseAnswer('POST', '/archive$');
  expect((await caller.post(`/contacts/${id}/archive`)).body).toMatchObject({ outcome: 'archived' });
  const known = () => app.query('select archived from contacts where contact_id = $1', [id]);
  await expect.poll(known).toEqual([{ archived: true }]);
  expect((await caller.post(`/contacts/${id}/archive`)).body).toMatchObject({ outcome: 'archived' });
  const tagged = await caller.post(`/contacts/${id}/tags`, { add: ['VIP'] });
  expect([tagged.status, tagged.body]).toMatchObject([
    404,
    { error: { message: expect.stringContaining('archived in Intercom') } },
  ]);
  // A notification of the deletion would erase the runs.
  changeSettings(app.sandbox.world, { webhooks_enabled: false });
  expect((await caller.delete(`/contacts/${id}`)).body).toMatchObject({ outcome: 'deleted' });
  expect(app.sandbox.world.contacts.get(id)).toBeUndefined();
  const back = await caller.post(`/contacts/${id}/unarchive`);
  expect([back.status, back.body]).toMatchObject([
    409,
    { error: { message: expect.stringContaining('permanent deletion') } },
  ]);
  changeSettings(app.sandbox.world, { webhooks_enabled: true });
});

test.each([true, false])(
  'a deletion is done although its answer was lost (notifications: %s)',
  async (webhooks_enabled) => {
    const id = await made();
    changeSettings(app.sandbox.world, { webhooks_enabled });
    await loseAnswer('DELETE', '^/contacts/');
    const answer = await caller.delete(`/contacts/${id}`);
    changeSettings(app.sandbox.world, { webhooks_enabled: true });
    expect([answer.status, answer.body]).toMatchObject([200, { id, outcome: 'deleted' }]);
  },
);

test('a refusal that the caller has as the answer is nothing for a teammate to fix', async () => {
  const change = () =>
    caller.send('PATCH', `/contacts/${nobody}`, {
      body: JSON.stringify({ name: 'X' }),
      headers: { 'Idempotency-Key': 'refused-and-answered' },
    });
  expect([(await change()).status, (await change()).status]).toEqual([404, 404]);
  const rows = await app.query<{ state: string }>(
    `select state from runs where deduplication_key = 'contact-key:refused-and-answered'`,
  );
  expect(rows).toEqual([{ state: 'dismissed' }]);
});

test('who is not there is 404 for all of them', async () => {
  const path = `/contacts/${nobody}`;
  const answers = [
    await caller.post(`${path}/convert`),
    await caller.post(`${path}/tags`, { add: ['VIP'] }),
    await caller.post(`${path}/notes`, { body: 'Hello' }),
    await caller.post(`${path}/companies`, { id: 'acme', create: true }),
    await caller.post(`${path}/events`, { event_name: 'x' }),
    await caller.post(`${path}/archive`),
    await caller.delete(path),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
});

test('what is done to a contact waits for what was asked of it before', async () => {
  const id = await made({ name: 'First' });
  const names = ['Second', 'Third', 'Fourth'];
  const answers = [];
  for (const name of names) answers.push(caller.patch(`/contacts/${id}`, { name }));
  await Promise.all(answers);
  const runs = await app.query<{ work: { action: { fields: { name: string } } }; finished_at: Date }>(
    `select work, finished_at from runs
     where contact_id = $1 and work->'action'->>'do' = 'update' order by finished_at`,
    [id],
  );
  expect(inIntercom(id).name).toBe(runs.at(-1)?.work.action.fields.name);
  expect(runs).toHaveLength(3);
});
