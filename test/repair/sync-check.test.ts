// What differs between both sides is found and fixed; what was missed while Intercom was away is made up for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { install } from '../../sandbox/browser.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import type { Contact } from '../../sandbox/world.ts';
import { type Caller, callerWith, campaignFor, idOf } from '../support/api.ts';
import { promptSearch, sign, startTestApp, type TestApp } from '../support/app.ts';
import { settled } from '../support/changes.ts';
import { startAppProcess } from '../support/process/app-child.ts';

let app: TestApp;
let caller: Caller;
let campaign: string;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    overrides: { searchLagMs: 500, everyMs: { forgetOld: 500 } },
  });
  caller = callerWith(app.url, await app.apiToken());
  campaign = await campaignFor(caller);
  const mapping = [{ type: 'field', from: 'person.email', to: 'email' }];
  await caller.patch(`/campaigns/${campaign}`, {
    settings: { enrollment: { leads: { action: 'create-lead', mapping } } },
  });
});
afterAll(() => app?.close());

const world = () => app.sandbox.world;
const inSandbox = (id: string): Contact => {
  const found = world().contacts.get(id);
  if (!found) throw new Error(`no contact ${id}`);
  return found;
};
const seconds = () => Math.floor(Date.now() / 1000);
/** Behind our back: no notification tells of it. */
const alter = (id: string, over: Partial<Contact>) =>
  world().contacts.put({ ...inSandbox(id), ...over, updated_at: seconds() + 5 });

/** A referred person with a contact that the enrollment made. */
async function linked(email: string): Promise<{ contactId: string; referralId: string }> {
  const referralId = idOf(await caller.post('/referrals', { campaign_id: campaign, person: { email } }));
  await settled(app);
  const { body } = await caller.get(`/referrals/${referralId}`);
  const { contact_id: contactId } = z.looseObject({ contact_id: z.string() }).parse(body);
  expect(inSandbox(contactId).custom_attributes.referral_status).toBe('Pending');
  return { contactId, referralId };
}

const syncCheck = z.looseObject({
  state: z.string(),
  seen: z.number(),
  counts: z.record(z.string(), z.number()),
});
const row = z.looseObject({
  id: z.number(),
  kind: z.string(),
  email: z.string().nullable(),
  contact_id: z.string().nullable(),
  differences: z.array(z.looseObject({ field: z.string() })),
  repair: z.string(),
  state: z.string(),
});
const rows = z.looseObject({ data: z.array(row) });

async function compared(body: object = { campaign_id: campaign }): Promise<string> {
  const id = idOf(await caller.post('/sync-checks', body));
  await finished(id);
  return id;
}
const read = async (id: string) => syncCheck.parse((await caller.get(`/sync-checks/${id}`)).body);
const finished = (id: string) => expect.poll(async () => (await read(id)).state).toBe('done');
const rowsOf = async (id: string, query = '') =>
  rows.parse((await caller.get(`/sync-checks/${id}/rows?limit=100${query}`)).body).data;

async function intercom(method: string, path: string, body: object = {}) {
  const answer = await fetch(app.sandbox.url + path, {
    method,
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return z.looseObject({ id: z.string() }).parse(await answer.json());
}

const tagsOf = (id: string) => inSandbox(id).tag_ids.map((tag) => world().tags.get(tag)?.name);

test('archived and merged contacts are not missing, and old values of the search are not a difference', async () => {
  const [archived, merged, written] = [
    await linked('archived@sync.example'),
    await linked('merged@sync.example'),
    await linked('written@sync.example'),
  ];
  const survivor = await intercom('POST', '/contacts', { role: 'user', email: 'merged@sync.example' });
  await intercom('POST', `/contacts/${archived.contactId}/archive`);
  await settled(app);
  changeSettings(world(), { webhooks_enabled: false });
  const merge = { from: merged.contactId, into: survivor.id, skip_duplicate_validation: true };
  await intercom('POST', '/contacts/merge', merge);
  alter(written.contactId, { custom_attributes: { referral_status: 'Qualified' } });
  changeSettings(world(), { search_lag_ms: 600_000, webhooks_enabled: true });
  await intercom('PUT', `/contacts/${written.contactId}`, {
    custom_attributes: {
      referral_status: 'Pending',
      referral_campaign: inSandbox(survivor.id).custom_attributes.referral_campaign,
    },
  });
  await settled(app);

  const id = await compared();
  const found = await rowsOf(id);
  expect(found.map(({ email, kind, repair, differences }) => ({ email, kind, repair, differences }))).toEqual(
    [
      {
        email: 'archived@sync.example',
        kind: 'missing',
        repair: 'none',
        differences: [{ field: 'contact', program: archived.contactId, intercom: 'archived' }],
      },
    ],
  );
  expect((await caller.get(`/referrals/${merged.referralId}`)).body).toMatchObject({
    contact_id: survivor.id,
  });
  const count = world().contacts.all().length;
  await caller.post(`/sync-checks/${id}/repair`, { all: true });
  await finished(id);
  await settled(app);
  expect(world().contacts.all()).toHaveLength(count);
  changeSettings(world(), { search_lag_ms: 0 });
  await intercom('POST', `/contacts/${archived.contactId}/unarchive`);
  await settled(app);
});

test('each kind is found, is left alone until someone wants it repaired, and is then fixed', async () => {
  const [altered, gone, renamed] = [
    await linked('altered@sync.example'),
    await linked('gone@sync.example'),
    await linked('renamed@sync.example'),
  ];
  await app.query("update people set created_at = now() - interval '1 hour'");
  alter(altered.contactId, {
    tag_ids: [],
    custom_attributes: { ...inSandbox(altered.contactId).custom_attributes, referral_status: 'Qualified' },
  });
  world().contacts.remove(gone.contactId);
  alter(renamed.contactId, { email: 'other@sync.example' });
  const stranger = { ...inSandbox(altered.contactId), id: world().newHexId(), external_id: null };
  const orphan = world().contacts.put({
    ...stranger,
    email: 'orphan@sync.example',
    custom_attributes: { ...inSandbox(renamed.contactId).custom_attributes, plan: 'pro' },
    tag_ids: inSandbox(renamed.contactId).tag_ids,
  });
  const loose = await linked('loose@sync.example');
  await app.query("update people set contact_id = null where email = 'loose@sync.example'");

  const merged = await linked('merged.lead@sync.example');
  await app.query(
    "insert into people (id, workspace_id, email, contact_id, created_at) values (gen_random_uuid(), 'sandbox', 'into@sync.example', $1, now())",
    [merged.contactId],
  );
  alter(merged.contactId, { email: 'into@sync.example' });

  const id = await compared();
  const found = await rowsOf(id);
  const of = (kind: string, email: string | null) =>
    found.find((one) => one.kind === kind && one.email === email);
  expect(of('different', 'altered@sync.example')).toMatchObject({
    contact_id: altered.contactId,
    repair: 'write',
    differences: expect.arrayContaining([
      { field: 'custom_attributes.referral_status', program: 'Pending', intercom: 'Qualified' },
      { field: 'tag', program: 'Referred', intercom: null },
    ]),
  });
  expect(of('missing', 'gone@sync.example')).toMatchObject({ contact_id: gone.contactId, repair: 'enroll' });
  expect(of('different', 'renamed@sync.example')).toMatchObject({
    repair: 'none',
    differences: [{ field: 'email', program: 'renamed@sync.example', intercom: 'other@sync.example' }],
  });
  expect(of('unlinked', 'loose@sync.example')).toMatchObject({
    contact_id: loose.contactId,
    repair: 'link',
  });
  expect(of('orphaned', null)).toMatchObject({ contact_id: orphan.id, repair: 'clear' });
  expect((await read(id)).counts).toEqual({ different: 2, missing: 1, orphaned: 1, unlinked: 1 });
  expect((await rowsOf(id, '&kind=orphaned')).map((one) => one.contact_id)).toEqual([orphan.id]);
  expect(inSandbox(altered.contactId).custom_attributes.referral_status).toBe('Qualified');

  const only = of('orphaned', null)?.id;
  const chosen = await caller.post(`/sync-checks/${id}/repair`, {
    row_ids: [only, of('different', 'renamed@sync.example')?.id],
  });
  expect(chosen.body).toEqual({ chosen: 1 });
  // An attribute that was emptied stays as one without a value.
  const values = () =>
    Object.entries(inSandbox(orphan.id).custom_attributes).filter(([, value]) => value !== null);
  await expect.poll(values).toEqual([['plan', 'pro']]);
  await expect.poll(() => tagsOf(orphan.id)).toEqual([]);
  expect(inSandbox(altered.contactId).custom_attributes.referral_status).toBe('Qualified');

  await finished(id);
  expect((await caller.post(`/sync-checks/${id}/repair`, { all: true })).body).toEqual({ chosen: 3 });
  await finished(id);
  await settled(app);
  expect(inSandbox(altered.contactId).custom_attributes.referral_status).toBe('Pending');
  expect(tagsOf(altered.contactId)).toContain('Referred');
  const [again] = world()
    .contacts.all()
    .filter((one) => one.email === 'gone@sync.example');
  expect(again).toMatchObject({ role: 'lead', custom_attributes: { referral_status: 'Pending' } });
  expect(inSandbox(loose.contactId).custom_attributes).toMatchObject({ referral_status: 'Pending' });
  expect((await caller.post(`/sync-checks/${id}/repair`, { all: true })).body).toEqual({ chosen: 0 });

  await finished(id);
  const after = await compared();
  expect((await rowsOf(after)).map((one) => one.email)).toEqual(['renamed@sync.example']);
});

test('a contact that belongs to a person by the time of the repair keeps what was written to it', async () => {
  const { contactId } = await linked('owner@sync.example');
  await app.query(
    "update people set contact_id = null, email = 'later@sync.example' where email = 'owner@sync.example'",
  );
  const id = await compared();
  const orphaned = (await rowsOf(id, '&kind=orphaned')).find((one) => one.contact_id === contactId);
  await app.query("update people set contact_id = $1 where email = 'later@sync.example'", [contactId]);
  await caller.post(`/sync-checks/${id}/repair`, { row_ids: [orphaned?.id] });
  await finished(id);
  await settled(app);
  expect(tagsOf(contactId)).toContain('Referred');
  expect(inSandbox(contactId).custom_attributes.referral_status).toBe('Pending');
});

test('a sync check is forgotten with its rows after ninety days, and no sooner', async () => {
  const [old, recent] = [await compared(), await compared()];
  expect(await rowsOf(old)).not.toEqual([]);
  const age = (id: string, days: number) =>
    app.query("update sync_checks set started_at = now() - $2 * interval '1 day' where id = $1", [id, days]);
  await age(recent, 89);
  await age(old, 91);
  await expect.poll(async () => (await caller.get(`/sync-checks/${old}`)).status).toBe(404);
  expect(await app.query('select 1 from sync_check_rows where sync_check_id = $1', [old])).toEqual([]);
  expect((await read(recent)).state).toBe('done');
});

test('a sync check of the whole workspace belongs to that workspace alone', async () => {
  const id = await compared({});
  expect((await read(id)).seen).toBeGreaterThan(5);
  const other = callerWith(app.url, await app.apiToken('another'));
  expect((await other.get(`/sync-checks/${id}`)).status).toBe(404);
  expect((await other.get(`/sync-checks/${id}/rows`)).status).toBe(404);
  expect((await other.post(`/sync-checks/${id}/repair`, { all: true })).status).toBe(404);
  expect((await other.post('/sync-checks', { campaign_id: campaign })).status).toBe(422);
  expect(idOf(await other.post('/sync-checks', {}))).toBeDefined();
});

const recovery = z.looseObject({
  cause: z.string(),
  state: z.string(),
  missed: z.number(),
  sync_check_id: z.string().nullable(),
});
const recoveries = async () =>
  z.looseObject({ data: z.array(recovery) }).parse((await caller.get('/recoveries')).body).data;

/** A referral that the rule qualifies once `plan` is `pro`. */
async function withRule(email: string) {
  const definition = {
    when: { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' },
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    then: 'qualify',
  };
  const rule = { campaign_id: campaign, name: `Pro for ${email}`, definition, enabled: true };
  idOf(await caller.post('/rules', rule));
  const person = await linked(email);
  await settled(app);
  return person;
}
const statusOf = async (id: string) =>
  z.looseObject({ status: z.string() }).parse((await caller.get(`/referrals/${id}`)).body).status;

test('what changed while the app was uninstalled is handled once it is back, as its notification would have been', async () => {
  const missed = await withRule('missed@sync.example');
  const raw = JSON.stringify({ app_id: 'sandbox' });
  const uninstalled = await fetch(`${app.url}/intercom/uninstall`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Body-Signature': sign(raw) },
    body: raw,
  });
  expect(uninstalled.status).toBe(200);
  alter(missed.contactId, {
    custom_attributes: { ...inSandbox(missed.contactId).custom_attributes, plan: 'pro' },
  });
  expect(await statusOf(missed.referralId)).toBe('pending');

  await install(app.url);
  await expect.poll(() => statusOf(missed.referralId)).toBe('qualified');
  await expect.poll(async () => (await recoveries())[0]?.state).toBe('done');
  const [latest] = await recoveries();
  expect(latest?.cause).toMatch(/^The app had no access from /);
  expect(latest?.missed).toBeGreaterThanOrEqual(1);
  await finished(latest?.sync_check_id ?? '');
  expect(
    await app.query(
      "select 1 from deliveries where notification_id like 'missed:%' and contact_id = $1 and state = 'done'",
      [missed.contactId],
    ),
  ).toHaveLength(1);
});

test('the end of an outage begins a recovery in the very transaction, and nothing known is handled twice', async () => {
  const [known, told] = [await linked('known@sync.example'), await linked('told@sync.example')];
  // One that is still under way would take up what follows, and none would be begun.
  const states = async () => (await recoveries()).map((one) => one.state);
  await expect.poll(states).not.toContain('running');
  const before = (await recoveries()).length;
  await app.query(
    `insert into outages (workspace_id, service, failures, since, probe_at, error)
     values ('sandbox', 'intercom', 3, now() - interval '10 minutes', now() - interval '1 second', 'gone')
     on conflict (workspace_id, service) do update set since = excluded.since, probe_at = excluded.probe_at, failures = 3`,
  );
  await caller.post(`/referrals/${told.referralId}/disqualify`, { reason: 'to have something to tell' });
  await expect.poll(async () => (await recoveries()).length).toBe(before + 1);
  await expect.poll(async () => (await recoveries())[0]?.state).toBe('done');
  const [latest] = await recoveries();
  expect(latest?.cause).toMatch(/^Intercom could not be reached from /);
  await finished(latest?.sync_check_id ?? '');
  expect(
    await app.query("select 1 from deliveries where notification_id like 'missed:%' and contact_id = $1", [
      known.contactId,
    ]),
  ).toEqual([]);
});

/** Of Intercom, ten minutes long. */
async function endOutage() {
  await expect.poll(async () => (await recoveries()).map(({ state }) => state)).not.toContain('running');
  const { referralId } = await linked(`outage-${crypto.randomUUID()}@sync.example`);
  await app.query(
    `insert into outages (workspace_id, service, failures, since, probe_at, error)
     values ('sandbox', 'intercom', 3, now() - interval '10 minutes', now() - interval '1 second', 'gone')
     on conflict (workspace_id, service) do update set since = excluded.since, probe_at = excluded.probe_at, failures = 3`,
  );
  const before = (await recoveries()).length;
  await caller.post(`/referrals/${referralId}/disqualify`, { reason: 'to have something to tell' });
  await expect.poll(async () => (await recoveries()).length).toBe(before + 1);
}

test('a state that was missed in the very second of the known one is recovered', async () => {
  const missed = await withRule('second@sync.example');
  await app.query(
    `update contacts set updated_at = date_trunc('second', updated_at) + interval '700 milliseconds' where contact_id = $1`,
    [missed.contactId],
  );
  const [known] = await app.query<{ second: number }>(
    'select floor(extract(epoch from updated_at))::int as second from contacts where contact_id = $1',
    [missed.contactId],
  );
  const { custom_attributes } = inSandbox(missed.contactId);
  world().contacts.put({
    ...inSandbox(missed.contactId),
    custom_attributes: { ...custom_attributes, plan: 'pro' },
    updated_at: known?.second ?? 0,
  });
  await endOutage();
  await expect.poll(() => statusOf(missed.referralId)).toBe('qualified');
});

test('a change that the search does not show yet is recovered by a second look', async () => {
  const missed = await withRule('lagging@sync.example');
  await expect.poll(async () => (await recoveries()).map(({ state }) => state)).not.toContain('running');
  const settings = (search_lag_ms: number) =>
    fetch(`${app.sandbox.url}/sandbox/settings`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ search_lag_ms }),
    });
  await settings(60_000);
  alter(missed.contactId, {
    custom_attributes: { ...inSandbox(missed.contactId).custom_attributes, plan: 'pro' },
  });
  await endOutage();
  await expect.poll(async () => (await recoveries())[0]?.sync_check_id).not.toBeNull();
  expect(await statusOf(missed.referralId)).toBe('pending');
  await settings(0);
  await expect.poll(() => statusOf(missed.referralId)).toBe('qualified');
});

test('what changed while no app ran is handled by the next one that does', async () => {
  const missed = await withRule('unheard@sync.example');
  await app.stopApp();
  alter(missed.contactId, {
    custom_attributes: { ...inSandbox(missed.contactId).custom_attributes, plan: 'pro' },
  });
  await app.query("update heartbeats set at = now() - interval '1 hour'");
  const next = await startAppProcess(app.environment);
  try {
    await expect.poll(() => statusOf(missed.referralId)).toBe('qualified');
    const [latest] = await recoveries();
    expect(latest?.cause).toMatch(/^The app did not run from /);
    await finished(latest?.sync_check_id ?? '');
  } finally {
    await next.kill();
  }
});
