// Intercom's contacts become referrers of a campaign: counted first, confirmed, then done once, whatever happens meanwhile.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { Contact } from '../../sandbox/world.ts';
import { type Caller, callerWith, campaignFor, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';

let app: TestApp;
let caller: Caller;
beforeAll(async () => {
  app = await startTestApp();
  caller = callerWith(app.url, await app.apiToken());
});
afterAll(() => app?.close());

const counts = z.looseObject({ total: z.number(), to_do: z.number(), existing: z.number() });
const backfill = z.looseObject({
  state: z.string(),
  counted: counts.nullable(),
  progress: z.looseObject({ seen: z.number(), done: z.number(), existing: z.number(), skipped: z.number() }),
  trouble: z.string().nullable(),
});

const read = async (id: string) => backfill.parse((await caller.get(`/backfills/${id}`)).body);
const reaches = (id: string, state: string) => expect.poll(async () => (await read(id)).state).toBe(state);

async function count(campaign_id: string, more: object): Promise<string> {
  const id = idOf(await caller.post('/backfills', { from: 'intercom', campaign_id, ...more }));
  await reaches(id, 'counted');
  return id;
}

async function confirm(id: string, until = 'done'): Promise<z.infer<typeof backfill>> {
  expect((await caller.post(`/backfills/${id}/confirm`)).status).toBe(200);
  await reaches(id, until);
  return read(id);
}

const listed = (which: (contact: Contact) => boolean) =>
  app.sandbox.world.contacts.all().filter((one) => !one.archived && one.merged_into === null && which(one));

const referrersOf = (campaign: string) =>
  app.query<{ email: string | null; external_id: string | null; contact_id: string; id: string }>(
    `select p.email, p.external_id, p.contact_id, r.id from referrers r join people p on p.id = r.person_id
     where r.campaign_id = $1`,
    [campaign],
  );

/** Another contact of the sandbox, which no one was told of. */
function addContact(over: Partial<Contact> = {}): Contact {
  const { world } = app.sandbox;
  const model = world.contacts.get(seededContact('stranger@example.com').id);
  if (!model) throw new Error('The sandbox has no story.');
  const own = { id: world.newHexId(), external_id: randomUUID(), email: `${randomUUID()}@example.com` };
  const added = world.contacts.put({ ...model, ...own, custom_attributes: {}, company_ids: [], ...over });
  // Long ago, so that a search shows it.
  searchView(world).catchUp();
  return added;
}

test('users are counted, no one joins before it is confirmed, and then each is a referrer with their link in Intercom', async () => {
  const campaign = await campaignFor(caller);
  const users = listed((one) => one.role === 'user');
  const id = await count(campaign, { contacts: 'users' });
  expect((await read(id)).counted).toMatchObject({ total: users.length, to_do: users.length, existing: 0 });
  expect(await referrersOf(campaign)).toEqual([]);

  expect((await confirm(id)).progress).toMatchObject({ done: users.length, existing: 0, skipped: 0 });
  const referrers = await referrersOf(campaign);
  expect(referrers.map((one) => one.contact_id).sort()).toEqual(users.map((one) => one.id).sort());
  const stranger = seededContact('stranger@example.com').id;
  await expect
    .poll(() => app.sandbox.world.contacts.get(stranger)?.custom_attributes.referral_link)
    .toContain(`${app.url}/r/`);

  const again = await count(campaign, { contacts: 'users' });
  expect((await read(again)).counted).toMatchObject({ to_do: 0, existing: users.length });
});

test('a lead is known by its email, one without any by its contact alone, and never by the id that Intercom made up', async () => {
  const campaign = await campaignFor(caller);
  const leads = listed((one) => one.role === 'lead');
  const nameless = leads.filter((one) => !one.email).map((one) => one.id);
  expect(nameless.length).toBeGreaterThan(0);
  await confirm(await count(campaign, { contacts: 'leads' }));
  const referrers = await referrersOf(campaign);
  expect(referrers).toHaveLength(new Set(referrers.map((one) => one.id)).size);
  const contacts = referrers.map((one) => one.contact_id);
  expect(contacts).toEqual(expect.arrayContaining(nameless));
  const made = new Set(leads.map((one) => one.external_id));
  expect(referrers.filter((one) => one.external_id !== null && made.has(one.external_id))).toEqual([]);
});

test('a segment and a search take the contacts that Intercom finds by them', async () => {
  const [segment] = app.sandbox.world.segments.all().filter((one) => one.person_type === 'user');
  const users = listed((one) => one.role === 'user');
  const inSegment = await count(await campaignFor(caller), {
    contacts: 'segment',
    segment_id: segment?.id,
  });
  expect((await read(inSegment)).counted?.total).toBe(users.length);
  const campaign = await campaignFor(caller);
  const query = { field: 'email', operator: '=', value: 'top.referrer@example.com' };
  await confirm(await count(campaign, { contacts: 'search', query }));
  expect(await referrersOf(campaign)).toMatchObject([{ email: 'top.referrer@example.com' }]);
});

test.each([
  // It answers an operator that does not exist as if it were down.
  [
    { field: 'email', operator: 'SOUNDS LIKE', value: 'x' },
    /^Intercom does not accept this query\..* answered 500: /,
  ],
  [{ operator: 'AND', value: [] }, /^Intercom answered 400: /],
])('what Intercom refuses is said in its words, and can be begun again: %o', async (query, words) => {
  const campaign = await campaignFor(caller);
  const id = idOf(
    await caller.post('/backfills', { from: 'intercom', campaign_id: campaign, contacts: 'search', query }),
  );
  await reaches(id, 'failed');
  expect((await read(id)).trouble).toMatch(words);
  expect(await caller.post(`/backfills/${id}/confirm`)).toMatchObject({ status: 409 });
  expect(await caller.post(`/backfills/${id}/resume`)).toMatchObject({ status: 200 });
  await reaches(id, 'failed');
  expect((await caller.post(`/backfills/${id}/cancel`)).body).toMatchObject({ state: 'canceled' });
});

test('a search that Intercom fails once is not a refusal of it', async () => {
  const campaign = await campaignFor(caller);
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 500,
    match: { path: '/contacts/search' },
  });
  const query = { field: 'email', operator: '=', value: 'top.referrer@example.com' };
  const id = await count(campaign, { contacts: 'search', query });
  expect((await read(id)).counted?.total).toBe(1);
});

test('an Intercom that is slow to be had is waited for', async () => {
  const campaign = await campaignFor(caller);
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 429,
    retry_after: 1,
    match: { path: '/contacts/search' },
  });
  const id = await count(campaign, { contacts: 'users' });
  expect((await read(id)).counted?.total).toBe(listed((one) => one.role === 'user').length);
});

test('an ongoing one takes every new contact of its kind, once, until it is canceled', async () => {
  const campaign = await campaignFor(caller);
  const query = await count(campaign, { contacts: 'users', ongoing: true });
  await confirm(query, 'watching');
  const before = (await referrersOf(campaign)).length;
  const user = contactItem({ email: 'new.user@example.com', external_id: 'new-1' });
  const lead = contactItem({ email: 'new.lead@example.com', role: 'lead', external_id: randomUUID() });
  for (const item of [user, user, lead]) {
    await deliver(app.url, notification({ data: { type: 'notification_event_data', item } }));
  }
  await expect.poll(async () => (await referrersOf(campaign)).length).toBe(before + 1);
  expect(await referrersOf(campaign)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ email: 'new.user@example.com', external_id: 'new-1', contact_id: user.id }),
    ]),
  );
  await caller.post(`/backfills/${query}/cancel`);
  const later = contactItem({ email: 'later.user@example.com', external_id: 'new-2' });
  await deliver(app.url, notification({ data: { type: 'notification_event_data', item: later } }));
  await expect.poll(() => app.query("select 1 from deliveries where state = 'received'")).toEqual([]);
  expect(await referrersOf(campaign)).toHaveLength(before + 1);
});

test('a person who was erased, or was left behind by a merge, stays away', async () => {
  const campaign = await campaignFor(caller);
  const [erased, merged] = [addContact(), addContact()];
  for (const [id, column] of [
    [erased.id, 'deleted_at'],
    [merged.id, 'merged_into'],
  ]) {
    await app.query(
      `insert into contacts (workspace_id, contact_id, values, seen_at, ${column}) values ('sandbox', $1, '{}', now(), now())`,
      [id],
    );
  }
  const query = {
    operator: 'OR',
    value: [erased, merged, addContact()].map(({ email }) => ({
      field: 'email',
      operator: '=',
      value: email,
    })),
  };
  const done = await confirm(await count(campaign, { contacts: 'search', query }));
  expect(done.progress).toMatchObject({ seen: 3, done: 1, skipped: 2 });
});

test('a page that is in hand while it is paused and resumed is done once', async () => {
  const campaign = await campaignFor(caller);
  const id = await count(campaign, { contacts: 'users' });
  const { counted } = await read(id);
  const slow = { on: 'api', kind: 'slow', ms: 2_500, times: 2, match: { path: '/contacts/search' } };
  await app.misbehave('/faults', slow);
  await caller.post(`/backfills/${id}/confirm`);
  const faults = async () => (await fetch(`${app.sandbox.url}/sandbox/faults`)).json();
  // The first page has been asked for, and takes its time.
  await expect.poll(faults).toMatchObject({ data: [{ left: 1 }] });
  expect((await caller.post(`/backfills/${id}/pause`)).body).toMatchObject({ state: 'paused' });
  await caller.post(`/backfills/${id}/resume`);
  await reaches(id, 'done');
  const jobs = () =>
    app.query(
      "select 1 from pgboss.job where name = 'work-in-pages' and state in ('created', 'retry', 'active')",
    );
  await expect.poll(jobs).toEqual([]);
  expect((await read(id)).progress).toEqual({
    seen: counted?.total,
    done: counted?.to_do,
    existing: 0,
    skipped: counted?.skipped,
  });
});

test('it can be paused, resumed and canceled, and by no other workspace', async () => {
  const campaign = await campaignFor(caller);
  const id = await count(campaign, { contacts: 'all' });
  expect(await caller.post(`/backfills/${id}/pause`)).toMatchObject({ status: 409 });
  const other = callerWith(app.url, await app.apiToken('another'));
  expect((await other.get(`/backfills/${id}`)).status).toBe(404);
  expect((await other.post(`/backfills/${id}/confirm`)).status).toBe(404);
  expect((await other.post('/backfills', { from: 'intercom', campaign_id: campaign })).body).toMatchObject({
    error: { fields: { campaign_id: expect.any(String) } },
  });
  const [first, second] = await Promise.all([
    caller.post(`/backfills/${id}/confirm`),
    caller.post(`/backfills/${id}/confirm`),
  ]);
  expect([first.status, second.status]).toEqual([200, 200]);
  await reaches(id, 'done');
  // As does a press that comes late.
  for (const late of ['confirm', 'resume']) {
    expect(await caller.post(`/backfills/${id}/${late}`)).toMatchObject({
      status: 200,
      body: { state: 'done' },
    });
  }
  expect(await caller.post(`/backfills/${id}/cancel`)).toMatchObject({ status: 409 });
  expect((await read(id)).progress.done).toBe((await referrersOf(campaign)).length);
});
