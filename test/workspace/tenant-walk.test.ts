// Everything that takes an id, walked from its table by another workspace with ours: API, jobs, canvases, pages, keys. Nothing of
// ours is told, and no row of ours is changed.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionTable } from '../../canvas/action.ts';
import { pressTable } from '../../canvas/messenger/action.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { pageWorkNames } from '../../src/domain/page-work.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { apiTable } from '../../src/http/api/routes.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { openApiDocument, type Schema } from '../../src/http/openapi.ts';
import { type Job, type JobName, jobNames } from '../../src/jobs/job.ts';
import { tools } from '../../src/usecases/assistants/tools.ts';
import { issueFinKey } from '../../src/usecases/fin/fin-keys.ts';
import { runJob } from '../../src/wiring/jobs.ts';
import { randomFrom } from '../fuzz/random.ts';
import { addWork, idsIn } from '../fuzz/stage.ts';
import { fromSchema, type Json } from '../fuzz/values.ts';
import { type Caller, callerWith, campaignFor, idOf } from '../support/api.ts';
import { sign, startTestApp, type TestApp } from '../support/app.ts';
import { silence } from '../support/changes.ts';
import { type Console, openConsole } from '../support/console.ts';
import { seldom } from '../support/seldom.ts';
import { inboxBody } from '../support/teammate.ts';

const ourNames = /Spring|Autumn|Partners|Tomás/;
const lead = { email: 'pending.lead@example.com' };

let app: TestApp;
let theirs: Caller;
let theirToken: string;
let theirDesk: Console;
/** Of ours, by table. */
let ids: Record<string, string[]>;
let before: string;

beforeAll(async () => {
  app = await startTestApp({ overrides: { everyMs: seldom, answersOnly: true } });
  await silence(app);
  await addWork(app);
  await app.query(
    `insert into installations (workspace_id, name, region, time_zone, sealed_token, status, installed_by,
       installed_at, status_at)
     values ('other', 'Other', 'US', 'UTC', $1, 'active', '{"id":"e1"}', now(), now())`,
    [app.ctx.secrets.seal('other', 'sandbox-access-token')],
  );
  theirToken = await app.apiToken('other');
  theirs = callerWith(app.url, theirToken);
  const campaign_id = await campaignFor(theirs, { name: 'Elsewhere' });
  idOf(await theirs.post('/referrals', { campaign_id, person: { email: lead.email } }));
  theirDesk = await signedInElsewhere();
  ids = await idsIn(app);
  before = await stored();
});
afterAll(() => app?.close());

async function signedInElsewhere(): Promise<Console> {
  const secret = randomBytes(32).toString('base64url');
  await app.query(`insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at)
    values ('other', 'e1', 'Zelda', 'zelda@other.example', 'administrator', now(), now())`);
  await app.query(
    `insert into sessions (id, workspace_id, teammate_id, created_at, last_seen_at, expires_at, browser)
     values ($1, 'other', 'e1', now(), now(), now() + interval '1 day', 'A browser')`,
    [createHash('sha256').update(secret).digest('base64url')],
  );
  const desk = openConsole(app);
  desk.browser.cookies.set('referral-desk', secret);
  expect((await desk.get('/console/access')).text).toContain('Other');
  return desk;
}

/** A digest of every row of ours, in every table that has workspaces. */
async function stored(): Promise<string> {
  const tables = await app.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'workspace_id' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(40);
  const digests = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await app.query<{ digest: string | null }>(
        `select md5(string_agg(t::text, ',' order by t::text)) as digest from "${name}" t
         where workspace_id = 'sandbox'`,
      );
      return `${name} ${row?.digest}`;
    }),
  );
  return digests.join('\n');
}

const first = (table: string) => ids[table]?.[0] ?? ids.referrals?.[0] ?? '';
const contactId = () => seededContact(lead.email).id;

/** A new kind of job needs an entry. */
const jobs: Record<JobName, () => object[]> = {
  'settle-conversion': () => [{ conversionId: first('conversions') }],
  'handle-deliveries': () => [{ deliveryIds: (ids.deliveries ?? ['1']).map(Number) }],
  'work-import': () => [{ importId: first('imports') }],
  'work-runs': () => (ids.runs ?? []).map((subject) => ({ subject })),
  'sync-to-intercom': () => [{ subject: contactId() }, { subject: contactId(), more: [first('people')] }],
  'plan-enrollments': () => [{ campaignId: first('campaigns') }],
  'read-contact': () => [{ contactId: contactId() }],
  'learn-contact': () => [{ contactId: contactId(), externalId: 'cust-0811' }],
  'copy-person': () => [
    { platform: 'referral-factory', hint: { id: '88475' } },
    { platform: 'referral-factory', hint: { email: lead.email, campaignId: first('campaigns') } },
  ],
  reconcile: () => [{ platform: 'referral-factory' }, { platform: 'built-in' }],
  'work-in-pages': () =>
    pageWorkNames.flatMap((what) => [
      { what, id: first(`${what.replaceAll('-', '_')}s`) },
      { what, id: first('erasures') },
    ]),
};

describe('Another workspace', () => {
  it.each(jobNames)('does nothing to ours by the job %s', async (name) => {
    for (const fields of jobs[name]())
      await runJob(app.ctx, { name, workspaceId: 'other', ...fields } as Job).catch(() => {});
    expect(await stored()).toBe(before);
  });

  const sendAs = async (path: string, body: object) => {
    const raw = JSON.stringify({ ...body, workspace_id: 'other' });
    const headers = { 'content-type': 'application/json', 'x-body-signature': sign(raw) };
    const answer = await fetch(app.url + path, { method: 'POST', headers, body: raw });
    expect(answer.status).toBe(200);
    return answer.text();
  };
  const argument = (name: string): string =>
    ({ userId: seededContact('qualified.user@example.com').id, nonce: 'a-nonce', change: 'qualify' })[name] ??
    { answer: 'same', warned: 'yes', channel: 'email' }[name] ??
    first(`${name.replace('Id', '')}${name === 'personId' ? '' : 's'}`.replace(/^person$/, 'people'));

  it.each(actionTable)('is shown nothing of ours on the card by %s', async (name, names) => {
    const component_id = [name, ...names.map(argument)].join(':');
    const values = { referrer: first('referrers'), referrer_id: first('referrers') };
    const input_values = { ...values, campaign: first('campaigns'), reason: 'x', email: 'a@other.example' };
    const shown = await sendAs(
      '/intercom/inbox/submit',
      inboxBody(app, lead, { component_id, input_values }),
    );
    expect(shown).not.toMatch(ourNames);
    expect(await stored()).toBe(before);
  });

  it.each(pressTable)('is shown nothing of ours in the Messenger by %s', async (name, names) => {
    const component_id = [name, ...names.map(argument)].join(':');
    const contact = { type: 'contact', id: contactId(), role: 'user', external_id: 'cust-0811', ...lead };
    const context = { location: 'home', locale: 'en' };
    const card = { stored_data: { campaign: first('campaigns') } };
    const inputs = { name: 'A', email: 'friend@other.example', words: '', consent: ['yes'] };
    const shown = await sendAs('/intercom/messenger/submit', {
      ...{ contact, user: contact, context, component_id, current_canvas: card, input_values: inputs },
    });
    expect(shown).not.toMatch(ourNames);
    expect(await stored()).toBe(before);
  });

  const schemas = () => openApiDocument(app.url).components.schemas as Record<string, Schema>;
  const pathsOf = () => openApiDocument(app.url).paths;
  const read = apiTable.filter(({ method, path }) => method === 'get' && !path.startsWith('/contacts'));
  it.each(read.map(({ path }) => path))('reads nothing of ours at %s', async (path) => {
    for (const id of path.includes(':id') ? Object.values(ids).flatMap((each) => each.slice(0, 1)) : ['']) {
      const { status, body } = await theirs.get(path.replace(':id', id));
      expect(status).toBeLessThan(500);
      expect(JSON.stringify(body)).not.toMatch(ourNames);
    }
  });

  // What is done to a contact is done in Intercom, with the workspace's own token.
  const writes = apiTable.filter(({ method, path }) => method !== 'get' && !path.startsWith('/contacts'));
  it.each(writes.map(({ method, path }) => [method.toUpperCase(), path] as const))(
    'changes nothing of ours by %s %s, whatever it names',
    async (method, path) => {
      const random = randomFrom(15);
      const known = { texts: [...Object.values(ids).flat(), lead.email] };
      const described = pathsOf()[path.replace(':id', '{id}')]?.[method.toLowerCase()];
      const [content] = Object.values(described?.requestBody?.content ?? {});
      const table = path.split('/')[1]?.replaceAll('-', '_') ?? '';
      for (let turn = 0; turn < 6; turn += 1) {
        const body: Json = content ? fromSchema(random, content.schema, { known, schemas: schemas() }) : {};
        const text = path === '/imports' ? `email\n${lead.email}\n` : JSON.stringify(body);
        const sent = method === 'DELETE' ? {} : { body: text };
        const answer = await theirs.send(method, path.replace(':id', first(table)), sent);
        expect(answer.status, text).toBeLessThan(500);
        expect(JSON.stringify(answer.body)).not.toMatch(ourNames);
      }
      expect(await stored()).toBe(before);
    },
  );

  const pages = consoleTable.filter(({ method, path }) => method === 'get' && !path.includes(':'));
  it.each(pages.map(({ path }) => path))('sees nothing of ours at /console%s', async (path) => {
    const { status, text } = await theirDesk.get(`/console${path}`);
    expect(status).toBeLessThan(500);
    // These have examples with such names.
    if (!path.startsWith('/help') && path !== '/fin/by-hand') expect(text).not.toMatch(ourNames);
  });

  it('is told nothing of ours by its key of Fin', async () => {
    const { key } = await issueFinKey(app.ctx, 'other', 'theirs', byCommand);
    for (const question of ['referral-status', 'rewards', 'my-link', 'program']) {
      const asked = new URLSearchParams({ contact_id: contactId(), user_id: 'cust-0811' });
      const answer = await fetch(`${app.url}/fin/v1/${question}?${asked}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toMatch(ourNames);
    }
  });

  it.each(tools.map(({ name }) => name))('is told nothing of ours by the tool %s', async (name) => {
    const args = {
      id: `referral_${first('referrals')}`,
      contact_id: contactId(),
      query: 'Spring',
      email: lead.email,
    };
    const more = {
      referral_id: first('referrals'),
      campaign_id: first('campaigns'),
      person_id: first('people'),
    };
    const accept = 'application/json, text/event-stream';
    for (const given of [{}, args, more, { ...args, ...more }]) {
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } };
      const answer = await fetch(`${app.url}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${theirToken}`, 'content-type': 'application/json', accept },
        body: JSON.stringify(call),
      });
      expect((await answer.text()).replaceAll('"query":"Spring"', '')).not.toMatch(ourNames);
    }
    expect(await stored()).toBe(before);
  });
});
