// Many at once in the console: files uploaded, counted, started and fixed; backfills counted, confirmed and done.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let desk: Console;
let viewer: Console;
beforeAll(async () => {
  app = await startTestApp({ overrides: { searchLagMs: 0, importProbeMs: 500 } });
  desk = await signIn(app);
  viewer = await signIn(app, app.sandbox.world.admins.all()[1]?.id ?? '');
});
afterAll(() => app?.close());

async function csrfOf(who: Console): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await who.get('/console/access')).html)?.[1] ?? '';
}

const choices = {
  name: '',
  role: 'lead',
  on_duplicate: 'nothing',
  lead_where_user_wanted: 'convert',
  archived: 'report',
  unknown: 'refuse',
};

/** As a browser sends the form. */
async function upload(text: string, more: object = {}, { who = desk, file = 'new.csv', csrf = '' } = {}) {
  const form = new FormData();
  form.set('csrf', csrf || (await csrfOf(who)));
  for (const [name, value] of Object.entries({ ...choices, ...more })) form.set(name, value);
  form.set('file', new Blob([text], { type: 'application/vnd.ms-excel' }), file);
  const answer = await who.browser.open('/console/imports', { method: 'POST', body: form });
  const html = await answer.text();
  return { status: answer.status, location: answer.headers.get('location') ?? '', html };
}

const imports = async () =>
  (await app.query<{ n: number }>('select count(*)::int as n from imports'))[0]?.n ?? 0;
const contact = (email: string) => app.sandbox.world.contacts.all().find((one) => one.email === email);
const untilIt = (path: string, says: string | RegExp) =>
  expect.poll(async () => (await desk.get(path)).text).toMatch(says);

describe('A file', () => {
  it('is counted when it has arrived, and nothing is done before it is started', async () => {
    const text = 'email,name\none@example.org,Ann\nnot an email,Ben\ntwo@example.org,Cat\n';
    const { status, location } = await upload(text, { name: 'Trade fair' });
    expect(status).toBe(303);
    const page = await desk.get(location);
    expect(page.text).toContain('Trade fair');
    expect(page.text).toMatch(/Ready .*Invalid 1/);
    expect(page.text).toContain('Start: 2 rows');
    expect(page.text).toContain('Rules ignore what Referral Desk itself writes');
    expect(contact('one@example.org')).toBeUndefined();
    await desk.submit(`${location}/start`);
    await untilIt(location, /3 of 3 rows .*Done .*Created 2/);
    expect(contact('one@example.org')?.name).toBe('Ann');
    expect((await desk.get('/console/imports')).text).toMatch(/Trade fair Done 3 of 3 1/);
    const logged = await app.query<{ what: string }>('select action as what from audit_log order by id');
    expect(logged.map((row) => row.what)).toEqual(expect.arrayContaining(['import.create', 'import.start']));
  });

  it('gives its failed rows back, with no formula in them', async () => {
    const { location } = await upload('email,name\n=cmd()|x,"=HYPERLINK(""http://evil"")"\n');
    const answer = await desk.browser.open(`${location}/failed.csv`);
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.headers.get('content-disposition')).toContain('failed.csv');
    const csv = await answer.text();
    expect(csv).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(csv).toContain(`'=cmd()|x`);
    const { location: again } = await upload(csv);
    expect((await desk.get(again)).text).toContain('Start: 0 rows');
  });

  it('with a column that is not known is refused, naming it, unless it is said what it is', async () => {
    const before = await imports();
    const refused = await upload('email,<b>shoe size</b>\nthree@example.org,42\n');
    expect(refused.status).toBe(422);
    expect(refused.html).toContain('&lt;b&gt;shoe size&lt;/b&gt;');
    expect(refused.html).not.toContain('<b>shoe');
    expect(await imports()).toBe(before);
    expect((await upload('email,shoe size\nthree@example.org,42\n', { unknown: 'attributes' })).status).toBe(
      303,
    );
  });

  it('says which known column is nearest to one that is not known, and in which order its dates are', async () => {
    expect((await upload('emial\nthree@example.org\n')).html).toContain('did you mean &quot;email&quot;?');
    const text = 'email,role,Signed up\nordered@example.org,user,03/04/2026\n';
    const start = async (day_first: string) =>
      (await desk.get((await upload(text, { day_first })).location)).text;
    expect(await start('true')).toContain('Start: 1 row');
    expect(await start('')).toContain('Start: 0 rows');
  });

  it('of JSON lines is one as well, and an empty or missing one is refused', async () => {
    const { location } = await upload('{"email":"four@example.org"}\n', {}, { file: 'new.jsonl' });
    expect((await desk.get(location)).text).toContain('Start: 1 row');
    expect((await upload('')).status).toBe(422);
    const form = new FormData();
    for (const [name, value] of Object.entries({ csrf: await csrfOf(desk), ...choices }))
      form.set(name, value);
    const answer = await desk.browser.open('/console/imports', { method: 'POST', body: form });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Choose a file.');
  });

  it('gives its import a name that can be stored and shown, whatever it is called', async () => {
    const { status, location } = await upload('email\n', {}, { file: `nul\0${'x'.repeat(3_000)}.csv` });
    expect(status).toBe(303);
    expect((await desk.get(location)).text).toContain('nulx');
    const [named] = await app.query<{ n: number }>('select max(length(name)) as n from imports');
    expect(named?.n).toBe(200);
  });

  it('is read only for a form of our own page, by an administrator', async () => {
    const before = await imports();
    const text = `email\n${'x'.repeat(10)}@example.org\n`.repeat(5_000);
    expect((await upload(text, {}, { csrf: 'x' })).status).toBe(403);
    expect((await upload(text, {}, { csrf: await csrfOf(viewer) })).status).toBe(403);
    expect((await upload(text, {}, { who: viewer })).status).toBe(403);
    // The token comes after the file: by then no one would know whether to read it.
    const late = new FormData();
    late.set('file', new Blob([text]), 'new.csv');
    for (const [name, value] of Object.entries({ csrf: await csrfOf(desk), ...choices }))
      late.set(name, value);
    expect((await desk.browser.open('/console/imports', { method: 'POST', body: late })).status).toBe(403);
    expect(await imports()).toBe(before);
  });

  it('in a form that cannot be read is refused', async () => {
    const send = (type: string, body: string) =>
      desk.browser.open('/console/imports', { method: 'POST', headers: { 'content-type': type }, body });
    for (const [type, body] of [
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=x', 'no boundary at all'],
      ['multipart/form-data; boundary=x', '--x\r\n'],
    ] as const)
      expect((await send(type, body)).status, body).toBe(400);
    const many = Array.from(
      { length: 80 },
      (_, n) => `--x\r\nContent-Disposition: form-data; name="f${n}"\r\n\r\n1\r\n`,
    );
    expect((await send('multipart/form-data; boundary=x', `${many.join('')}--x--`)).status).toBe(403);
  });

  it('is kept as far as it came when the upload breaks off, and says so', async () => {
    const csrf = await csrfOf(desk);
    const cookie = [...desk.browser.cookies].map((pair) => pair.join('=')).join('; ');
    const field = (name: string, value: string) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const fields = Object.entries({ csrf, ...choices, name: 'Broken' }).map(([name, value]) =>
      field(name, value),
    );
    const rows = Array.from({ length: 3_000 }, (_, n) => `broken.${n}@example.org\n`).join('');
    const head = `--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n`;
    const sending = request(`${app.url}/console/imports`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'multipart/form-data; boundary=x', 'content-length': 10_000_000 },
    });
    sending.on('error', () => {});
    sending.write(`${fields.join('')}${head}email\n${rows}`);
    await untilIt('/console/imports', 'Broken Uploading');
    sending.destroy();
    await untilIt('/console/imports', 'Broken Interrupted');
    const [contactImport] = await app.query<{ id: string; rows: number }>(
      `select id, rows from imports where name = 'Broken'`,
    );
    expect(contactImport?.rows).toBeGreaterThan(500);
    expect((await desk.get(`/console/imports/${contactImport?.id}`)).text).toContain(
      'The upload was interrupted.',
    );
    await desk.submit(`/console/imports/${contactImport?.id}/cancel`);
  });

  it('is paused, gone on with, and canceled', async () => {
    await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 700, times: 'always' });
    const rows = Array.from({ length: 40 }, (_, n) => `slow.${n}@example.org`).join('\n');
    const { location } = await upload(`email\n${rows}\n`);
    await desk.submit(`${location}/start`);
    const paused = await desk.submit(`${location}/pause`);
    expect(paused.text).toContain('Resume');
    await desk.submit(`${location}/resume`);
    const canceled = await desk.submit(`${location}/cancel`);
    expect(canceled.text).toMatch(/Canceled/);
    expect((await desk.post(`${location}/resume`)).status).toBe(422);
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  });

  it('of another workspace is not there', async () => {
    const [other] = await app.query<{ id: string }>(
      `insert into imports select (jsonb_populate_record(null::imports, to_jsonb(b)
         || jsonb_build_object('id', gen_random_uuid(), 'workspace_id', 'elsewhere'))).* from imports b limit 1 returning id`,
    );
    const location = `/console/imports/${other?.id}`;
    expect((await desk.get(location)).status).toBe(404);
    expect((await desk.get(`${location}/failed.csv`)).status).toBe(404);
    for (const press of ['pause', 'resume', 'cancel', 'retry'])
      expect((await desk.post(`${location}/${press}`)).status).toBe(404);
    expect((await viewer.post(`${location}/resume`)).status).toBe(403);
  });
});

describe('A backfill', () => {
  const path = '/console/backfills';
  const campaign = async (name: string) =>
    (await app.query<{ id: string }>('select id from campaigns where name = $1', [name]))[0]?.id ?? '';

  it('counts first, and makes no one a referrer before it is confirmed', async () => {
    const referrers = async () =>
      (await app.query<{ n: number }>('select count(*)::int as n from referrers'))[0]?.n ?? 0;
    const before = await referrers();
    const begun = await desk.submit(path, { campaign: await campaign('Spring'), group: 'users' });
    expect(begun.text).toContain('Nothing happens until you confirm.');
    const [{ id } = { id: '' }] = await app.query<{ id: string }>('select id from backfills');
    const here = `${path}/${id}`;
    await untilIt(here, /Ready to confirm .*would be added/);
    expect(await referrers()).toBe(before);
    const wanted = Number(/Confirm: add (\d+)/.exec((await desk.get(here)).text)?.[1]);
    expect(wanted).toBeGreaterThan(0);
    await desk.submit(`${here}/confirm`);
    await untilIt(here, / Done .*New \d+/);
    expect(await referrers()).toBe(before + wanted);
    expect((await desk.get(path)).text).toMatch(/All users in Intercom, as referrers Done/);
  });

  it('that cannot be is refused in words', async () => {
    const outside = await desk.post(path, { campaign: await campaign('Autumn'), group: 'all' });
    expect(outside.status).toBe(422);
    expect(outside.text).toContain('is run by another referral platform');
    const nowhere = await desk.post(path, { campaign: 'x', group: 'all' });
    expect(nowhere.text).toContain('choose a campaign');
    expect((await viewer.post(path, { campaign: await campaign('Spring'), group: 'all' })).status).toBe(403);
  });
});
