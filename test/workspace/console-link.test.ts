// The card's Settings button: opens the console as the teammate who looks at the card, once, for five minutes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openConsole, signIn } from '../support/console.ts';
import { openCard, teammate } from '../support/teammate.ts';

let app: TestApp;
let clock = 0;

beforeAll(async () => {
  app = await startTestApp({ overrides: { now: () => new Date(Date.now() + clock) } });
});
afterAll(() => app?.close());

const colleague = () => {
  const found = app.sandbox.world.admins.all().find(({ id }) => id !== teammate.id);
  if (!found) throw new Error('the sandbox has only one teammate');
  return { type: 'admin', id: found.id, name: found.name, email: found.email };
};

async function settingsOf(more: object = {}, email = 'pending.lead@example.com'): Promise<string> {
  const { components } = await openCard(app, { email }, more);
  const button = components.find(({ label }) => label === 'Settings');
  return (button?.action as { url?: string } | undefined)?.url ?? '';
}

describe('The Settings button', () => {
  it.each(['pending.lead@example.com', 'stranger@example.com', 'two.campaigns@example.com'])(
    'is on the card of %s',
    async (email) => {
      expect(await settingsOf({}, email)).toMatch(`${app.url}/console/link?token=`);
    },
  );

  it('is not there when Intercom does not say who is looking', async () => {
    expect(await settingsOf({ admin: null })).toBe('');
  });

  it('leads into the console, as the teammate who looked at the card', async () => {
    const desk = openConsole(app);
    expect((await desk.get(await settingsOf())).location).toBe('/console');
    expect((await desk.get('/console/access')).text).toContain('Aoife Brennan administrator');
    const other = openConsole(app);
    await other.get(await settingsOf({ admin: { ...colleague(), email: null } }));
    await other.get(await settingsOf({ admin: colleague() }));
    await other.get(await settingsOf({ admin: { ...colleague(), email: null } }));
    expect((await other.get('/console/access')).text).toContain(`${colleague().name} viewer`);
    expect((await desk.get('/console/access/teammates')).text).toContain(colleague().email);
  });
});

describe('Its link', () => {
  it('works once, even when it is taken several times in the same moment', async () => {
    const link = await settingsOf();
    const answers = await Promise.all(Array.from({ length: 5 }, () => openConsole(app).get(link)));
    const locations = answers.map(({ location }) => location).toSorted();
    expect(locations).toEqual(['/console', ...Array(4).fill('/console/sign-in?why=already-used')]);
  });

  it('is not used up by what looks ahead', async () => {
    const link = await settingsOf();
    const desk = openConsole(app);
    expect((await desk.browser.open(link, { method: 'HEAD' })).status).toBe(405);
    expect((await desk.get(link, { 'sec-purpose': 'prefetch' })).status).toBe(200);
    expect((await desk.get('/console/access')).status).toBe(303);
    expect((await desk.get(link)).location).toBe('/console');
  });

  it('closes after five minutes', async () => {
    const link = await settingsOf();
    clock = 5 * 60_000 + 1_000;
    const { location } = await openConsole(app).get(link);
    clock = 0;
    expect(location).toBe('/console/sign-in?why=link-expired');
  });

  it('is refused when it was changed, or made for something else', async () => {
    const link = new URL(await settingsOf());
    const [head, , signature] = (link.searchParams.get('token') ?? '').split('.');
    const forged = {
      teammate: { id: '1', name: 'x', email: '' },
      sub: 'sandbox',
      jti: 'x',
      aud: 'console-link',
    };
    const body = Buffer.from(JSON.stringify({ ...forged, exp: 9_999_999_999 })).toString('base64url');
    const apiToken = await app.apiToken();
    for (const token of [`${head}.${body}.${signature}`, apiToken, 'nonsense', '']) {
      const { location } = await openConsole(app).get(`/console/link?token=${token}`);
      expect(location).toBe('/console/sign-in?why=link-expired');
    }
  });

  it('does not change who is signed in without asking, and only our own page may answer', async () => {
    const desk = await signIn(app);
    const link = await settingsOf({ admin: colleague() });
    const asked = await desk.get(link);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(`signs you in as ${colleague().name}`);
    expect((await desk.get('/console/access')).text).toContain('Aoife Brennan administrator');
    const token = new URL(link).searchParams.get('token') ?? '';
    const elsewhere = await desk.post('/console/link', { token }, { 'sec-fetch-site': 'cross-site' });
    expect(elsewhere.location).toBe('/console/sign-in?why=link-expired');
    await desk.post('/console/link', { token }, { 'sec-fetch-site': 'same-origin' });
    expect((await desk.get('/console/access')).text).toContain(`${colleague().name} viewer`);
  });

  it('lets no one in who is no longer a teammate, though the card was drawn before', async () => {
    const admin = app.sandbox.world.admins.get(colleague().id);
    if (!admin) throw new Error('there is no such teammate');
    const link = await settingsOf({ admin: colleague() });
    app.sandbox.world.admins.remove(admin.id);
    const { location } = await openConsole(app).get(link);
    app.sandbox.world.admins.put(admin);
    expect(location).toBe('/console/sign-in?why=removed');
  });
});
