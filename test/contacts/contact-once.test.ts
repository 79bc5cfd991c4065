// A contact is made once: answers that get lost, an Intercom that is down, requests at the same moment, requests again.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { changeSettings } from '../../sandbox/settings.ts';
import { type Answer, type Caller, callerWith } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { retryAtOnce } from '../support/retry.ts';

const searchLagMs = 5 * 60_000;

let app: TestApp;
let caller: Caller;
let stopRetrying = async () => {};
/** How far the app's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  const now = () => new Date(Date.now() + aheadMs);
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { now, searchLagMs, everyMs: { forgetCreatedContacts: 500 } },
  });
  caller = callerWith(app.url, await app.apiToken());
  stopRetrying = retryAtOnce(app);
});
afterAll(async () => {
  await stopRetrying();
  await app?.close();
});
beforeEach(() => lag(0));

const lag = (milliseconds: number) => {
  changeSettings(app.sandbox.world, { search_lag_ms: milliseconds });
};
const fault = (more: object) =>
  app.misbehave('/faults', { on: 'api', match: { method: 'POST', pattern: '^/contacts$' }, ...more });
const newEmail = () => `${randomUUID()}@example.com`;
const contactsOf = (email: string) => app.sandbox.world.contacts.all().filter((one) => one.email === email);
const runIn = (answer: Answer) => z.looseObject({ run_id: z.string() }).parse(answer.body).run_id;
/** Until the newest run waits for Intercom's search, which uses up no attempt. */
async function searched(): Promise<void> {
  const latest = async () => (await caller.get('/runs?kind=contact&limit=1')).body;
  await expect
    .poll(latest)
    .toMatchObject({ data: [{ attempts: 0, error: expect.stringContaining('may have created it') }] });
}
/** What came of it, once it is done. */
async function endOf(answer: Answer) {
  const read = async () => (await caller.get(`/runs/${runIn(answer)}`)).body;
  await expect.poll(read).toMatchObject({ state: 'done' });
  return z.looseObject({ exchange: z.looseObject({ answer: z.unknown() }) }).parse(await read()).exchange
    .answer;
}

describe('an answer that gets lost after the work was done', () => {
  test('makes no second user: the conflict tells of the first, which no search shows yet', async () => {
    const email = newEmail();
    lag(60_000);
    await fault({ kind: 'cut', after: true });
    const answer = await caller.post('/contacts', { role: 'user', email, name: 'Dana', tags: ['Late'] });
    expect(await endOf(answer)).toMatchObject({ outcome: 'created', why: 'Created by an earlier attempt' });
    expect(contactsOf(email)).toMatchObject([{ name: 'Dana', tag_ids: [expect.any(String)] }]);
  });

  test('makes no second lead: the search is asked first', async () => {
    const email = newEmail();
    await fault({ kind: 'cut', after: true });
    const sent = {
      role: 'lead',
      email,
      name: 'Dana',
      phone: '+353 1 555 0100',
      custom_attributes: { plan: 'pro' },
    };
    const asking = caller.post('/contacts', sent);
    // In a form of Intercom's own.
    await expect.poll(() => contactsOf(email)).toHaveLength(1);
    for (const one of contactsOf(email)) app.sandbox.world.contacts.put({ ...one, phone: '+35315550100' });
    const answer = await asking;
    expect(await endOf(answer)).toMatchObject({ outcome: 'created', why: 'Created by an earlier attempt' });
    expect(contactsOf(email)).toHaveLength(1);
  });

  test('makes no second lead without an email: it is found by its name', async () => {
    const name = `Nobody ${randomUUID()}`;
    await fault({ kind: 'cut', after: true });
    const answer = await caller.post('/contacts', { role: 'lead', name });
    expect(await endOf(answer)).toMatchObject({ outcome: 'created' });
    expect(app.sandbox.world.contacts.all().filter((one) => one.name === name)).toHaveLength(1);
  });

  test('makes no second contact either where a company or a tag came to nothing afterwards', async () => {
    const email = newEmail();
    await app.misbehave('/faults', {
      ...{ on: 'api', kind: 'status', status: 500 },
      match: { method: 'POST', path: '/tags' },
    });
    const answer = await caller.post('/contacts', { role: 'lead', email, tags: ['VIP'] });
    expect(await endOf(answer)).toMatchObject({ outcome: 'created' });
    expect(contactsOf(email)).toMatchObject([{ tag_ids: [expect.any(String)] }]);
  });
});

test('an Intercom that says that it fails has made nothing: the lead is made as soon as it works again', async () => {
  const email = newEmail();
  lag(60_000);
  await fault({ kind: 'status', status: 503 });
  const answer = await caller.post('/contacts', { role: 'lead', email });
  expect([answer.status, answer.body]).toMatchObject([201, { outcome: 'created', why: 'A new lead' }]);
  expect(contactsOf(email)).toHaveLength(1);
});

test('an identity that the database failed to release is free soon, and no search is waited for', async () => {
  const email = newEmail();
  lag(60_000);
  await app.query(`create function refuse_release() returns trigger language plpgsql as
    $$ begin raise exception 'no release today' using errcode = '57P01'; end $$`);
  await app.query(
    'create trigger refuse_release before delete on contact_reservations for each row execute function refuse_release()',
  );
  await fault({ kind: 'status', status: 422, code: 'unprocessable_entity' });
  expect((await caller.post('/contacts', { role: 'lead', email })).status).toBe(422);
  await expect.poll(() => app.logged.some((line) => line.includes('was not released'))).toBe(true);
  await app.query('drop function refuse_release() cascade');
  const answer = await caller.post('/contacts', { role: 'lead', email });
  expect(await endOf(answer)).toMatchObject({ outcome: 'created' });
  expect(contactsOf(email)).toHaveLength(1);
});

test('while Intercom is down the run says so, and does it when Intercom is back', async () => {
  await stopRetrying();
  const email = newEmail();
  await fault({ kind: 'status', status: 500, times: 'always' });
  const answer = await caller.post('/contacts', { role: 'user', email });
  expect([answer.status, answer.body]).toMatchObject([202, { waits: expect.stringContaining('500') }]);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await caller.post(`/runs/${runIn(answer)}/retry`);
  expect(await endOf(answer)).toMatchObject({ outcome: 'created' });
  stopRetrying = retryAtOnce(app);
});

test('two requests at the same moment make one contact, and one of them is told', async () => {
  for (const role of ['lead', 'user']) {
    const email = newEmail();
    lag(60_000);
    const answers = await Promise.all([1, 2, 3].map(() => caller.post('/contacts', { role, email })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    expect(contactsOf(email)).toHaveLength(1);
  }
});

test('who was made a moment ago is known before any search knows it', async () => {
  const email = newEmail();
  lag(60_000);
  const first = await caller.post('/contacts', { role: 'lead', email });
  const again = await caller.post('/contacts', { role: 'lead', email, name: 'Dana', on_duplicate: 'fill' });
  expect([first.status, again.status, again.body]).toMatchObject([201, 200, { outcome: 'updated' }]);
  expect(contactsOf(email)).toMatchObject([{ name: 'Dana' }]);
});

test('who was made is remembered for a day', async () => {
  const made = `insert into created_contacts (workspace_id, key, contact_id, created_at)
    values ('sandbox', $1, 'c', now() - $2::interval)`;
  await app.query(made, ['email:yesterday', '25 hours']);
  await app.query(made, ['email:today', '23 hours']);
  const keys = () => app.query("select key from created_contacts where contact_id = 'c'");
  await expect.poll(keys).toEqual([{ key: 'email:today' }]);
});

describe('an idempotency key', () => {
  const post = (key: string, body: object, path = '/contacts') =>
    caller.send('POST', path, { body: JSON.stringify(body), headers: { 'Idempotency-Key': key } });

  test('makes one piece of work of one request, however often and at once it comes', async () => {
    const [email, key] = [newEmail(), randomUUID()];
    const body = { role: 'lead', email, name: 'Dana' };
    const answers = await Promise.all([1, 2, 3].map(() => post(key, body)));
    const later = await post(key, body);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    for (const answer of answers) expect(answer.body).toEqual(later.body);
    expect(contactsOf(email)).toHaveLength(1);
  });

  test('replays a refusal too', async () => {
    const [email, key] = [newEmail(), randomUUID()];
    await caller.post('/contacts', { role: 'user', email });
    const refused = await post(key, { role: 'user', email });
    expect(refused.status).toBe(409);
    expect((await post(key, { role: 'user', email })).body).toEqual(refused.body);
  });

  test('is refused for another request, body or route', async () => {
    const key = randomUUID();
    const made = await post(key, { role: 'lead', name: 'Dana' });
    const { id } = z.looseObject({ id: z.string() }).parse(made.body);
    for (const other of [
      await post(key, { role: 'lead', name: 'Sam' }),
      await post(key, { role: 'lead', name: 'Dana' }, `/contacts/${id}/tags`).then(() =>
        post(key, {}, `/contacts/${id}/archive`),
      ),
    ]) {
      expect([other.status, other.body]).toMatchObject([
        409,
        { error: { message: expect.stringContaining('Idempotency-Key') } },
      ]);
    }
    expect(app.sandbox.world.contacts.get(id)).toMatchObject({ archived: false });
  });

  test('is one of at most 255 printable characters', async () => {
    expect((await post('é', { role: 'lead' })).status).toBe(422);
    expect((await post('x'.repeat(256), { role: 'lead' })).status).toBe(422);
    expect((await post('x'.repeat(255), { role: 'lead' })).status).toBe(201);
  });

  test('without one, each request is its own', async () => {
    const name = randomUUID();
    await caller.post('/contacts', { role: 'lead', name });
    await caller.post('/contacts', { role: 'lead', name });
    expect(app.sandbox.world.contacts.all().filter((one) => one.name === name)).toHaveLength(2);
  });
});

// Last, since the app's clock stays ahead of Intercom's.
describe('an answer that gets lost while the search lags', () => {
  test('makes no second lead where the search lags: it is waited until the search must show it', async () => {
    const email = newEmail();
    lag(searchLagMs);
    await fault({ kind: 'cut', after: true });
    const asking = caller.post('/contacts', { role: 'lead', email });
    await searched();
    lag(0);
    aheadMs += searchLagMs + 10_000;
    const answer = await asking;
    expect(await endOf(answer)).toMatchObject({ outcome: 'created', why: 'Created by an earlier attempt' });
    expect(contactsOf(email)).toHaveLength(1);
  });

  test('a lead that was asked for and not made is made once it would have shown', async () => {
    const email = newEmail();
    await fault({ kind: 'cut', after: false });
    const asking = caller.post('/contacts', { role: 'lead', email });
    await searched();
    aheadMs += searchLagMs + 10_000;
    const answer = await asking;
    expect(await endOf(answer)).toMatchObject({ outcome: 'created', why: 'A new lead' });
    expect(contactsOf(email)).toHaveLength(1);
  });
});
