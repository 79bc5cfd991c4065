// The main journeys on Intercom's worst day: a search that lags, slow answers, every tenth call refused for its number,
// and notifications that come twice, late and out of order. Forty times as fast as it really is.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { install } from '../../sandbox/browser.ts';
import { connectReferralFactory } from '../../sandbox/referral-factory/connect.ts';
import { type Answer, type Caller, callerWith, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { settled } from '../support/changes.ts';
import { openCard } from '../support/teammate.ts';

const timeScale = 40;
const searchLagMs = (5 * 60_000) / timeScale;

/** The sandbox is slow here: a longer silence than elsewhere. */
const quiet = { checks: 6, interval: 100 };

let app: TestApp;
let caller: Caller;
let campaign: string;

beforeAll(async () => {
  app = await startTestApp({
    ...{ story: false, installed: false },
    settings: { mood: 'harshest', time_scale: timeScale },
    overrides: {
      searchLagMs,
      everyMs: { scheduleReconciles: 500, planWaitingEnrollments: 500, resumePages: 500 },
      importProbeMs: 100,
    },
  });
});
afterAll(() => app?.close());

/** As a caller does that is told to come again. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let times = 0; times < 20 && (answer.status === 429 || answer.status === 503); times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    answer = await ask();
  }
  return answer;
}

/** Another client of the workspace, with the same luck. */
async function intercom(method: string, path: string, body: object): Promise<unknown> {
  for (;;) {
    const answer = await fetch(app.sandbox.url + path, {
      method,
      headers: {
        Authorization: 'Bearer sandbox-access-token',
        'Content-Type': 'application/json',
        Accept: 'application/json',
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    if (answer.status !== 429) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  }
}

const contactsOf = (email: string) =>
  app.sandbox.world.contacts
    .all()
    .filter((contact) => contact.email === email && contact.merged_into === null);
const contact = (id: string) => app.sandbox.world.contacts.get(id);
const attributesOf = (id: string) => contact(id)?.custom_attributes ?? {};

async function join(email: string): Promise<{ referralId: string; contactId: string }> {
  const person = { email, name: 'Noor Haddad' };
  const referralId = idOf(
    await patiently(() => caller.post('/referrals', { campaign_id: campaign, person })),
  );
  await expect.poll(async () => (await linkedContact(referralId)) !== null).toBe(true);
  const contactId = (await linkedContact(referralId)) ?? '';
  await expect.poll(() => attributesOf(contactId).referral_status).toBe('Pending');
  return { referralId, contactId };
}

const referral = z.looseObject({ contact_id: z.string().nullable(), status: z.string() });
const readReferral = async (id: string) => referral.parse((await caller.get(`/referrals/${id}`)).body);
const linkedContact = async (id: string) => (await readReferral(id)).contact_id;
const runsOf = (kind: string, referralId: string) =>
  app.query<{ state: string; error: string | null }>(
    'select state, error from runs where kind = $1 and referral_id = $2',
    [kind, referralId],
  );

test('the app is installed by OAuth, with all its scopes', async () => {
  await install(app.url);
  const [installed] = await app.query("select status from installations where workspace_id = 'sandbox'");
  expect(installed).toMatchObject({ status: 'active' });
  caller = callerWith(app.url, await app.apiToken());
  campaign = idOf(
    await caller.post('/campaigns', { name: 'Spring', destination_url: 'https://example.com' }),
  );
  const mapping = [
    { type: 'field', from: 'person.email', to: 'email' },
    { type: 'field', from: 'person.name', to: 'name' },
  ];
  const settings = { enrollment: { leads: { action: 'create-lead', mapping } } };
  expect((await patiently(() => caller.patch(`/campaigns/${campaign}`, { settings }))).status).toBe(200);
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'team' };
  // biome-ignore lint/suspicious/noThenProperty: a rule's own word
  const rule = { name: 'Paid', campaign_id: campaign, definition: { when, then: 'qualify' } };
  expect((await patiently(() => caller.post('/rules', rule))).status).toBe(201);
});

test('who joins by the API becomes one lead, also when asked for at once by two ways', async () => {
  const { contactId } = await join('noor@journey.example');
  const [made] = await Promise.all([
    caller.post('/contacts', { role: 'lead', email: 'noor@journey.example', on_duplicate: 'nothing' }),
    caller.post('/contacts', { role: 'lead', email: 'noor@journey.example', on_duplicate: 'nothing' }),
  ]);
  expect([200, 202]).toContain(made.status);
  await expect
    .poll(() => app.query("select 1 from runs where kind = 'contact' and state = 'waiting'"))
    .toEqual([]);
  expect(contactsOf('noor@journey.example').map(({ id }) => id)).toEqual([contactId]);
});

test('a batch makes each contact once, and finds those that are there', async () => {
  const emails = Array.from({ length: 12 }, (_, at) => `batch${at % 10}@journey.example`);
  const file = ['email,role', ...emails.map((email) => `${email},lead`), 'noor@journey.example,lead'].join(
    '\n',
  );
  const sent = await caller.send('POST', '/imports?on_duplicate=fill', {
    body: file,
    headers: { 'content-type': 'text/csv' },
  });
  const read = async () => (await caller.get(`/imports/${idOf(sent)}`)).body;
  await expect.poll(read).toMatchObject({ state: 'done', rows: 13, counts: { created: 10 } });
  expect(
    z.looseObject({ counts: z.record(z.string(), z.number()) }).parse(await read()).counts.failed ?? 0,
  ).toBe(0);
  for (const email of new Set([...emails, 'noor@journey.example']))
    expect(contactsOf(email), email).toHaveLength(1);
});

test('an attribute qualifies a referral exactly once, and Intercom is told', async () => {
  const { referralId, contactId } = await join('plan@journey.example');
  await intercom('PUT', `/contacts/${contactId}`, { custom_attributes: { plan: 'free' } });
  await intercom('PUT', `/contacts/${contactId}`, { custom_attributes: { plan: 'team' } });
  await expect.poll(async () => (await readReferral(referralId)).status).toBe('qualified');
  await expect.poll(() => attributesOf(contactId).referral_status).toBe('Qualified');
  await settled(app, quiet);
  const history = await app.query(
    `select 1 from referral_history where referral_id = $1 and what = 'status' and "to" = 'qualified'`,
    [referralId],
  );
  expect(history).toHaveLength(1);
  const events = app.sandbox.world.dataEvents.all().filter((event) => event.contact_id === contactId);
  expect(events.map((event) => event.event_name)).toEqual(['referral-qualified']);
  for (const kind of ['write-back', 'event', 'tag'])
    for (const run of await runsOf(kind, referralId)) expect(run).toMatchObject({ state: 'done' });
});

/** As a teammate does who is told that Intercom is busy. */
async function convertOnCard(id: string): Promise<void> {
  for (let times = 0; times < 20 && contact(id)?.role === 'lead'; times += 1) {
    const preview = await (await openCard(app, { id })).press('Convert to user');
    if (preview.labels.includes('Confirm')) await preview.press('Confirm', { external_id: 'acct_journey' });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test('a referred lead is converted on the card', async () => {
  const { contactId } = await join('lead@journey.example');
  expect((await openCard(app, { id: contactId })).text).toContain('Pending');
  await convertOnCard(contactId);
  expect(contact(contactId)?.role).toBe('user');
  await expect
    .poll(() => app.query("select 1 from conversions where contact_id = $1 and state = 'done'", [contactId]))
    .toHaveLength(1);
  expect((await openCard(app, { id: contactId })).text).toContain('Pending');
  expect(contactsOf('lead@journey.example')).toHaveLength(1);
});

test('a merge in Intercom takes the referral along', async () => {
  const { referralId, contactId } = await join('merged@journey.example');
  const user = z
    .looseObject({ id: z.string() })
    .parse(await intercom('POST', '/contacts', { role: 'user', email: 'merged@journey.example' }));
  await intercom('POST', '/contacts/merge', { from: contactId, into: user.id });
  await expect.poll(() => linkedContact(referralId)).toBe(user.id);
  await expect.poll(() => attributesOf(user.id).referral_status).toBe('Pending');
});

test('a sync check finds nothing that differs', async () => {
  await settled(app, quiet);
  // The search shows by then what was written.
  await new Promise((resolve) => setTimeout(resolve, 120_000 / timeScale));
  const id = idOf(await caller.post('/sync-checks', { campaign_id: campaign }));
  const read = async () => (await caller.get(`/sync-checks/${id}`)).body;
  await expect.poll(async () => z.looseObject({ state: z.string() }).parse(await read()).state).toBe('done');
  const rows = (await caller.get(`/sync-checks/${id}/rows?limit=100`)).body;
  expect(rows).toMatchObject({ data: [] });
});

test('a referral platform is copied and compared meanwhile', async () => {
  await connectReferralFactory({
    databaseUrl: app.databaseUrl,
    appSecrets: [app.environment.APP_SECRET ?? ''],
    sandboxUrl: app.sandbox.url,
    world: app.sandbox.world,
    publicUrl: app.url,
  });
  const compare = await caller.post('/connections/compare', { platform: 'referral-factory', repair: true });
  expect(compare.status, JSON.stringify(compare.body)).toBe(200);
  await expect.poll(() => app.query("select 1 from referrals where source = 'platform'")).not.toEqual([]);
  await settled(app, quiet);
  expect(await app.query('select * from outages where since is not null')).toEqual([]);
  expect(await app.query("select kind, error from runs where state = 'failed'")).toEqual([]);
});
