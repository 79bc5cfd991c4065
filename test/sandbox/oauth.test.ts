// Installing and removing the app on the sandbox, as a browser and the app's server go through it.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import axios, { type AxiosResponse } from 'axios';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { type ReceivingApp, startReceivingApp } from './receiving-app.ts';

const clientId = 'the-app';
const clientSecret = 'the-secret-of-the-app';

let app: ReceivingApp;
let sandbox: Sandbox;
let now: number;

beforeEach(async () => {
  now = Date.now();
  app = await startReceivingApp();
  sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId,
    clientSecret,
    now: () => now,
  });
});

afterEach(async () => {
  await sandbox.close();
  await app.close();
});

const answersOnly = { validateStatus: () => true, maxRedirects: 0 };
const openPage = (params: Record<string, string>): Promise<AxiosResponse<string>> =>
  axios.get(`${sandbox.url}/oauth`, { params, ...answersOnly });

/** Presses a button on the page as a browser does: with the form's own hidden fields. */
async function press(decision: 'authorize' | 'cancel', more: Record<string, string> = {}): Promise<URL> {
  const page = await openPage({
    client_id: clientId,
    state: 'a&b="c"',
    redirect_uri: `${app.url}/install/callback`,
  });
  const hidden = [...page.data.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
  const fields = new URLSearchParams({ decision, ...more });
  for (const [, name = '', value = ''] of hidden) fields.set(name, unescaped(value));
  const answer = await axios.post(`${sandbox.url}/oauth`, fields, answersOnly);
  expect(answer.status).toBe(302);
  return new URL(answer.headers.location);
}

const unescaped = (html: string) =>
  html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

async function freshCode(more: Record<string, string> = {}): Promise<string> {
  return (await press('authorize', more)).searchParams.get('code') ?? '';
}

const exchange = (body: unknown) => axios.post(`${sandbox.url}/auth/eagle/token`, body, answersOnly);
const asJson = (code: string) => ({ code, client_id: clientId, client_secret: clientSecret });
const me = (token: string) =>
  axios.get(`${sandbox.url}/me`, { headers: { Authorization: `Bearer ${token}` }, ...answersOnly });

const manifest = JSON.parse(readFileSync('app-manifest.json', 'utf8'));
const askedFor: string[] = manifest.scopes.map((scope: { name: string }) => scope.name);

test('the page says who wants what in which workspace, and loads nothing from elsewhere', async () => {
  const page = await openPage({ client_id: clientId, state: 's' });
  expect(page.status).toBe(200);
  for (const words of ['Referral Desk', 'Northwind Outfitters', 'Aoife Brennan', ...askedFor]) {
    expect(page.data).toContain(words);
  }
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.data).not.toMatch(/(src|href)=/);
});

test('agreeing leads back to the app with a code and the state as it came', async () => {
  const back = await press('authorize');
  expect(back.href.startsWith(`${app.url}/install/callback?`)).toBe(true);
  expect(back.searchParams.get('state')).toBe('a&b="c"');
  expect(back.searchParams.get('code')).toMatch(/=$/);
});

test('canceling leads back with an error and no code', async () => {
  const back = await press('cancel');
  expect(back.searchParams.get('error')).toBe('access_denied');
  expect(back.searchParams.has('code')).toBe(false);
});

test('an unknown app gets an error page', async () => {
  const page = await openPage({ client_id: 'somebody-else', state: 's' });
  expect(page.status).toBe(400);
  expect(page.data).toContain('cannot be installed');
});

test.each([
  ['another host', 'https://elsewhere.example.com/install/callback'],
  ['a host that only begins alike', 'APP.elsewhere.example.com/install/callback'],
  ['credentials before another host', 'APP@elsewhere.example.com/'],
  ['another scheme', 'javascript:alert(1)'],
])('a return address with %s gets an error page, never a redirect', async (_, address) => {
  const redirect_uri = address.replace('APP', app.url);
  const page = await openPage({ client_id: clientId, state: 's', redirect_uri });
  expect(page.status).toBe(400);
  const fields = new URLSearchParams({
    client_id: clientId,
    state: 's',
    redirect_uri,
    decision: 'authorize',
  });
  const pressed = await axios.post(`${sandbox.url}/oauth`, fields, answersOnly);
  expect(pressed.status).toBe(400);
  expect(pressed.headers.location).toBeUndefined();
});

test('a code becomes a token that acts for the teammate who agreed', async () => {
  const answer = await exchange(asJson(await freshCode({ admin_id: '7310003' })));
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual({
    token_type: 'Bearer',
    token: expect.any(String),
    access_token: answer.data.token,
  });
  const known = await me(answer.data.token);
  expect(known.data).toMatchObject({
    id: '7310003',
    email_verified: false,
    app: { id_code: 'sandbox', region: 'US' },
  });
});

test('the exchange reads a form as well, and the equals sign at the end of the code matters', async () => {
  const code = await freshCode();
  expect((await exchange(asJson(code.slice(0, -1)))).status).toBe(401);
  expect((await exchange(new URLSearchParams(asJson(code)))).status).toBe(200);
});

test('a code is good for one exchange', async () => {
  const code = await freshCode();
  expect((await exchange(asJson(code))).status).toBe(200);
  const again = await exchange(asJson(code));
  expect(again.status).toBe(401);
  expect(again.data).toMatchObject({
    type: 'error.list',
    errors: [{ code: 'unauthorized', message: 'Unauthorized Code' }],
  });
});

test('a code is good for five minutes', async () => {
  const [late, inTime] = [await freshCode(), await freshCode()];
  now += 299_000;
  expect((await exchange(asJson(inTime))).status).toBe(200);
  now += 1_000;
  expect((await exchange(asJson(late))).status).toBe(401);
});

test.each([{ client_secret: 'wrong' }, { client_id: 'somebody-else' }])(
  'a code is of no use to a caller with %o, and is not used up by it',
  async (wrong) => {
    const code = await freshCode();
    expect((await exchange({ ...asJson(code), ...wrong })).status).toBe(401);
    expect((await exchange(asJson(code))).status).toBe(200);
  },
);

test('an exchange without a code says which parameter is missing', async () => {
  const answer = await exchange({ client_id: clientId, client_secret: clientSecret });
  expect(answer.status).toBe(400);
  expect(answer.data.errors).toMatchObject([{ code: 'parameter_missing', field: 'code' }]);
});

test('an address beside the app, but not below it, is not a return address', async () => {
  sandbox.setAppUrl(`${app.url}/desk`);
  const params = { client_id: clientId, state: 's' };
  expect((await openPage({ ...params, redirect_uri: `${app.url}/desk-two/callback` })).status).toBe(400);
  expect((await openPage({ ...params, redirect_uri: `${app.url}/desk/callback` })).status).toBe(200);
});

test('an exchange that is not JSON gets Intercom’s error body', async () => {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await axios.post(`${sandbox.url}/auth/eagle/token`, '{"code":', { headers, ...answersOnly });
  expect([answer.status, answer.data.type]).toEqual([400, 'error.list']);
});

test('a teammate who is not in the workspace cannot agree', async () => {
  const fields = new URLSearchParams({
    client_id: clientId,
    state: 's',
    decision: 'authorize',
    admin_id: '1',
  });
  const answer = await axios.post(`${sandbox.url}/oauth`, fields, answersOnly);
  expect(answer.status).toBe(400);
});

test('when the app uninstalls itself, its token dies and the signed notice arrives', async () => {
  const { token } = (await exchange(asJson(await freshCode()))).data;
  const headers = { Authorization: `Bearer ${token}` };
  expect((await axios.post(`${sandbox.url}/auth/uninstall`, undefined, { headers })).status).toBe(200);
  const [notice] = await app.gets(1);
  expect(notice).toMatchObject({ method: 'POST', path: '/intercom/uninstall', body: '{"app_id":"sandbox"}' });
  expect(notice?.headers['x-body-signature']).toBe(
    createHmac('sha256', clientSecret).update('{"app_id":"sandbox"}').digest('hex'),
  );
  expect((await me(token)).status).toBe(401);
});
