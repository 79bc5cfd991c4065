// Imports of contacts, from the upload to Intercom: every row is done, or says why not, and nothing is done twice.
import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { install } from '../../sandbox/browser.ts';
import type { Contact } from '../../sandbox/world.ts';
import { callerWith } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { bytesOf, latin1, saved, tableOf, utf16 } from '../support/saved-tables.ts';

let app: TestApp;
let token: string;
let caller: ReturnType<typeof callerWith>;

beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { searchLagMs: 0, importProbeMs: 100 },
  });
  token = await app.apiToken();
  caller = callerWith(app.url, token);
});
afterAll(() => app.close());
beforeEach(noFaults);

async function noFaults(): Promise<void> {
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE', body: '{}' });
}

const importBody = z.object({
  id: z.string(),
  state: z.string(),
  paused_for: z.string().nullable(),
  error: z.string().nullable(),
  rows: z.number(),
  settled: z.number(),
  counts: z.record(z.string(), z.number()),
});

async function upload(body: string | Uint8Array<ArrayBuffer>, query = '', type = 'text/csv', more = {}) {
  const answer = await caller.send('POST', `/imports${query}`, {
    body,
    headers: { 'content-type': type, ...more },
  });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return importBody.parse(answer.body);
}

const read = async (id: string) => importBody.parse((await caller.get(`/imports/${id}`)).body);

async function finished(id: string, state = 'done') {
  await expect.poll(async () => (await read(id)).state, { interval: 50 }).toBe(state);
  return read(id);
}

const rowsBody = z.object({
  data: z.array(
    z.object({
      line: z.number(),
      state: z.string(),
      outcome: z.string().nullable(),
      contact_id: z.string().nullable(),
      error: z.string().nullable(),
      fields: z.record(z.string(), z.string()).nullable(),
      given: z.record(z.string(), z.unknown()),
    }),
  ),
});
const rowsOf = async (id: string, query = '') =>
  rowsBody.parse((await caller.get(`/imports/${id}/rows${query}`)).body).data;

const contacts = (test: (contact: Contact) => boolean) => app.sandbox.world.contacts.all().filter(test);
const withEmail = (email: string) => contacts((one) => one.email === email);

test('a CSV file becomes leads and users, with every field in its place', async () => {
  const file =
    '\uFEFFrole;Email;Name;phone;external_id;tags\r\n' +
    'lead;Dana.Import@Example.com;"Reed; Dana";+49 30 1234;;VIP\r\n' +
    'user;uli.import@example.com;=1+1;;ext-77;"VIP, Partner"\r\n';
  const { id, rows } = await upload(file);
  expect(rows).toBe(2);
  expect((await finished(id)).counts).toEqual({ created: 2 });
  const [lead] = withEmail('dana.import@example.com');
  expect(lead).toMatchObject({
    role: 'lead',
    name: 'Reed; Dana',
    phone: '+49301234',
    email_verified: null,
  });
  const [user] = withEmail('uli.import@example.com');
  expect(user).toMatchObject({ role: 'user', name: '=1+1', external_id: 'ext-77' });
  expect(user?.tag_ids).toHaveLength(2);
});

test('each bad row says where it is and what is wrong with it, and stops no other', async () => {
  const file = [
    'email,role,name,signed_up_at',
    'good.one@example.com,lead,One,',
    'nobody,lead,Two,',
    '"quoted@example.com","lead","Line',
    'break",',
    ',user,Four,',
    'five@example.com,robot,Five,yesterday',
    'six@example.com,lead',
    'seven@example.com,lead,Seven,,more,and more',
    '"good.two@example.com",user,Eight,2026-11-01',
  ].join('\n');
  const { id, rows, counts } = await upload(file);
  expect(rows).toBe(8);
  expect(counts).toEqual({ invalid: 4 });
  expect((await finished(id)).counts).toEqual({ invalid: 4, created: 4 });
  const told = (await rowsOf(id, '?state=invalid')).map(({ line, fields }) => [line, fields]);
  expect(told).toEqual([
    [3, { email: '"nobody" is not an email address' }],
    [6, { email: 'is required for a user' }],
    [
      7,
      {
        role: 'must be lead or user',
        signed_up_at: '"yesterday" is not a date: use 2026-11-30, 2026-11-30T09:00:00Z or Unix seconds',
      },
    ],
    [9, { row: 'has 6 cells where the first row has 4' }],
  ]);
  expect(withEmail('quoted@example.com')[0]?.name).toBe('Line\nbreak');
});

const download = async (path: string) => {
  const answer = await fetch(`${app.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return answer.text();
};

test('the file of failed rows executes nothing, and can be fixed and sent again', async () => {
  const { id } = await upload('email,name,phone\nmend me,=HYPERLINK(1),+49 30 77\nfine@example.com,Fine,\n');
  await finished(id);
  const file = await download(`/imports/${id}/failed.csv`);
  expect(file).toBe(
    'email,name,phone,(line),(error)\r\nmend me,\'=HYPERLINK(1),\'+49 30 77,2,"email: ""mend me"" is not an email address"\r\n',
  );
  const again = await upload(file.replace('mend me', 'mended@example.com'));
  expect((await finished(again.id)).counts).toEqual({ created: 1 });
  expect(withEmail('mended@example.com')[0]).toMatchObject({ name: '=HYPERLINK(1)', phone: '+493077' });
});

test.each([
  ['UTF-16 with its mark', utf16('email\tname\r\njürgen.a@example.com\tJürgen\r\n'), 'text/csv'],
  [
    'Latin-1, when it is said',
    latin1('email,name\rjürgen.a@example.com,Jürgen\r'),
    'text/csv; charset=windows-1252',
  ],
  ['Latin-1 that is not said', latin1('email,name\njürgen.a@example.com,Jürgen\n'), 'text/csv'],
  [
    'line ends of three kinds',
    new TextEncoder().encode('email,name\r\n\njürgen.a@example.com,Jürgen\rb@example.com,B\n'),
    'text/csv',
  ],
])('a file is read in %s', async (_what, bytes, type) => {
  const { id } = await upload(bytes, '?start=false', type);
  const [row] = await rowsOf(id);
  expect(row?.given).toEqual({ email: 'jürgen.a@example.com', name: 'Jürgen' });
});

test.each([
  [
    'Cyrillic that is not said',
    latin1('email,name\na@example.com,\xcf\xf0\xe8\xe2\xe5\xf2\n'),
    'text/csv',
    'in neither UTF-8',
  ],
  [
    'an encoding that there is not',
    new TextEncoder().encode('email\n'),
    'text/csv; charset=klingon',
    'Unknown encoding',
  ],
  ['an empty file', new Uint8Array(), 'text/csv', 'empty'],
  [
    'one JSON list',
    new TextEncoder().encode('[{"email":"a@example.com"}]'),
    'application/json',
    'one object per line',
  ],
])('%s is refused with words', async (_what, bytes, type, words) => {
  const answer = await caller.send('POST', '/imports', {
    body: bytes,
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).toContain(words);
});

test('unknown columns are refused by name, or become custom attributes when that is wished', async () => {
  const file = 'email,Shoe size,email,,name\na@example.com,43,b@example.com,,A\n';
  const refused = await caller.send('POST', '/imports', {
    body: file,
    headers: { 'content-type': 'text/csv' },
  });
  expect(refused.status).toBe(422);
  expect(refused.body).toMatchObject({
    error: {
      fields: { 'Shoe size': 'is unknown', email: 'appears twice', 'column 4': 'has no name' },
    },
  });
  const { id } = await upload(
    'email,plan,nope\nattributes@example.com,pro,x\nfew@example.com,pro,\n',
    '?unknown=attributes',
  );
  expect((await finished(id)).counts).toEqual({ created: 1, failed: 1 });
  const [failed] = await rowsOf(id, '?state=failed');
  expect(failed).toMatchObject({
    line: 2,
    fields: { 'custom_attributes.nope': 'does not exist in Intercom' },
  });
  expect(withEmail('few@example.com')[0]?.custom_attributes).toEqual({ plan: 'pro' });
});

test('newline-delimited JSON is taken as the API has contacts, and judged line by line', async () => {
  const lines = [
    { role: 'user', email: 'json@example.com', custom_attributes: { plan: 'pro' }, tags: ['A, B'] },
    { email: 'list@example.com', name: ['x'] },
    { email: 'odd@example.com', shoe: 43 },
  ].map((line) => JSON.stringify(line));
  const { id } = await upload([...lines, 'no json', '', '7'].join('\r\n'), '', '');
  expect((await finished(id)).counts).toEqual({ created: 1, invalid: 4 });
  expect((await rowsOf(id, '?state=invalid')).map(({ line, fields }) => [line, fields])).toEqual([
    [2, { name: 'must be a text, a number, true or false' }],
    [3, { shoe: 'is unknown' }],
    [4, { row: 'is not JSON: each line must be one object' }],
    [6, { row: 'is not an object: each line must be one' }],
  ]);
  expect(withEmail('json@example.com')[0]).toMatchObject({
    role: 'user',
    custom_attributes: { plan: 'pro' },
  });
});

test('of several rows with one email the later ones find what the earlier one made', async () => {
  const twins = Array.from({ length: 5 }, (_, n) => `Same.One@example.com,Name ${n}\n`).join('');
  const { id } = await upload(`email,name\n${twins}`, '?on_duplicate=update');
  expect((await finished(id)).counts).toEqual({ created: 1, updated: 4 });
  expect(withEmail('same.one@example.com').map((one) => one.name)).toEqual(['Name 4']);
});

test('a day without a time is one of the workspace, and the operator says which of two numbers is the day', async () => {
  const file = (email: string) => `email,role,Signed up\n${email},user,03/04/2026\n`;
  for (const [dayFirst, day] of [
    ['true', '2026-04-02T23:00:00Z'],
    // Dublin has summer time from 29 March on.
    ['false', '2026-03-04T00:00:00Z'],
  ] as const) {
    const email = `day-${dayFirst}@import.example`;
    const { id } = await upload(file(email), `?day_first=${dayFirst}`);
    expect((await finished(id)).counts).toMatchObject({ created: 1 });
    const [contact] = withEmail(email);
    expect(contact?.signed_up_at).toBe(Date.parse(day) / 1000);
  }
  const { id } = await upload(file('day-unclear@import.example'));
  await finished(id);
  expect(await rowsOf(id)).toMatchObject([
    { state: 'invalid', fields: { signed_up_at: expect.stringContaining('2026-04-03 or 2026-03-04') } },
  ]);
});

test('whether 1.234 is a fraction or a thousand is not guessed, and the operator says it', async () => {
  const made = await fetch(`${app.sandbox.url}/data_attributes`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'worth', model: 'contact', data_type: 'float' }),
  });
  expect(made.status).toBe(200);
  const file = (email: string) => `email,custom_attributes.worth\n${email},1.234\n`;
  for (const [comma, worth] of [
    ['true', 1234],
    ['false', 1.234],
  ] as const) {
    const email = `comma-${comma}@import.example`;
    expect((await finished((await upload(file(email), `?decimal_comma=${comma}`)).id)).counts).toMatchObject({
      created: 1,
    });
    expect(withEmail(email)).toMatchObject([{ custom_attributes: { worth } }]);
  }
  const { id } = await upload(file('comma-unclear@import.example'));
  expect((await finished(id)).counts).toEqual({ failed: 1 });
  expect(await rowsOf(id)).toMatchObject([
    { fields: { 'custom_attributes.worth': expect.stringContaining('1.234 or 1234') } },
  ]);
});

test('an attribute that was made a moment ago is asked for afresh before it is called unknown', async () => {
  const file = (name: string, email: string) => `email,custom_attributes.${name}\n${email},5\n`;
  // The list is kept from here on.
  const before = await finished((await upload(file('plan', 'kept@import.example').replace(',5', ',pro'))).id);
  expect(before.counts).toMatchObject({ created: 1 });
  const made = await fetch(`${app.sandbox.url}/data_attributes`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'cups', model: 'contact', data_type: 'integer' }),
  });
  expect(made.status).toBe(200);
  const { id } = await upload(file('cups', 'cups@import.example'));
  expect((await finished(id)).counts).toMatchObject({ created: 1 });
  expect(withEmail('cups@import.example')[0]?.custom_attributes).toMatchObject({ cups: 5 });
  const unknown = await upload(file('cupz', 'cupz@import.example'));
  await finished(unknown.id);
  expect(await rowsOf(unknown.id)).toMatchObject([
    {
      state: 'failed',
      fields: { 'custom_attributes.cupz': 'does not exist in Intercom; did you mean "cups"?' },
    },
  ]);
});

test('emails are marked as verified when the operator says so, and only then', async () => {
  const { id } = await upload('email\nsure@example.com\n', '?email_verified=true&role=user');
  await finished(id);
  expect(withEmail('sure@example.com')[0]).toMatchObject({ role: 'user', email_verified: true });
});

test('the same upload with the same Idempotency-Key is one import', async () => {
  const once = () => upload('email\nonce@example.com\n', '', 'text/csv', { 'idempotency-key': 'upload-1' });
  const [first, second] = [await once(), await once()];
  expect(second.id).toBe(first.id);
  await finished(first.id);
  expect(withEmail('once@example.com')).toHaveLength(1);
});

test('an address that is spelled otherwise loses no row', async () => {
  for (const path of ['/imports/', '/Imports']) {
    const answer = await fetch(`${app.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await app.apiToken()}`, 'content-type': 'application/x-ndjson' },
      body: '{"email":"spelled@example.com","role":"lead"}\n',
    });
    expect(importBody.parse(await answer.json()).rows).toBe(1);
  }
});

const many = (name: string, count: number) =>
  `email\n${Array.from({ length: count }, (_, n) => `${name}.${n}@example.com\n`).join('')}`;
/** Longer than what is looked at before the first row is taken, with few rows. */
const wide = (name: string, count: number) =>
  `email,name\n${Array.from({ length: count }, (_, n) => `${name}.${n}@example.com,${'n'.repeat(180)}\n`).join('')}`;
const made = (name: string) => contacts((one) => one.email?.startsWith(`${name}.`) === true).length;

test('an import is paused and resumed, and ends with every contact made once', async () => {
  await app.misbehave('/faults', { on: 'api', kind: 'slow', times: 'always', ms: 1_000 });
  // More than twice what is in hand at once: the pause comes while the second lot is still to do.
  const { id } = await upload(many('pausing', 300));
  await expect.poll(() => made('pausing'), { interval: 10 }).toBeGreaterThan(0);
  await caller.post(`/imports/${id}/pause`);
  // What is in hand is done; nothing new is taken up, while another import goes through.
  const attempted = () => rowsOf(id, '?state=attempted&limit=500');
  await expect.poll(async () => (await attempted()).filter(({ error }) => error === null)).toEqual([]);
  await noFaults();
  const before = made('pausing');
  expect(before).toBeLessThan(300);
  // An answer that was lost on a busy machine is looked for once the import goes on.
  const unknown = (await attempted()).length;
  await finished((await upload(many('meanwhile', 20))).id);
  expect(made('pausing')).toBe(before);
  const { state, settled } = await read(id);
  expect(state).toBe('paused');
  expect(settled).toBeGreaterThanOrEqual(before - unknown);
  expect(settled).toBeLessThanOrEqual(before);
  await caller.post(`/imports/${id}/resume`);
  expect((await finished(id)).counts).toEqual({ created: 300 });
  expect(made('pausing')).toBe(300);
});

test('an import that waits to be started starts when it is told, and one that is canceled never does', async () => {
  const waiting = await upload('email\nlater@example.com\n', '?start=false');
  expect(waiting.state).toBe('paused');
  const canceled = await upload('email\nnever@example.com\n', '?start=false');
  expect((await caller.post(`/imports/${canceled.id}/cancel`)).status).toBe(200);
  expect((await caller.post(`/imports/${canceled.id}/resume`)).status).toBe(409);
  await caller.post(`/imports/${waiting.id}/resume`);
  await finished(waiting.id);
  // A second press that comes when it is done already is told so.
  expect(await caller.post(`/imports/${waiting.id}/resume`)).toMatchObject({
    status: 200,
    body: { state: 'done' },
  });
  expect(withEmail('later@example.com')).toHaveLength(1);
  expect(withEmail('never@example.com')).toHaveLength(0);
});

test('what Intercom refuses is tried again by one press', async () => {
  const refusal = { on: 'api', kind: 'status', status: 400, code: 'parameter_invalid', message: 'Not today' };
  await app.misbehave('/faults', { ...refusal, match: { method: 'POST', pattern: '^/contacts$' }, times: 1 });
  const { id } = await upload('email\nagain@example.com\n');
  expect((await finished(id)).counts).toEqual({ failed: 1 });
  expect((await rowsOf(id))[0]?.error).toContain('Not today');
  expect((await caller.post(`/imports/${id}/retry`)).body).toMatchObject({ retried: 1 });
  expect((await finished(id)).counts).toEqual({ created: 1 });
});

test('a failing Intercom pauses the import with words, and it goes on by itself', async () => {
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, times: 1_000 });
  const { id } = await upload(many('outage', 40));
  await expect.poll(async () => (await read(id)).paused_for).toBe('intercom');
  expect((await read(id)).error).toContain('503');
  const refused = async () => {
    const faults = await fetch(`${app.sandbox.url}/sandbox/faults`);
    return (
      1_000 -
      (z.object({ data: z.array(z.object({ left: z.number() })) }).parse(await faults.json()).data[0]?.left ??
        0)
    );
  };
  // It tries by itself, and waits on.
  const before = await refused();
  await expect.poll(refused).toBeGreaterThan(before);
  await expect.poll(() => read(id)).toMatchObject({ state: 'running', paused_for: 'intercom', counts: {} });
  await noFaults();
  expect(await finished(id)).toMatchObject({ counts: { created: 40 }, paused_for: null, error: null });
  expect(made('outage')).toBe(40);
});

test('trouble of our own database is not Intercom’s nor a row’s: nothing is used up, and it goes on by itself', async () => {
  await app.query('alter table created_contacts rename to created_contacts_away');
  const { id } = await upload('email,role\nours1@example.com,lead\nours2@example.com,lead\n');
  await expect.poll(() => app.logged.some((line) => line.includes('42P01'))).toBe(true);
  expect(await read(id)).toMatchObject({ state: 'running', paused_for: null, error: null, counts: {} });
  for (const row of await rowsOf(id)) expect(row.error).toBeNull();
  await app.query('alter table created_contacts_away rename to created_contacts');
  expect((await finished(id)).counts).toEqual({ created: 2 });
  const attempts = await app.query('select distinct attempts from import_rows where import_id = $1', [id]);
  expect(attempts).toEqual([{ attempts: 0 }]);
});

test('an import goes on when others use all connections for a while', async () => {
  await app.misbehave('/faults', { on: 'api', kind: 'slow', times: 'always', ms: 100 });
  const { id } = await upload(many('crowded', 150));
  await expect.poll(() => made('crowded'), { interval: 10 }).toBeGreaterThan(0);
  const { pool } = app.ctx.database;
  const before = app.logged.length;
  const users = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for (const user of users) user.release();
  await noFaults();
  expect((await finished(id)).counts).toEqual({ created: 150 });
  expect(app.logged.slice(before).filter((line) => line.includes('timeout exceeded'))).toEqual([]);
});

test('answers that get lost make no contact twice', async () => {
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'cut',
    match: { method: 'POST', pattern: '^/contacts$' },
    times: 2,
    after: true,
  });
  const { id } = await upload(many('lost', 60));
  expect((await finished(id)).counts).toEqual({ created: 60 });
  expect(made('lost')).toBe(60);
});

test('a refused token pauses the import until the app is installed again', async () => {
  await app.misbehave('/tokens/revoke', { all: true });
  const { id } = await upload('email\ninstalled.again@example.com\n');
  await expect.poll(async () => (await read(id)).paused_for).toBe('token');
  await install(app.url);
  expect((await finished(id)).counts).toEqual({ created: 1 });
});

test('an upload that breaks off keeps what came, to be started by choice', async () => {
  // One in twenty is a contact: that each of many hundreds is made is not what it is about.
  const isContact = (line: number) => line % 20 === 0;
  const broken = wide('broken', 900).replaceAll(/(?<=broken\.(\d+))@example\.com/g, (address, line) =>
    isContact(Number(line)) ? address : '',
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const sent = request(`${app.url}/api/v1/imports?name=broken`, { method: 'POST', headers });
  sent.on('error', () => {});
  sent.write(broken);
  const newest = async () =>
    z.object({ data: z.array(importBody) }).parse((await caller.get('/imports?limit=1')).body).data[0];
  await expect.poll(newest).toMatchObject({ state: 'receiving' });
  // The last row is not whole, and the line ends behind it.
  sent.write('half.a.row@exam', () => sent.socket?.end());
  await expect.poll(newest).toMatchObject({ state: 'interrupted', error: 'The upload was interrupted.' });
  const contactImport = await newest();
  // What was still on its way when the line ended may be lost.
  expect(contactImport?.rows).toBeGreaterThan(500);
  expect(contactImport?.rows).toBeLessThanOrEqual(900);
  expect(made('broken')).toBe(0);
  await caller.post(`/imports/${contactImport?.id}/resume`);
  const kept = Array.from({ length: contactImport?.rows ?? 0 }, (_, line) => line);
  const created = kept.filter(isContact).length;
  expect((await finished(contactImport?.id ?? '')).counts).toEqual({
    created,
    invalid: kept.length - created,
  });
  expect(made('broken')).toBe(created);
});

/** A file that is sent on only when it is told to be. */
function slowly(beginning: string, token: string, query = '') {
  let end: (rest: string) => void = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(new TextEncoder().encode(text));
      send(beginning);
      end = (rest) => {
        send(rest);
        controller.close();
      };
    },
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const url = `${app.url}/api/v1/imports${query}`;
  return { answer: fetch(url, { method: 'POST', body, duplex: 'half', headers }), end };
}

test('an upload is not started when its token is revoked meanwhile', async () => {
  const { jti, secret } = await otherToken();
  const { answer, end } = slowly(wide('revoked', 900), secret);
  const newest = async () =>
    z.object({ data: z.array(importBody) }).parse((await caller.get('/imports?limit=1')).body).data[0];
  await expect.poll(async () => (await newest())?.rows).toBeGreaterThan(0);
  await app.query('update api_tokens set revoked_at = now() where jti = $1', [jti]);
  end('revoked.late@example.com,\n');
  expect((await answer).status).toBe(401);
  expect(await newest()).toMatchObject({ state: 'interrupted' });
  expect((await newest())?.error).toContain('revoked during the upload');
  expect(made('revoked')).toBe(0);
});

async function otherToken() {
  const secret = await app.apiToken();
  const { jti } = z.object({ jti: z.string() }).parse(JSON.parse(atob(secret.split('.')[1] ?? '')));
  return { secret, jti };
}

test('a workspace sends ten files at once, and no more', async () => {
  const files = Array.from({ length: 10 }, (_, n) =>
    slowly(wide(`parallel-${n}`, 400), token, '?start=false'),
  );
  const arriving = async () => (await app.query(`select from imports where state = 'receiving'`)).length;
  await expect.poll(arriving).toBe(10);
  const refused = await caller.send('POST', '/imports', {
    body: 'email\neleventh@example.com\n',
    headers: { 'content-type': 'text/csv' },
  });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('60');
  for (const { end } of files) end('');
  const answers = await Promise.all(files.map(({ answer }) => answer));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
  await upload('email\neleventh@example.com\n', '?start=false');
});

test('a quote that is never closed ends the upload at its line, and loses nothing before it', async () => {
  const answer = await caller.send('POST', '/imports', {
    body: 'email,name\nbefore@example.com,B\nopen@example.com,"never closed\nafter@example.com,A\n',
    headers: { 'content-type': 'text/csv' },
  });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain('after line 2: a quotation mark is not closed');
  const id = /Import ([\w-]{36})/.exec(JSON.stringify(answer.body))?.[1] ?? '';
  expect(await read(id)).toMatchObject({ state: 'interrupted', rows: 1 });
});

test('no workspace sees the imports of another', async () => {
  const { id } = await upload('email\nmine@example.com\n');
  const other = callerWith(app.url, await app.apiToken('another'));
  expect((await other.get(`/imports/${id}`)).status).toBe(404);
  expect((await other.get(`/imports/${id}/rows`)).status).toBe(404);
  expect((await other.get(`/imports/${id}/failed.csv`)).status).toBe(404);
  expect((await other.post(`/imports/${id}/cancel`)).status).toBe(404);
  expect((await other.get('/imports')).body).toEqual({ data: [], next: null });
});

test('a table is the same contacts however it was saved', async () => {
  // Each value of `saved` is among these; their combinations are tried in file-rows.test.ts.
  const ways = fc.sample(saved, { numRuns: 24, seed: 2 });
  for (const [at, how] of ways.entries()) {
    const key = `w${at}`;
    const { id } = await upload(bytesOf(tableOf(how, key), how.encoding), '?role=user');
    await finished(id);
    const shown = JSON.stringify({ how, rows: await rowsOf(id) });
    expect(withEmail(`${key}@space.example`), shown).toMatchObject([
      {
        role: 'user',
        external_id: `00817${key}`,
        name: 'Jürgen',
        phone: '+353871234567',
        signed_up_at: Date.parse('2026-12-24T00:00:00Z') / 1000,
        custom_attributes: { lifetime_value: 19.9 },
      },
    ]);
  }
});
