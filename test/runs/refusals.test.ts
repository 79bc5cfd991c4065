// Each kind of Intercom's refusals, met by each way of work: its own failure, at once or after its attempts.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { changeSettings } from '../../sandbox/settings.ts';
import { repeat } from '../../src/jobs/repeat.ts';
import { resumeRuns } from '../../src/usecases/runs/outages.ts';
import { type Caller, callerWith, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { type Enrolling, email, enrollingIn } from '../support/enrolling.ts';
import { type Form, type Refusal, refusals, refusalWords } from '../support/refusals.ts';
import { retryAtOnce } from '../support/retry.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let caller: Caller;
let desk: Console;
let enrolling: Enrolling;
let campaign: string;
const hurries: (() => Promise<void>)[] = [];

beforeAll(async () => {
  app = await startTestApp({ story: false, overrides: { searchLagMs: 0, importProbeMs: 100 } });
  caller = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  enrolling = await enrollingIn(app);
  campaign = await enrolling.campaign({ action: 'create-lead', mapping: [email] });
  const hurry = async () => {
    await app.query(
      `with due_rows as (update import_rows set due_at = now() where due_at > now()),
         due_imports as (update imports set due_at = now() where state = 'running')
       update pgboss.job set start_after = now() where name = 'work-in-pages' and state = 'created'`,
    );
  };
  hurries.push(retryAtOnce(app), repeat(100, 'hurry', hurry, { warn() {} }));
});
afterAll(async () => {
  for (const stop of hurries) await stop();
  await app?.close();
});

const noFaults = () => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
afterEach(async () => {
  await noFaults();
  changeSettings(app.sandbox.world, { refused_by: null, missing_scopes: [] });
});

/** Refuses these calls until the end of the test, and says so in Intercom's words. */
const refuse = (form: Form, method: string, pattern: string) =>
  app.misbehave('/faults', {
    ...{ on: 'api', kind: 'status', times: 'always', message: refusalWords, ...form },
    match: { method, pattern },
  });

const run = z.object({
  state: z.string(),
  attempts: z.number(),
  paused_for: z.string().nullable(),
  error: z.string().nullable(),
});

/** The only run of this kind about the contact or person, once it is over. */
async function ended(kind: string, since: Date, state = 'failed') {
  const read = () =>
    app.query('select state, attempts, paused_for, error from runs where kind = $1 and created_at >= $2', [
      kind,
      since,
    ]);
  await expect.poll(async () => (await read()).map((row) => row.state)).toEqual([state]);
  return run.parse((await read())[0]);
}

test.each<Refusal>(Object.values(refusals))(
  '%s is the failure of one request, run, row or check',
  async (_name, form, kind, status, says) => {
    // A conflict is an answer that the run expects, so it is ignored.
    const attempts = form.status === 409 ? expect.any(Number) : kind === 'final' ? 1 : 5;
    const failure = {
      ...{ state: 'failed', attempts, paused_for: null },
      error: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
    };
    const address = (name: string) => `${name}.${randomUUID()}@example.com`;
    const referral = await enrolling.join(campaign, { email: address('friend') });
    const other = await enrolling.join(campaign, { email: address('other') });
    const enrolled = await enrolling.enrolled(campaign, referral);
    await enrolling.enrolled(campaign, other);
    await settled(app);
    const contactId = enrolled.contact_id ?? '';

    let since = new Date();
    await refuse(form, 'POST', '^/contacts$');
    const answer = await caller.post('/contacts', { role: 'lead', email: address('api') });
    // Five attempts may take longer than a caller waits.
    expect(kind === 'own' ? [status, 202] : [status]).toContain(answer.status);
    // A refusal that the caller has as the answer, and can act on, is nothing for a teammate to fix.
    const state = answer.status === 409 ? 'dismissed' : 'failed';
    expect(await ended('contact', since, state), 'API').toMatchObject({ ...failure, state });
    since = new Date();
    const refused = await enrolling.join(campaign, { email: address('enrolled') });
    expect(await ended('enroll', since), 'enrollment').toMatchObject(failure);
    await expect
      .poll(async () => (await caller.get(`/enrollments?campaign_id=${campaign}&limit=100`)).body)
      .toMatchObject({
        data: expect.arrayContaining([expect.objectContaining({ participant_id: refused, state: 'failed' })]),
      });
    await noFaults();

    since = new Date();
    await refuse(form, 'PUT', `^/contacts/${contactId}$`);
    for (const id of [referral, other]) await caller.post(`/referrals/${id}/qualify`, { reason: 'a test' });
    await expect
      .poll(async () => (await caller.get(`/runs?referral_id=${other}&kind=write-back`)).body)
      .toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ state: 'done' })]) });
    const writeBack = await app.query(
      "select state, attempts, paused_for, error from runs where kind = 'write-back' and contact_id = $1 and created_at >= $2",
      [contactId, since],
    );
    expect(writeBack, 'write-back').toHaveLength(1);
    await settled(app);
    expect(
      await app.query(
        "select state, attempts, paused_for, error from runs where kind = 'write-back' and contact_id = $1 and created_at >= $2",
        [contactId, since],
      ),
      'write-back',
    ).toMatchObject([failure]);
    await noFaults();

    await refuse(form, 'POST', '^/tags$');
    const file = `email,role,tags\n${address('tagged')},lead,vip\n${address('plain')},lead,\n`;
    const sent = await caller.send('POST', '/imports', {
      body: file,
      headers: { 'content-type': 'text/csv' },
    });
    const read = async () => (await caller.get(`/imports/${idOf(sent)}`)).body;
    await expect.poll(read).toMatchObject({ state: 'done', paused_for: null });
    expect((await caller.get(`/imports/${idOf(sent)}/rows`)).body, 'batch').toMatchObject({
      data: [
        { state: 'failed', error: failure.error },
        { state: 'done', outcome: 'created' },
      ],
    });
    await noFaults();

    await refuse(form, 'GET', '^/data_attributes$');
    const check = idOf(await caller.post('/sync-checks', { campaign_id: campaign }));
    await expect
      .poll(async () => (await caller.get(`/sync-checks/${check}`)).body)
      .toMatchObject({
        state: 'failed',
        trouble: failure.error,
      });
    await noFaults();

    const lead = (await intercom(app, 'POST', '/contacts', { role: 'lead', email: address('lead') })) as {
      id: string;
    };
    const card = await openCard(app, lead);
    await refuse(form, 'PUT', `^/contacts/${lead.id}$`);
    const preview = await card.press('Convert to user');
    const pressed = await preview.press('Confirm', { external_id: '' });
    expect(pressed.text, 'card').not.toMatch(/install/i);
    if (form.by === undefined || form.status === 403)
      expect(pressed.text, 'card').toContain('Intercom refused');
    await noFaults();

    expect(await app.query('select * from outages where since is not null')).toEqual([]);
    expect((await desk.get('/console')).html).not.toContain('Install again');
  },
);

test('work in pages that meets a call that Intercom never answers fails with its reason, and can begin again', async () => {
  const referral = await enrolling.join(campaign, { email: `${randomUUID()}@example.com` });
  await enrolling.enrolled(campaign, referral);
  await settled(app);
  await refuse({ status: 500, code: 'server_error' }, 'POST', '^/contacts/search$');
  const failed = { state: 'failed', trouble: expect.stringContaining(refusalWords) };
  const check = idOf(await caller.post('/sync-checks', { campaign_id: campaign }));
  const asked = { from: 'intercom', campaign_id: campaign, contacts: 'leads' };
  const backfill = idOf(await caller.post('/backfills', asked));
  await app.query(
    `insert into outages (workspace_id, service, failures, since, error)
     values ('sandbox', 'intercom', 3, now() - interval '10 minutes', 'gone')`,
  );
  await resumeRuns(app.ctx, 'sandbox', 'intercom');
  await expect.poll(async () => (await caller.get(`/sync-checks/${check}`)).body).toMatchObject(failed);
  await expect.poll(async () => (await caller.get(`/backfills/${backfill}`)).body).toMatchObject(failed);
  const recoveries = async () => (await caller.get('/recoveries')).body;
  await expect.poll(recoveries).toMatchObject({ data: [failed] });
  expect(await app.query('select * from outages where since is not null')).toEqual([]);
  const logged = app.logged.filter((line) => line.includes('work in pages was cut short'));
  expect(logged.length).toBeGreaterThanOrEqual(15);
  await noFaults();

  const page = await desk.get('/console/sync-checks');
  expect(page.text).toMatch(/Missed deliveries .*Failed .*Not today.* Restart/);
  const [recovery] = ((await recoveries()) as { data: { id: string }[] }).data;
  await caller.post(`/recoveries/${recovery?.id}/resume`);
  await expect.poll(recoveries).toMatchObject({ data: [{ state: 'done', trouble: null }] });
  await caller.post(`/backfills/${backfill}/resume`);
  await expect
    .poll(async () => (await caller.get(`/backfills/${backfill}`)).body)
    .toMatchObject({ state: 'counted', trouble: null });
});

test.each([404, 410])('a %s for a new contact is told as a refusal, with its words', async (status) => {
  await refuse({ status, code: 'not_found' }, 'POST', '^/contacts$');
  const email = `${randomUUID()}@example.com`;
  expect(await caller.post('/contacts', { role: 'lead', email })).toMatchObject({
    status: 422,
    body: { error: { message: expect.stringContaining(refusalWords) } },
  });
  await noFaults();
  await refuse({ status, code: 'not_found' }, 'POST', '^/contacts/search$');
  expect(await caller.get(`/contacts?email=${email}`)).toMatchObject({
    status: 422,
    body: { error: { message: expect.stringContaining(refusalWords) } },
  });
});

test('an IP allowlist is told in its own words, and all work waits for it without using anything up', async () => {
  const lead = (await intercom(app, 'POST', '/contacts', { role: 'lead' })) as { id: string };
  const card = await openCard(app, lead);
  changeSettings(app.sandbox.world, { refused_by: 'ip-allowlist' });
  const told = expect.stringContaining('Add the address to the IP allowlist');
  const since = new Date();
  for (const at of [1, 2, 3]) {
    const answer = await caller.post('/contacts', {
      role: 'lead',
      email: `${at}.${randomUUID()}@example.com`,
    });
    expect(answer).toMatchObject({ status: 202, body: { waits: told } });
  }
  expect((await caller.get('/contacts?email=a@example.com')).body).toMatchObject({
    error: { message: told },
  });
  expect((await card.press('Convert to user')).text).toContain('IP allowlist');
  const home = (await desk.get('/console')).text;
  expect(home).toMatch(/Work for Intercom is paused: Intercom refuses calls .* IP allowlist/);
  expect(home).not.toContain('is not responding');
  expect((await desk.get('/console')).html).not.toContain('Install again');
  const runs = () => app.query('select state, attempts from runs where created_at >= $1', [since]);
  for (const row of await runs()) expect(row).toEqual({ state: 'waiting', attempts: 0 });

  changeSettings(app.sandbox.world, { refused_by: null });
  await app.query('update outages set probe_at = now()');
  await expect.poll(async () => (await runs()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
});

test('a scope that is missing fails each row that needs it and no other, and pauses nothing', async () => {
  changeSettings(app.sandbox.world, { missing_scopes: ['Write tags'] });
  const rows = Array.from(
    { length: 60 },
    (_, at) => `${at}.${randomUUID()}@example.com,lead,${at % 2 ? '' : 'vip'}`,
  );
  const sent = await caller.send('POST', '/imports', {
    body: ['email,role,tags', ...rows].join('\n'),
    headers: { 'content-type': 'text/csv' },
  });
  const read = async () => (await caller.get(`/imports/${idOf(sent)}`)).body;
  await expect
    .poll(read)
    .toMatchObject({ state: 'done', paused_for: null, counts: { created: 30, failed: 30 } });
  expect(await app.query('select * from outages where since is not null')).toEqual([]);
});
