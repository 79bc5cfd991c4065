// The Access pages: tokens, teammates and their roles, the log of changes, and who may not see or do what.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callerWith } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, consent, openConsole, signIn } from '../support/console.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let administrator: Console;
let viewer: Console;

const second = () => {
  const found = app.sandbox.world.admins.all()[1];
  if (!found) throw new Error('the sandbox has only one teammate');
  return found;
};
const first = () => app.sandbox.world.admins.all()[0]?.id ?? '';

beforeAll(async () => {
  app = await startTestApp();
  administrator = await signIn(app);
  viewer = await signIn(app, second().id);
});
afterAll(() => app?.close());

const auditList = z.object({ data: z.array(z.object({ action: z.string() })), next: z.string() });
const log = async () => (await administrator.get('/console/access/log')).text;
const callApi = async (token: string) =>
  (await fetch(`${app.url}/api/v1/campaigns`, { headers: { authorization: `Bearer ${token}` } })).status;

describe('API tokens', () => {
  it('are shown once, work, say when they were used, and are revoked', async () => {
    const made = await administrator.post('/console/access/tokens', { name: 'Shop <b>backend</b>' });
    expect(made.status).toBe(200);
    const token = /<code>([\w-]+\.[\w-]+\.[\w-]+)<\/code>/.exec(made.html)?.[1] ?? '';
    const before = await administrator.get('/console/access/tokens');
    expect(before.html).not.toContain(token);
    expect(before.html).toContain('Shop &lt;b&gt;backend&lt;/b&gt;');
    expect(before.text).toMatch(/Shop [^ ]+ \w+ \d+, \d{4} never Active/);
    expect(await callApi(token)).toBe(200);
    const used = await administrator.get('/console/access/tokens');
    expect(used.text).toMatch(/Shop [^ ]+ \w+ \d+, \d{4} .+ Active/);
    const jti = /name="jti" value="([^"]+)"/.exec(used.html)?.[1] ?? '';
    expect((await administrator.submit('/console/access/tokens/revoke', { jti })).text).toContain(
      'Token revoked',
    );
    expect(await callApi(token)).toBe(401);
    expect((await administrator.post('/console/access/tokens/revoke', { jti })).status).toBe(404);
    expect(await log()).toMatch(
      /created the API token “Shop .*revoked|revoked the API token “Shop .*created/,
    );
    expect(await log()).not.toContain(token);
  });

  it('need a name', async () => {
    for (const name of ['', ' ', 'x'.repeat(81)]) {
      const answer = await administrator.post('/console/access/tokens', { name });
      expect(answer.status).toBe(422);
      expect(answer.html).toContain('aria-invalid="true"');
    }
    const unstorable = await administrator.post('/console/access/tokens', { name: 'a\0b' });
    expect(unstorable.status).toBe(400);
    expect(unstorable.html).toContain('cannot be stored');
  });

  it('of another workspace can be neither seen nor revoked', async () => {
    const theirs = await app.apiToken('elsewhere');
    const [row] = await app.query<{ jti: string }>(
      `select jti from api_tokens where workspace_id = 'elsewhere'`,
    );
    const jti = row?.jti ?? '';
    expect(jti).not.toBe('');
    expect((await administrator.get('/console/access/tokens')).html).not.toContain(jti);
    expect((await administrator.post('/console/access/tokens/revoke', { jti })).status).toBe(404);
    expect(await callApi(theirs)).toBe(200);
  });
});

describe('A viewer', () => {
  const administrators = [
    '/console/access/tokens',
    '/console/access/teammates',
    '/console/access/log',
    '/console/access/data',
    '/console/access/data/people',
  ] as const;

  it('is not shown what is for administrators, and cannot open it', async () => {
    const { html } = await viewer.get('/console/access');
    for (const path of administrators) {
      expect(html).not.toContain(path);
      const { status, text } = await viewer.get(path);
      expect(status).toBe(403);
      expect(text).toContain('Only administrators can do this.');
    }
  });

  it('cannot make themselves administrator, nor make tokens, nor remove anyone', async () => {
    const forms: [string, Record<string, string>][] = [
      ['/console/access/teammates/role', { id: second().id, role: 'administrator' }],
      ['/console/access/teammates/remove', { id: first() }],
      ['/console/access/tokens', { name: 'mine' }],
      ['/console/access/data/erase', { email: 'pending.lead@example.com', sure: 'on' }],
    ];
    const before = await app.query('select * from teammates order by teammate_id');
    for (const [path, fields] of forms) expect((await viewer.post(path, fields)).status).toBe(403);
    expect(await app.query('select * from teammates order by teammate_id')).toEqual(before);
    expect(await app.query(`select from api_tokens where name = 'mine'`)).toEqual([]);
    expect(await app.query('select from erasures')).toEqual([]);
  });

  it('does not become administrator by installing the app again', async () => {
    const desk = openConsole(app);
    await desk.get(await consent(desk, second().id, '/install'));
    expect((await desk.get('/console/access')).text).toContain(`${second().name} viewer`);
  });
});

describe('Teammates', () => {
  it('are given a role, which counts from the next page on', async () => {
    const page = await administrator.submit('/console/access/teammates/role', {
      id: second().id,
      role: 'administrator',
    });
    expect(page.text).toContain('Role changed');
    expect((await viewer.get('/console/access/log')).status).toBe(200);
    await administrator.submit('/console/access/teammates/role', { id: second().id, role: 'viewer' });
    expect((await viewer.get('/console/access/log')).status).toBe(403);
    expect(await log()).toContain(`changed the role of ${second().name} from viewer to administrator`);
  });

  it('always have an administrator among them', async () => {
    for (const [path, fields] of [
      ['/console/access/teammates/role', { id: first(), role: 'viewer' }],
      ['/console/access/teammates/remove', { id: first() }],
    ] as const) {
      const answer = await administrator.post(path, fields);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('the last administrator');
    }
    expect((await administrator.get('/console/access/log')).status).toBe(200);
  });

  it('do so even when two of them step down in the same moment', async () => {
    await administrator.submit('/console/access/teammates/role', { id: second().id, role: 'administrator' });
    // Neither can write before the other has read.
    const held = new pg.Client(app.databaseUrl);
    await held.connect();
    await held.query('begin');
    await held.query('select from teammates for update');
    const stepping = Promise.all([
      administrator.post('/console/access/teammates/role', { id: first(), role: 'viewer' }),
      viewer.post('/console/access/teammates/role', { id: second().id, role: 'viewer' }),
    ]);
    const waiting = () =>
      app.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
    await expect.poll(async () => (await waiting()).length).toBe(2);
    await held.query('commit');
    await held.end();
    const answers = await stepping;
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 422]);
    const left = await app.query(`select from teammates where role = 'administrator'`);
    expect(left).toHaveLength(1);
    await app.query(
      `update teammates set role = case when teammate_id = $1 then 'administrator' else 'viewer' end`,
      [first()],
    );
  });

  it('who are removed are signed out and cannot come in by either way, until they are let in again', async () => {
    const link = async () => {
      const { id, name, email } = second();
      const admin = { type: 'admin', id, name, email };
      const { components } = await openCard(app, { email: 'pending.lead@example.com' }, { admin });
      const button = components.find(({ label }) => label === 'Settings');
      return (button?.action as { url?: string } | undefined)?.url ?? '';
    };
    const view = { list: 'people', query: 'status=qualified', name: 'Only mine' };
    expect((await viewer.post('/console/views', view)).status).toBe(303);
    const views = () => app.query('select from saved_views where teammate_id = $1', [second().id]);
    expect(await views()).toHaveLength(1);
    await administrator.submit('/console/access/teammates/remove', { id: second().id });
    expect(await views()).toEqual([]);
    expect((await viewer.get('/console/access')).status).toBe(303);
    const desk = openConsole(app);
    expect((await desk.get(await consent(desk, second().id))).location).toBe('/console/sign-in?why=removed');
    expect((await desk.get(await link())).location).toBe('/console/sign-in?why=removed');
    await administrator.submit('/console/access/teammates/restore', { id: second().id });
    expect((await desk.get(await link())).location).toBe('/console');
    viewer = await signIn(app, second().id);
  });

  it('of another workspace are not there', async () => {
    await app.query(`insert into installations
      (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
      values ('elsewhere', 'Elsewhere', 'US', 'UTC', 'active', '{}', now(), now())`);
    await app.query(`insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at)
      values ('elsewhere', 'e1', 'Zelda', 'zelda@example.com', 'administrator', now(), now())`);
    expect((await administrator.get('/console/access/teammates')).text).not.toContain('Zelda');
    for (const path of ['role', 'remove', 'restore']) {
      const answer = await administrator.post(`/console/access/teammates/${path}`, {
        id: 'e1',
        role: 'viewer',
      });
      expect(answer.status).toBe(404);
    }
  });
});

describe('Export and erase', () => {
  it('hands out everything as CSV, no cell of which is a formula', async () => {
    await app.query(`update people set name = '=1+1' where email = 'pending.lead@example.com'`);
    const files = {
      people: 'pending.lead@example.com',
      referrals: 'Spring',
      decisions: 'decision_id',
      audit: 'installation.install',
    };
    for (const [name, part] of Object.entries(files)) {
      const answer = await administrator.get(`/console/access/data/${name}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/csv');
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${name}.csv`);
      expect(answer.html).toContain(part);
    }
    const people = await administrator.get('/console/access/data/people');
    expect(people.html).toContain(",'=1+1,");
    expect(await log()).toContain('exported people.csv');
    expect((await administrator.get('/console/access/data/secrets')).status).toBe(404);
  });

  it('shows the person before anything is erased, and says who is unknown', async () => {
    const page = await administrator.get('/console/access/data/erase?email=Two.Campaigns@example.com');
    expect(page.status).toBe(200);
    for (const words of [
      'Priya Raman',
      'two.campaigns@example.com',
      'Contact in Intercom',
      'This cannot be undone',
    ])
      expect(page.text).toContain(words);
    const stranger = await administrator.get('/console/access/data/erase?email=stranger@example.com');
    expect(stranger.text).toContain('No one in the program');
    for (const unknown of [
      'email=nobody.at.all@example.com',
      'external_id=none',
      'email=nobody.at.all@example.com&external_id=',
    ]) {
      const answer = await administrator.get(`/console/access/data/erase?${unknown}`);
      expect(answer.status, unknown).toBe(404);
      expect(answer.text).toContain('No person with this email or external ID');
    }
    expect((await administrator.get('/console/access/data/erase')).status).toBe(422);
    const unconfirmed = await administrator.post('/console/access/data/erase', {
      email: 'two.campaigns@example.com',
    });
    expect([unconfirmed.status, unconfirmed.text]).toEqual([
      422,
      expect.stringContaining('select this to confirm'),
    ]);
  });

  it('erases the person that is chosen, once that is confirmed, and keeps a receipt without names', async () => {
    const email = 'two.campaigns@example.com';
    const known = () => app.query('select from people where email = $1', [email]);
    for (const fields of [{ email }, { sure: 'on' }, { email: '', external_id: '', sure: 'on' }]) {
      expect((await administrator.post('/console/access/data/erase', fields)).status).toBe(422);
    }
    expect(await known()).toHaveLength(1);
    const page = await administrator.submit('/console/access/data/erase', { email, sure: 'on' });
    expect(page.text).toContain('Erasure started.');
    expect(page.text).toContain('Receipts');
    expect(await known()).toEqual([]);
    const entries = await log();
    expect(entries).toContain('erased a person');
    expect(entries).not.toContain(email);
  });
});

describe('The log of changes', () => {
  it('tells of the installation and of who was let in', async () => {
    expect(await log()).toContain('installed the app');
    expect(await log()).toContain(`added ${second().name} as viewer`);
  });

  it('cannot be rewritten, even in the database', async () => {
    await expect(app.query(`update audit_log set action = 'nothing'`)).rejects.toThrow('append-only');
    await expect(app.query('delete from audit_log')).rejects.toThrow('append-only');
  });

  it('shows no other workspace’s entries, and is read page by page', async () => {
    await app.query(`insert into audit_log (workspace_id, at, actor, actor_name, action, details)
      select 'sandbox', now(), 'app', 'Somebody', 'entry ' || n || ' <script>', '{}' from generate_series(1, 60) n`);
    await app.query(`insert into audit_log (workspace_id, at, actor, actor_name, action, details)
      values ('elsewhere', now(), 'app', 'Somebody', 'did something secret', '{}')`);
    const newest = await administrator.get('/console/access/log');
    expect(newest.text).toContain('entry 60 &lt;script&gt;');
    expect(newest.html).not.toContain('<script>');
    expect(newest.text).not.toContain('did something secret');
    const older = /href="([^"]+cursor=[^"]+)"/.exec(newest.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const page = await administrator.get(older);
    expect(page.text).toContain('entry 35 ');
    expect(page.text).not.toContain('entry 36 ');
  });

  it('is in order of time wherever it is read, also where ids tell otherwise, without losing an entry between pages', async () => {
    // Two entries share each minute, and what has the larger id is older.
    await app.query(`insert into audit_log (workspace_id, at, actor, actor_name, action, details)
      select 'sandbox', timestamptz '2040-01-01' - (n / 2) * interval '1 minute', 'app', 'Clock', 'entry ' || n, '{}'
      from generate_series(2, 61) n`);
    const newestFirst = Array.from({ length: 30 }, (_, pair) => [2 * pair + 3, 2 * pair + 2]).flat();
    const entriesIn = (text: string) => [...text.matchAll(/\bentry (\d+)\b/g)].map(([, n]) => Number(n));

    const shown: number[] = [];
    let path: string | undefined = '/console/access/log?who=Clock';
    for (let pages = 0; path && pages < 10; pages++) {
      const { html, text } = await administrator.get(path);
      shown.push(...entriesIn(text));
      path = /href="([^"]+)"[^>]*>\s*Older/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(shown).toEqual(newestFirst);

    const api = callerWith(app.url, await app.apiToken());
    const listed: number[] = [];
    for (let cursor = ''; listed.length < 60; ) {
      const { body } = await api.get(`/audit?limit=7${cursor}`);
      const { data, next } = auditList.parse(body);
      listed.push(...data.flatMap(({ action }) => entriesIn(action)));
      cursor = `&cursor=${next}`;
    }
    expect(listed.slice(0, 60)).toEqual(newestFirst);

    // More than what an export reads at once.
    await app.query(`insert into audit_log (workspace_id, at, actor, actor_name, action, details)
      select 'sandbox', timestamptz '2041-01-01' - (n / 2) * interval '1 minute', 'app', 'Clock', 'row ' || n, '{}'
      from generate_series(2, 601) n`);
    const { html: file } = await administrator.get('/console/access/data/audit');
    const rows = [...file.matchAll(/\brow (\d+)\b/g)].map(([, n]) => Number(n));
    expect(rows).toEqual(Array.from({ length: 300 }, (_, pair) => [2 * pair + 3, 2 * pair + 2]).flat());
    expect(entriesIn(file).slice(0, 60)).toEqual(newestFirst);
  });

  it('has every sign-in, is filtered by actor, area and day, and leaves as CSV', async () => {
    const text = async (query: string) => (await administrator.get(`/console/access/log?${query}`)).text;
    expect(await text('area=session')).toMatch(/Aoife Brennan signed in/);
    expect(await text('area=session')).not.toContain('installed the app');
    expect(await text('area=session&who=aoife')).toContain('signed in');
    expect(await text('area=session&who=No%20such%20teammate')).toContain('No changes match.');
    expect(await text(`from=2100-01-01`)).toContain('No changes match.');
    expect(await text(`area=session&until=2100-01-01`)).toContain('signed in');
    expect((await administrator.get('/console/access/log?area=x')).status).toBe(400);
    // Runs of one press and of many are one area.
    expect((await administrator.get('/console/access/log?area=runs')).status).toBe(400);
    expect((await administrator.get('/console/access/log?area=run')).status).toBe(200);
    const file = await administrator.get('/console/access/data/audit');
    expect(file.html).toContain('session.start');
    expect(file.html).not.toContain('something secret');
  });

  it('names the request on an error page, with a way back', async () => {
    const lost = await administrator.get('/console/nowhere');
    expect(lost.status).toBe(404);
    expect(lost.text).toContain(`Request ID ${lost.headers.get('x-request-id')}`);
    expect(lost.html).toContain('<a href="/console">Go to Home</a>');
  });
});
