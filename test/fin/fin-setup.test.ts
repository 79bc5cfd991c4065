// Fin is set up from the console and played by the sandbox: data connectors, what it may do, the log, and what is down.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSettings as tellSandbox } from '../../sandbox/settings.ts';
import { people } from '../../sandbox/story/people.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { issueFinKey } from '../../src/usecases/fin/fin-keys.ts';
import { changeSettings } from '../../src/usecases/workspace/settings.ts';
import { type Caller, callerWith, campaignFor } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let api: Caller;
let desk: Console;

const referrer = seededContact('top.referrer@example.com').id;
const lead = seededContact('pending.lead@example.com').id;

const connectors = () => app.sandbox.world.dataConnectors.all();
const named = (name: string) => connectors().find((each) => each.name === `Referral Desk: ${name}`);
const keyOf = (name: string) => named(name)?.headers[0]?.value.replace('Bearer ', '') ?? '';
const actions = async () =>
  (await app.query<{ action: string }>('select action from audit_log order by id')).map(
    ({ action }) => action,
  );

async function askFin(contactId: string, text: string, more: object = {}) {
  const answer = await fetch(`${app.sandbox.url}/fin/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ contact_id: contactId, text, ...more }),
  });
  return (await answer.json()) as {
    text: string;
    handed_over: boolean;
    called: { connector: string; http_status: number; tries: number } | null;
    asks_code?: string;
  };
}

async function request(key: string, purpose: string, body: object) {
  const answer = await fetch(`${app.url}/fin/v1/${purpose}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown> & { status_text: string },
  };
}

beforeAll(async () => {
  app = await startTestApp({
    settings: { ...promptSearch, time_scale: 50 },
    overrides: { searchLagMs: 300 },
  });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
});
afterAll(() => app?.close());

describe('The set-up', () => {
  it('shows a sheet, and leaves no key, where Intercom does not let the app create connectors', async () => {
    tellSandbox(app.sandbox.world, { missing_scopes: ['Read data connectors', 'Write data connectors'] });
    const refused = await desk.post('/console/fin/connectors');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('You can set the connectors up by hand');
    tellSandbox(app.sandbox.world, { missing_scopes: ['Write data connectors'] });
    expect((await desk.post('/console/fin/connectors')).status).toBe(422);
    tellSandbox(app.sandbox.world, { missing_scopes: [] });
    expect(await app.query('select from fin_keys where revoked_at is null')).toHaveLength(0);
    const { text } = await desk.get('/console/fin/by-hand');
    for (const field of [
      'Authorization: Bearer YOUR-KEY',
      `${app.url}/fin/v1/rewards?contact_id={{contact_id}}`,
      'bind to {{user.id}}',
    ])
      expect(text).toContain(field);
  });

  it('creates drafts with a key of their own, and none of them live', async () => {
    const before = (await actions()).length;
    const { text } = await desk.submit('/console/fin/connectors');
    expect(text).toContain('4 data connectors are in Intercom as drafts');
    expect(connectors().map(({ state }) => state)).toEqual(['draft', 'draft', 'draft', 'draft']);
    const rewards = named('rewards');
    expect(rewards).toMatchObject({
      ...{ http_method: 'get', direct_fin_usage: true, audiences: ['users'] },
      ...{ customer_authentication: false, bypass_authentication: false },
    });
    // No model types an ID: inputs are filled in from the customer's own record.
    expect(rewards?.data_inputs.map(({ default_value }) => default_value)).toEqual([
      '{{user.id}}',
      '{{user.user_id}}',
      '{{user.language_override}}',
    ]);
    expect(named('program')).toMatchObject({
      bypass_authentication: true,
      audiences: ['users', 'leads', 'visitors'],
    });
    expect((await actions()).slice(before)).toEqual(['fin_key.create', 'fin_connectors.create']);
    expect(text).not.toContain('rdfin_');
    expect(await askFin(referrer, 'Where is my reward?')).toMatchObject({ handed_over: true, called: null });
  });

  it('made again changes what is there, and replaces the key', async () => {
    const earlier = keyOf('rewards');
    await desk.submit('/console/fin/connectors');
    expect(connectors()).toHaveLength(4);
    const status = async (key: string) =>
      (await fetch(`${app.url}/fin/v1/program`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect([await status(earlier), await status(keyOf('rewards'))]).toEqual([401, 200]);
  });

  it('switches them live on confirm, and Fin answers from status_text alone', async () => {
    const { text } = await desk.submit('/console/fin/live', { state: 'live' });
    expect(text).toContain('4 data connectors are live');
    const said = await askFin(referrer, 'Where is my reward?');
    expect(said).toMatchObject({
      handed_over: false,
      called: { connector: 'Referral Desk: rewards', http_status: 200 },
    });
    expect(said.text).toContain('10 EUR credit for the friend who joined Spring');
    expect((await askFin(referrer, 'What is my referral link?')).text).toContain(`${app.url}/r/`);
    // A lead is not an user: only the public connector is there for them.
    expect(await askFin(lead, 'Do you have a referral program?')).toMatchObject({
      called: { connector: 'Referral Desk: program' },
    });
    expect((await askFin(lead, 'Where is my reward?')).called?.connector).not.toBe('Referral Desk: rewards');
  });

  it('is shown in the log, ours and Intercom’s', async () => {
    await until(async () => (await desk.get('/console/fin/log')).text.includes('Rewards'));
    const { text } = await desk.get('/console/fin/log');
    expect(text).toMatch(/Intercom’s own log, last 24 hours/);
    expect(text).toMatch(/Rewards 1 0 —/);
    tellSandbox(app.sandbox.world, { missing_scopes: ['Read data connectors'] });
    expect((await desk.get('/console/fin/log')).text).toContain('Intercom does not let the app read it');
    tellSandbox(app.sandbox.world, { missing_scopes: [] });
  });

  it('asks for the passcode where that is the proof', async () => {
    await desk.submit('/console/fin/settings', { 'fin.one_time_passcode': 'on' });
    await desk.submit('/console/fin/connectors');
    expect(named('my link')).toMatchObject({ customer_authentication: true, state: 'live' });
    expect(named('program')).toMatchObject({ customer_authentication: false });
    const first = await askFin(referrer, 'What is my referral link?');
    expect(first.called).toBeNull();
    expect((await askFin(referrer, 'What is my referral link?', { code: '000000x' })).called).toBeNull();
    const done = await askFin(referrer, 'What is my referral link?', { code: first.asks_code });
    expect(done.text).toContain('/r/');
    await desk.submit('/console/fin/settings', {});
  });
});

describe('The stand-in’s /data_connectors', () => {
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${app.sandbox.url}${path}`, {
      method,
      headers: {
        ...{ authorization: 'Bearer sandbox-access-token', accept: 'application/json' },
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> & { id: string } };
  };
  const codeOf = ({ body }: { body: Record<string, unknown> }) =>
    (body.errors as { code: string }[])[0]?.code;

  it('refuses as version 2.16 of the document does', async () => {
    const { status, body } = await call('POST', '/data_connectors', {
      name: 'Mine',
      mock_response: { order: { id: 1 } },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ state: 'draft', configuration_response_type: 'mock_response_type' });
    expect(body.response_fields).toEqual([
      { path: 'order.id', type: 'integer', example_value: 1, redacted: false },
    ]);
    const path = `/data_connectors/${body.id}`;
    expect(codeOf(await call('POST', '/data_connectors', {}))).toBe('parameter_not_found');
    for (const wrong of [
      { audiences: ['robots'] },
      { http_method: 'trace' },
      { state: 'on' },
      { unknown: 1 },
    ])
      expect(await call('PATCH', path, wrong)).toMatchObject({ status: 422 });
    expect((await call('PATCH', path, { headers: [{ name: 'A', value: 'secret' }] })).body.headers).toEqual([
      { name: 'A', value: '****' },
    ]);
    await call('PATCH', path, { state: 'live' });
    expect(codeOf(await call('DELETE', path))).toBe('conflict');
    await call('PATCH', path, { state: 'draft' });
    expect((await call('DELETE', path)).body).toEqual({
      id: body.id,
      object: 'data_connector',
      deleted: true,
    });
    expect(codeOf(await call('GET', path))).toBe('data_connector_not_found');
    expect((await call('GET', '/data_connectors?per_page=51')).status).toBe(400);
    expect(codeOf(await call('GET', '/data_connectors?starting_after=none'))).toBe('client_error');
  });
});

describe('What Fin may do', () => {
  let key: string;
  const who = () => ({ contact_id: referrer, conversation_id: randomUUID() });

  beforeAll(async () => {
    ({ key } = await issueFinKey(app.ctx, 'sandbox', 'Requests', byCommand));
  });

  it('is nothing until it is switched on, and nothing for who is not verified', async () => {
    expect((await request(key, 'resend-link', who())).body).toMatchObject({
      done: false,
      reason_code: 'not_offered',
    });
    await changeSettings(app.ctx, 'sandbox', { fin: { resend_link: true, report_missing: true } }, byCommand);
    for (const purpose of ['resend-link', 'missing-referral']) {
      const { body } = await request(key, purpose, { contact_id: lead, message: 'Hello' });
      expect(body).toMatchObject({ found: false, verified: false, done: false, link: null });
    }
    expect(
      (await request(key, 'resend-link', { contact_id: lead, user_id: people[0]?.external_id })).body.done,
    ).toBe(false);
    expect(await app.query('select from fin_requests')).toHaveLength(0);
  });

  it('sends a link again, once in a conversation, by an event with the link', async () => {
    const asked = who();
    const events = () =>
      app.sandbox.world.dataEvents.all().filter(({ event_name }) => event_name === 'referral-link-requested');
    const first = await request(key, 'resend-link', asked);
    expect(first.body).toMatchObject({ done: true, reason_code: 'ok' });
    await until(async () => events().length === 1);
    expect(events()[0]).toMatchObject({
      contact_id: referrer,
      metadata: { link: first.body.link, campaign: 'Spring' },
    });
    expect((await request(key, 'resend-link', asked)).body).toMatchObject({
      done: true,
      link: first.body.link,
    });
    await Promise.all([1, 2, 3].map(() => request(key, 'resend-link', asked)));
    expect(await app.query(`select from runs where kind = 'resend-link'`)).toHaveLength(1);
    expect((await actions()).filter((action) => action === 'referrer.resend_link')).toHaveLength(1);
  });

  it('stops after three in a day, for each customer', async () => {
    for (const _ of [1, 2]) await request(key, 'resend-link', who());
    const { body } = await request(key, 'resend-link', who());
    expect(body).toMatchObject({
      done: false,
      reason_code: 'limit_of_requests',
      next_step: 'ask_a_teammate',
    });
    expect(await app.query(`select from runs where kind = 'resend-link'`)).toHaveLength(3);
  });

  it('reports a missing referral as a review, which an administrator decides', async () => {
    const email = `${randomUUID()}@example.com`;
    const asked = {
      ...who(),
      friend_email: email,
      message: 'My friend\u0000 <b>Ada</b>\u202e joined\non Monday',
    };
    const { body } = await request(key, 'missing-referral', asked);
    expect(body).toMatchObject({ done: true, reason_code: 'reported', next_step: 'wait' });
    await request(key, 'missing-referral', asked);
    const open = (await api.get('/reviews?state=open&limit=100')).body as {
      data: { id: string; kind: string; said: string }[];
    };
    const [review, ...others] = open.data.filter(({ kind }) => kind === 'missing_referral');
    expect(others).toEqual([]);
    expect(review).toMatchObject({ friend_email: email, said: 'My friend <b>Ada</b> joined\non Monday' });
    const page = await desk.get(`/console/reviews/${review?.id}`);
    expect(page.html).toContain('My friend &lt;b&gt;Ada&lt;/b&gt; joined');
    expect((await desk.get('/console/reviews')).text).toContain('Missing referral');
    const wrong = await desk.post(`/console/reviews/${review?.id}/decide`, {
      decision: 'add',
      friend_email: 'no email',
    });
    expect(wrong.status).toBe(422);
    await desk.submit(`/console/reviews/${review?.id}/decide`, { decision: 'add', friend_email: email });
    const added = (await api.get(`/referrals?email=${email}`)).body as { data: object[] };
    expect(added.data).toMatchObject([
      { status: 'pending', referrer: { email: 'top.referrer@example.com' } },
    ]);
    expect((await api.get(`/reviews/${review?.id}`)).body).toMatchObject({ decision: { add: true } });
  });

  it('is exported with who asked and what they said, for each campaign and each workspace alone', async () => {
    const lines = async (file: string, campaign?: string) => {
      const { status, body } = await api.get(
        `/exports/${file}.csv${campaign ? `?campaign_id=${campaign}` : ''}`,
      );
      expect(status).toBe(200);
      const [header = '', ...rows] = String(body).trimEnd().split('\r\n');
      expect(header).toContain(',person_id,email,');
      return rows;
    };
    const [spring] = await app.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
    const other = await campaignFor(api);
    for (const campaign of [undefined, spring?.id]) {
      const [reported, ...more] = await lines('missing_referrals', campaign);
      expect(more).toEqual([]);
      for (const cell of ['top.referrer@example.com', 'My friend <b>Ada</b> joined\non Monday', ',Spring,'])
        expect(reported).toContain(cell);
      const requested = await lines('fin_requests', campaign);
      expect(requested.map((line) => line.split(',')[2]).toSorted()).toEqual([
        'missing-referral',
        ...['resend-link', 'resend-link', 'resend-link'],
      ]);
      for (const line of requested) expect(line).toContain('top.referrer@example.com');
    }
    for (const file of ['missing_referrals', 'fin_requests']) expect(await lines(file, other)).toEqual([]);
    await app.query(`insert into installations
      (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
      values ('elsewhere', 'Elsewhere', 'US', 'UTC', 'active', '{"id":"e1"}', now(), now())`);
    const elsewhere = callerWith(app.url, await app.apiToken('elsewhere'));
    for (const file of ['missing_referrals', 'fin_requests'])
      expect(String((await elsewhere.get(`/exports/${file}.csv`)).body)).not.toContain('example.com');
  });

  it('is forgotten with the person', async () => {
    const { body } = await request(key, 'missing-referral', { ...who(), message: 'Secret words' });
    expect(body.done).toBe(true);
    await api.post('/erasures', { email: 'top.referrer@example.com' });
    await until(async () => (await app.query(`select from erasures where state = 'done'`)).length > 0);
    expect(await app.query('select from fin_requests')).toHaveLength(0);
    expect(await app.query('select from reviews where reporter_id is not null')).toHaveLength(0);
    expect((await request(key, 'resend-link', who())).body).toMatchObject({ verified: false, done: false });
  });
});

describe('When the database does not answer', () => {
  it('Fin still gets calm words in time, and a malformed key its 401', async () => {
    const { key } = await issueFinKey(app.ctx, 'sandbox', 'Down', byCommand);
    const blocking = new pg.Client({ connectionString: app.databaseUrl });
    await blocking.connect();
    await blocking.query('begin');
    await blocking.query('lock table fin_keys in access exclusive mode');
    const { finAnswerMs } = app.ctx.timing;
    app.ctx.timing.finAnswerMs = 500;
    try {
      const ask = (with_: string) =>
        fetch(`${app.url}/fin/v1/rewards?contact_id=${referrer}&locale=de`, {
          headers: { authorization: `Bearer ${with_}` },
        });
      const [answer, malformed] = await Promise.all([ask(key), ask('rdfin_short')]);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        ...{
          found: false,
          verified: false,
          reason_code: 'unavailable',
          next_step: 'try_again_later',
          total: 0,
        },
        status_text: expect.stringContaining('gerade nicht nachsehen'),
      });
      expect(malformed.status).toBe(401);
    } finally {
      app.ctx.timing.finAnswerMs = finAnswerMs;
      await blocking.query('rollback');
      await blocking.end();
    }
    expect(app.logged.join()).toContain('a question from Fin could not be answered');
    expect(app.logged.join()).toContain('no answer in time');
  });
});

describe('Attributes in Intercom', () => {
  it('are described for Copilot, and what someone wrote there stays', async () => {
    const { dataAttributes } = app.sandbox.world;
    const own = (name: string) => dataAttributes.all().find((each) => each.name === name);
    await app.ctx.intercom.background.writeBack.ensureAttributes('sandbox');
    for (const [name, description] of [
      ['referral_status', null],
      ['referral_link', 'The share link of this person.'],
      ['referral_count', 'Our own words'],
    ] as const) {
      const present = own(name);
      if (present) dataAttributes.put({ ...present, description });
    }
    await app.ctx.intercom.background.writeBack.ensureAttributes('sandbox');
    expect(own('referral_status')?.description).toMatch(/^Status of this person’s own referral/);
    expect(own('referral_link')?.description).toBe('This person’s own share link, to refer friends with.');
    expect(own('referral_count')?.description).toBe('Our own words');
  });
});
