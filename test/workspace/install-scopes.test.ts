// What Intercom did not allow, where the outcome of an installation is told, and who is administrator after it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { consent, openConsole, signIn } from '../support/console.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ story: true });
});
afterEach(() => withhold([]));
afterAll(() => app?.close());

const all = [
  'Read and list users and companies',
  'Read conversations',
  'Read admins',
  'Read tags',
  'Write users and companies',
  'Write tags',
  'Write data attributes',
  'Write events',
];

async function withhold(missing_scopes: string[]): Promise<void> {
  await fetch(`${app.sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ missing_scopes }),
  });
}

async function install(start = '/install', decision: 'authorize' | 'cancel' = 'authorize') {
  const desk = openConsole(app);
  const outcome = await desk.get(await consent(desk, undefined, start, decision));
  return { desk, outcome };
}

describe('A scope that Intercom does not grant', () => {
  it.each(all)('is named to who installs: %s', async (scope) => {
    await withhold([scope]);
    const { desk, outcome } = await install();
    expect(outcome.location).toBe('/console');
    expect((await desk.get('/console/access')).text).toContain(`Intercom did not allow: ${scope}.`);
  });

  it('is no longer named once it is granted', async () => {
    const { desk } = await install();
    const { text } = await desk.get('/console/access');
    expect(text).toContain('is installed');
    expect(text).not.toContain('did not allow');
  });

  it('is looked for without a trace', async () => {
    const { contacts, tags, notes, dataAttributes, dataEvents } = app.sandbox.world;
    const all = () =>
      JSON.stringify([contacts, tags, notes, dataAttributes, dataEvents].map((one) => one.all()));
    const before = all();
    await install();
    expect(all()).toBe(before);
  });
});

describe('An installation from the App Store', () => {
  const fromStore = '/install?from=app-store';

  it('returns there when it is done', async () => {
    const { outcome } = await install(fromStore);
    expect(outcome.location).toBe(`${app.sandbox.url}/appstore/redirect?install_success=true`);
  });

  it('returns there with what went wrong', async () => {
    const denied = await install(fromStore, 'cancel');
    const place = new URL(denied.outcome.location ?? '');
    expect(place.pathname).toBe('/appstore/redirect');
    expect(Object.fromEntries(place.searchParams)).toEqual({
      install_success: 'false',
      error_message: 'Referral Desk was not installed',
    });
    await withhold(['Write tags']);
    const lacking = new URL((await install(fromStore)).outcome.location ?? '');
    expect(lacking.searchParams.get('install_success')).toBe('false');
    expect(lacking.searchParams.get('error_message')).toContain('Write tags');
  });

  it('is told here when it was begun here, whatever the way back says', async () => {
    const desk = openConsole(app);
    const back = await consent(desk, undefined, '/install', 'cancel');
    const { status, text } = await desk.get(`${back}&from=app-store`);
    expect(status).toBe(400);
    expect(text).toContain('Access was not granted');
  });
});

describe('Who installs', () => {
  it('is administrator where there is none, and brings no one above their role where there is', async () => {
    const [first, second] = app.sandbox.world.admins.all();
    await app.query('delete from sessions');
    await app.query('delete from teammates');
    const answers = await Promise.all(
      [first, second].map(async (admin) => {
        const desk = openConsole(app);
        return desk.get(await consent(desk, admin?.id, '/install'));
      }),
    );
    expect(answers.map(({ location }) => location)).toEqual(['/console', '/console']);
    const roles = await app.query<{ role: string }>('select role from teammates order by role');
    expect(roles.map(({ role }) => role)).toEqual(['administrator', 'viewer']);
  });

  it('may have an email that is not verified, and does not get into the console then', async () => {
    const [admin] = app.sandbox.world.admins.all();
    if (!admin) throw new Error('the sandbox has no teammate');
    app.sandbox.world.admins.put({ ...admin, email_verified: false });
    const { desk, outcome } = await install();
    app.sandbox.world.admins.put(admin);
    expect(outcome.status).toBe(200);
    expect(outcome.text).toContain('is installed in');
    expect((await desk.get('/console/access')).status).toBe(303);
  });

  it('finds all settings as they were', async () => {
    const desk = await signIn(app);
    const kept = async () => app.query('select * from campaigns order by id');
    const before = await kept();
    await install();
    expect(await kept()).toEqual(before);
    expect((await desk.get('/console/access')).status).toBe(200);
  });
});
