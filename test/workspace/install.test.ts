// Installing, as a teammate does it: through Intercom's consent page and back, in one browser, once.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { createSecrets } from '../../src/secrets.ts';
import {
  appSecret,
  type Browser,
  begin,
  callback,
  client,
  createBrowser,
  type Desk,
  publicUrl,
  startDesk,
  textOf,
} from '../support/installing.ts';

let sandbox: Sandbox;
let desk: Desk;

beforeAll(async () => {
  sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: publicUrl,
    clientId: client.id,
    clientSecret: client.secret,
  });
  desk = await startDesk({ INTERCOM_API_URL: sandbox.url, INTERCOM_OAUTH_URL: `${sandbox.url}/oauth` });
});

afterAll(async () => {
  await desk?.stop();
  await sandbox?.close();
});

/** Presses a button of the consent page; returns the address that Intercom sends the browser back to. */
async function decide(browser: Browser, consent: URL, decision: 'authorize' | 'cancel'): Promise<string> {
  const page = await (await browser.open(consent.href)).text();
  const hidden = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const form = new URLSearchParams(
    [...hidden].map(([, name = '', value = '']): [string, string] => [name, value]),
  );
  form.set('decision', decision);
  const answer = await browser.open(`${sandbox.url}/oauth`, { method: 'POST', body: form });
  return answer.headers.get('location') ?? '';
}

async function install(browser = createBrowser(desk)): Promise<Response> {
  const { consent } = await begin(browser);
  return browser.open(await decide(browser, consent, 'authorize'));
}

/** The stored access token, opened. */
async function storedToken(): Promise<string> {
  const [row] = await desk.query('select sealed_token from installations');
  return createSecrets([appSecret]).open('sandbox', String(row?.sealed_token));
}

describe('A teammate who authorizes access', () => {
  it('comes to the console, signed in, and reads that the app is installed and what the next step is', async () => {
    const browser = createBrowser(desk);
    const answer = await install(browser);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/console');
    const text = await textOf(await browser.open('/console/access'));
    expect(text).toContain(`Referral Desk is installed in ${sandbox.world.workspace.name}`);
    expect(text).toContain('Edit apps');
    expect(text).toContain('Sign out');
  });

  it('is signed in by a cookie that is sent to this very host alone, over HTTPS', async () => {
    const answer = await install();
    const cookies = answer.headers.getSetCookie();
    const session = cookies.find((cookie) => cookie.startsWith('__Host-referral-desk='));
    expect(session).toMatch(/^__Host-referral-desk=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    for (const cookie of cookies) expect(cookie).toMatch(/^__(Host|Secure)-.*; Secure/);
  });

  it('leaves an active installation with the teammate, the region and a sealed token', async () => {
    await install();
    const [row] = await desk.query('select * from installations');
    const teammate = sandbox.world.admins.all()[0];
    expect(row).toMatchObject({
      workspace_id: 'sandbox',
      name: sandbox.world.workspace.name,
      region: 'US',
      status: 'active',
      installed_by: { id: teammate?.id, name: teammate?.name, email: teammate?.email },
    });
    const token = await storedToken();
    expect(JSON.stringify(row)).not.toContain(token);
    const me = await fetch(`${sandbox.url}/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
  });

  it('never finds code, state or token in the log', async () => {
    const browser = createBrowser(desk);
    const { consent, state } = await begin(browser);
    const back = new URL(await decide(browser, consent, 'authorize'));
    await browser.open(back.href);
    const secrets = [state, back.searchParams.get('code') ?? '', client.secret, ...browser.cookies.values()];
    for (const secret of [...secrets, ...sandbox.world.tokens.all().map(({ id }) => id)]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(desk.logged()).not.toContain(secret);
    }
    expect(desk.logged()).toContain('"msg":"installed"');
  });

  it('may install again: the token is new, the first date and the rest stay', async () => {
    await install();
    const earlier = await storedToken();
    await desk.query(`update installations set status = 'revoked', sealed_token = null`);
    const [before] = await desk.query('select * from installations');
    expect((await install()).status).toBe(303);
    const [after] = await desk.query('select * from installations');
    expect(after).toMatchObject({ status: 'active', installed_at: before?.installed_at });
    expect(await storedToken()).not.toBe(earlier);
  });

  it('may do so in two browsers and two tabs at once', async () => {
    const other = createBrowser(desk);
    const tabs = createBrowser(desk);
    const first = await begin(tabs);
    const second = await begin(tabs);
    const backs = await Promise.all([first, second].map(({ consent }) => decide(tabs, consent, 'authorize')));
    const answers = await Promise.all([install(other), ...backs.map((back) => tabs.open(back))]);
    expect(answers.map((answer) => answer.status)).toEqual([303, 303, 303]);
    expect(await desk.query('select status from installations')).toEqual([{ status: 'active' }]);
  });
});

describe('A teammate who cancels', () => {
  it('reads that nothing was installed, and can start again', async () => {
    await desk.query('truncate installations cascade');
    const browser = createBrowser(desk);
    const { consent } = await begin(browser);
    const answer = await browser.open(await decide(browser, consent, 'cancel'));
    expect(answer.status).toBe(400);
    expect(await answer.clone().text()).toContain(`<a href="${publicUrl}/install">Start again</a>`);
    expect(await textOf(answer)).toContain('Access was not granted');
    expect(await desk.query('select * from installations')).toEqual([]);
  });
});

describe('The way back from Intercom', () => {
  it('works once: a second visit asks Intercom for nothing', async () => {
    const browser = createBrowser(desk);
    const { consent, state } = await begin(browser);
    const back = await decide(browser, consent, 'authorize');
    expect((await browser.open(back)).status).toBe(303);
    const tokens = sandbox.world.tokens.all().length;
    const again = await browser.open(back);
    expect(again.status).toBe(400);
    expect(await textOf(again)).toContain('already finished');
    // A fresh code does not help an old state.
    const fresh = new URL(await decide(browser, (await begin(browser)).consent, 'authorize'));
    const replayed = callback({ code: fresh.searchParams.get('code') ?? '', state });
    expect((await browser.open(replayed)).status).toBe(400);
    expect(sandbox.world.tokens.all()).toHaveLength(tokens);
  });

  it('works once even when it is taken ten times in the same moment', async () => {
    const browser = createBrowser(desk);
    const { consent } = await begin(browser);
    const back = await decide(browser, consent, 'authorize');
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.open(back)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([303, ...Array(9).fill(400)]);
  });

  it('is closed to any other browser, and stays open to the one that began', async () => {
    const victim = createBrowser(desk);
    await begin(victim);
    const thief = createBrowser(desk);
    const { consent } = await begin(thief);
    const back = await decide(thief, consent, 'authorize');
    for (const browser of [victim, createBrowser(desk)]) {
      const answer = await browser.open(back);
      expect(answer.status).toBe(403);
      expect(await textOf(answer)).toContain('another browser');
    }
    expect((await thief.open(back)).status).toBe(303);
  });

  it('closes after ten minutes', async () => {
    const browser = createBrowser(desk);
    const { consent } = await begin(browser);
    const back = await decide(browser, consent, 'authorize');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 + 1_000 });
    try {
      const answer = await browser.open(back);
      expect(answer.status).toBe(400);
      expect(await textOf(answer)).toContain('has expired');
    } finally {
      vi.useRealTimers();
    }
    expect((await browser.open(back)).status).toBe(303);
  });

  it('refuses a code that was spent, by Intercom’s word', async () => {
    const browser = createBrowser(desk);
    const { consent } = await begin(browser);
    const back = new URL(await decide(browser, consent, 'authorize'));
    await browser.open(back.href);
    const { state } = await begin(browser);
    const answer = await browser.open(callback({ code: back.searchParams.get('code') ?? '', state }));
    expect(answer.status).toBe(400);
    expect(await textOf(answer)).toContain('Intercom did not accept');
  });
});
