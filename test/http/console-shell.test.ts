// The console's shell: who comes in and how, for how long, and what no other site, workspace or role can do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, consent, openConsole, signIn } from '../support/console.ts';

let app: TestApp;
let clock = 0;
let administrator: Console;

let viewerId: string;

beforeAll(async () => {
  app = await startTestApp({ overrides: { now: () => new Date(Date.now() + clock) } });
  administrator = await signIn(app);
  viewerId = app.sandbox.world.admins.all()[1]?.id ?? '';
});
afterAll(() => app?.close());

describe('A browser that is not signed in', () => {
  it('is led to the sign-in page, and from there to the page that it wanted', async () => {
    const desk = openConsole(app);
    const { status, location } = await desk.get('/console/access');
    expect(status).toBe(303);
    expect(location).toBe('/console/sign-in?to=%2Fconsole%2Faccess');
    const page = await desk.get(location ?? '');
    expect(page.status).toBe(200);
    const start = /href="([^"]+region=US[^"]*)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = await desk.get(await consent(desk, undefined, start));
    expect(back.location).toBe('/console/access');
    expect((await desk.get('/console/access')).text).toContain('Your sessions');
  });

  it('gets nothing out of a form either', async () => {
    const answer = await openConsole(app).post('/console/access/sessions/end-all');
    expect(answer.location).toBe('/console/sign-in');
    expect((await administrator.get('/console/access')).status).toBe(200);
  });

  it.each([
    'https://evil.example/console',
    '//evil.example/console',
    '/console//evil.example',
    '/console/../install',
    '/consoleevil',
    '/install',
    '/console\\@evil.example',
    'javascript:alert(1)',
  ])('is never led on to %s', async (to) => {
    const desk = openConsole(app);
    const start = `/console/sign-in/intercom?${new URLSearchParams({ to })}`;
    expect((await desk.get(await consent(desk, undefined, start))).location).toBe('/console');
  });
});

describe('Every page', () => {
  it('loads nothing but its own files, is not stored, not framed, and names its address to no one', async () => {
    const { headers, html } = await administrator.get('/console/access');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    for (const [, path = ''] of html.matchAll(/(?:href|src)="(\/console\/assets\/[^"]+)"/g)) {
      const asset = await administrator.get(path);
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toContain('immutable');
    }
  });

  it('that there is not says so in the layout, whatever the path', async () => {
    for (const path of [
      '/console/nothing',
      '/console/access/..%2f..%2fetc',
      '/console/assets/..%2fconsole.ts',
    ]) {
      const { status, html } = await administrator.get(path);
      expect(status).toBe(404);
      expect(html).toContain('Not found');
    }
  });
});

describe('A form', () => {
  const path = '/console/access/sessions/end';

  it('needs the token of its own session', async () => {
    const other = await signIn(app);
    const { html } = await other.get('/console/access');
    const foreign = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    for (const csrf of ['', 'x', foreign, foreign.slice(1)]) {
      const answer = await administrator.post(path, { csrf, id: 'x' });
      expect(answer.status).toBe(403);
    }
    expect((await administrator.post(path, { id: 'x' })).status).toBe(404);
  });

  it('is refused when the browser says that it was on another site', async () => {
    const headers = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    for (const header of headers) {
      expect((await administrator.post(path, { id: 'x' }, header)).status).toBe(403);
    }
    const own = { 'sec-fetch-site': 'same-origin', origin: app.url };
    expect((await administrator.post(path, { id: 'x' }, own)).status).toBe(404);
  });

  it('is refused when it is larger than a form is', async () => {
    expect((await administrator.post(path, { id: 'x'.repeat(200_000) })).status).toBe(413);
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`f${at}`, 'x']));
    expect((await administrator.post(path, many)).status).toBe(413);
  });

  it('is refused with what no database can store, in a name or a value', async () => {
    for (const fields of [{ id: 'a\0b' }, { 'a\0b': 'x' }]) {
      expect((await administrator.post(path, fields)).status).toBe(400);
    }
  });

  it('says what was wrong with it', async () => {
    const answer = await administrator.post(path, {});
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Nothing was changed');
  });
});

describe('A session', () => {
  it('is never the one that the browser had before', async () => {
    const desk = openConsole(app);
    desk.browser.cookies.set('referral-desk', 'planted-by-somebody-else-0123456789');
    await desk.get(await consent(desk));
    const secret = desk.browser.cookies.get('referral-desk') ?? '';
    expect(secret).toMatch(/^[\w-]{43}$/);
    const rows = await app.query<{ all: string }>('select sessions::text as all from sessions');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('is in a cookie that scripts cannot read', async () => {
    const desk = openConsole(app);
    const answer = await desk.browser.open(await consent(desk));
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('referral-desk='));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('ends twelve hours after it was last used, and after a week whatever happens', async () => {
    const idle = await signIn(app);
    const used = await signIn(app);
    const hour = 60 * 60_000;
    try {
      for (const at of [10, 20]) {
        clock = at * hour;
        expect((await used.get('/console/access')).status).toBe(200);
      }
      expect((await idle.get('/console/access')).status).toBe(303);
      for (let at = 30; at < 168; at += 10) {
        clock = at * hour;
        expect((await used.get('/console/access')).status).toBe(200);
      }
      clock = 169 * hour;
      expect((await used.get('/console/access')).status).toBe(303);
    } finally {
      clock = 0;
    }
    administrator = await signIn(app);
  });

  it('ends when its teammate signs out, there or everywhere', async () => {
    const [one, other] = [await signIn(app, viewerId), await signIn(app, viewerId)];
    expect((await one.get('/console/access')).html.match(/sessions\/end"/g)).toHaveLength(2);
    await one.post('/console/sign-out');
    expect((await one.get('/console/access')).status).toBe(303);
    expect((await other.post('/console/access/sessions/end-all')).status).toBe(303);
    expect((await other.get('/console/access')).status).toBe(303);
    expect((await administrator.get('/console/access')).status).toBe(200);
  });

  it('ends within the hour in which its teammate left Intercom, and the teammate is removed', async () => {
    const admin = app.sandbox.world.admins.get(viewerId);
    if (!admin) throw new Error('there is no such teammate');
    const desk = await signIn(app, admin.id);
    try {
      app.sandbox.world.admins.remove(admin.id);
      expect((await desk.get('/console/access')).status).toBe(200);
      clock = 61 * 60_000;
      expect((await desk.get('/console/access')).status).toBe(303);
      expect((await administrator.get('/console/access/log')).text).toContain(
        `removed ${admin.name}, who is no longer a teammate in Intercom`,
      );
    } finally {
      app.sandbox.world.admins.put(admin);
      clock = 0;
    }
    await administrator.post('/console/access/teammates/restore', { id: admin.id });
  });

  it('goes on while Intercom cannot be asked who its teammates are', async () => {
    const desk = await signIn(app, viewerId);
    await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match: { path: '/admins' } });
    clock = 61 * 60_000;
    expect((await desk.get('/console/access')).status).toBe(200);
    clock = 0;
  });

  it('of someone else cannot be ended', async () => {
    const [mine] = await app.query<{ id: string }>('select id from sessions limit 1');
    const desk = await signIn(app, viewerId);
    expect((await desk.post('/console/access/sessions/end', { id: mine?.id ?? '' })).status).toBe(404);
    expect((await administrator.get('/console/access')).status).toBe(200);
  });
});

describe('Signing in with Intercom', () => {
  it('needs a verified email', async () => {
    const admin = app.sandbox.world.admins.get(viewerId);
    if (!admin) throw new Error('there is no such teammate');
    app.sandbox.world.admins.put({ ...admin, email_verified: false });
    const desk = openConsole(app);
    const { location } = await desk.get(await consent(desk, admin.id));
    app.sandbox.world.admins.put(admin);
    expect(location).toBe('/console/sign-in?why=unverified');
    expect((await desk.get(location ?? '')).text).toContain('not verified');
    expect((await desk.get('/console/access')).status).toBe(303);
  });

  it('needs the app in the workspace', async () => {
    await app.query(`update installations set status = 'uninstalled'`);
    const desk = openConsole(app);
    const { location } = await desk.get(await consent(desk));
    expect(location).toBe('/console/sign-in?why=not-installed');
    expect((await administrator.get('/console/access')).status).toBe(303);
    await app.query(`update installations set status = 'active'`);
  });

  it('works once, in the browser that began it', async () => {
    const desk = openConsole(app);
    const back = await consent(desk);
    const thief = openConsole(app);
    expect((await thief.get(back)).location).toBe('/console/sign-in?why=other-browser');
    expect((await desk.get(back)).location).toBe('/console');
    expect((await desk.get(back)).location).toBe('/console/sign-in?why=already-used');
  });

  it('cannot be turned into an installation, nor the other way round', async () => {
    const desk = openConsole(app);
    const back = new URL(await consent(desk));
    const state = back.searchParams.get('state') ?? '';
    back.searchParams.set('state', state.replace('sign-in.', 'install.'));
    desk.browser.cookies.set(
      'referral-desk-install',
      desk.browser.cookies.get('referral-desk-sign-in') ?? '',
    );
    const answer = await desk.get(back.href);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('expired');
  });

  it('keeps no token, and leaves the installation’s alone', async () => {
    const before = await app.query('select * from installations');
    await signIn(app);
    expect(await app.query('select * from installations')).toEqual(before);
    expect(app.sandbox.world.tokens.all().every((token) => !token.revoked)).toBe(true);
  });
});
