// The links of an installation: where they lead, who may follow them, and what their pages look like.
import jwt from 'jsonwebtoken';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets.ts';
import {
  appSecret,
  begin,
  callback,
  client,
  createBrowser,
  type Desk,
  publicUrl,
  startDesk,
  textOf,
} from '../support/installing.ts';
import { interceptRequests } from '../support/nock.ts';

const us = 'https://api.intercom.io';

let desk: Desk;

interceptRequests('127.0.0.1');
beforeAll(async () => {
  desk = await startDesk();
});
afterEach(() => nock.cleanAll());
afterAll(() => desk?.stop());

describe('Going to Intercom', () => {
  it('asks for consent with client id, state and our own address to return to', async () => {
    const { consent, state } = await begin(createBrowser(desk));
    expect(consent.origin + consent.pathname).toBe('https://app.intercom.com/oauth');
    expect(Object.fromEntries(consent.searchParams)).toEqual({
      client_id: client.id,
      state,
      redirect_uri: `${publicUrl}/install/callback`,
    });
  });

  it('leads to the region that was asked for, and to no address that a visitor names', async () => {
    const browser = createBrowser(desk);
    expect((await begin(browser, '?region=eu')).consent.host).toBe('app.eu.intercom.com');
    expect((await begin(browser, '?region=AU')).consent.host).toBe('app.au.intercom.com');
    const evil = 'https://evil.example';
    const { consent } = await begin(browser, `?redirect_uri=${evil}&next=${evil}&return_to=${evil}`);
    expect(consent.href).not.toContain('evil');
    for (const query of ['?region=evil.example', '?region=eu&region=us']) {
      const answer = await browser.open(`/install${query}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
  });

  it('marks the browser with a cookie that no script, other site or plain connection gets', async () => {
    const [cookie = ''] = (await createBrowser(desk).open('/install')).headers.getSetCookie();
    const [pair = '', ...attributes] = cookie.split('; ');
    expect(pair).toMatch(/^__Secure-referral-desk-install=[\w-]{43}$/);
    expect(attributes).toEqual(
      expect.arrayContaining(['Max-Age=600', 'Path=/install', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    );
    expect(cookie).not.toContain('Domain');
  });

  it('takes over no mark that this app cannot have made', async () => {
    const browser = createBrowser(desk);
    browser.cookies.set('__Secure-referral-desk-install', 'planted');
    await begin(browser);
    expect(browser.cookies.get('__Secure-referral-desk-install')).toMatch(/^[\w-]{43}$/);
  });

  it('is neither stored by the browser nor told to Intercom as the page before', async () => {
    const { headers } = await createBrowser(desk).open('/install');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});

describe('A way back that is not whole or not ours', () => {
  it.each([
    ['nothing', ''],
    ['a code alone', '?code=abc'],
    ['a state alone', '?state=abc'],
    ['an empty code', '?code=&state=abc'],
    ['an empty state', '?code=abc&state='],
    ['two codes', '?code=abc&code=def&state=ghi'],
    ['two states', '?code=abc&state=def&state=ghi'],
    ['two errors', '?error=access_denied&error=twice'],
  ])('is refused before anything is asked: %s', async (_what, query) => {
    const answer = await createBrowser(desk).open(`/install/callback${query}`);
    expect(answer.status).toBe(400);
    expect(await textOf(answer)).toContain('Start again');
    expect(await desk.query('select * from installations')).toEqual([]);
  });

  it('is refused when the state was made by someone else, or for something else', async () => {
    const browser = createBrowser(desk);
    await begin(browser);
    const asked = nock(us).post('/auth/eagle/token').reply(200, { token: 'a-token' });
    const token = { subject: 'browser', jti: 'x', expiresInSeconds: 600 };
    const install = (state: string) => `install.${state}`;
    const states = [
      install(
        createSecrets(['another secret that is long enough for this']).sign({
          ...token,
          audience: 'install',
        }),
      ),
      install(createSecrets([appSecret]).sign({ ...token, audience: 'referral-desk-api' })),
      install(createSecrets([appSecret]).sign({ ...token, audience: 'sign-in' })),
      install(jwt.sign({ sub: 'browser', jti: 'x', aud: 'install' }, '', { algorithm: 'none' })),
      'nonsense',
    ];
    for (const state of states) {
      const answer = await browser.open(callback({ code: 'abc', state }));
      expect(answer.status).toBe(400);
    }
    expect(asked.isDone()).toBe(false);
  });
});

describe('Every page of it', () => {
  it('shows names as text, runs and loads nothing, and is neither stored nor framed nor named elsewhere', async () => {
    const name = `<script>alert(1)</script>"'&{{x}} مرحبا`;
    nock(us).post('/auth/eagle/token').reply(200, { token: 'a-token' });
    nock(us)
      .get('/me')
      .reply(200, { id: '42', app: { id_code: 'ab12', name } });
    const browser = createBrowser(desk);
    const { state } = await begin(browser);
    const answer = await browser.open(callback({ code: 'abc', state }));
    const page = await answer.text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{x}} مرحبا');
    expect(page).not.toContain('<script');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('comes after a pause for an address that asks too often, on both routes together', async () => {
    const browser = createBrowser(desk);
    const statuses = [];
    for (let i = 0; i < 32; i += 1) {
      statuses.push((await browser.open(i % 2 ? '/install' : '/install/callback')).status);
    }
    expect(statuses.indexOf(429)).toBe(30);
    const answer = await browser.open('/install');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await textOf(answer)).toContain('Wait a minute');
    expect((await createBrowser(desk).open('/install')).status).toBe(302);
  });
});
