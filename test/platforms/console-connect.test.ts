// Connect: the referral platform is tried before it is stored, secrets are never shown again, private networks never called.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../src/outbound/outbound.ts';
import { createOutboundGuard } from '../../src/referrals/outbound-guard.ts';
import { ReferralFactoryClient } from '../../src/referrals/referral-factory/client.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

const token = 'sandbox-referral-token';
const address = (app: TestApp) => `${app.sandbox.url}/referral-factory/api/v2`;

describe('Connect', () => {
  let app: TestApp;
  let desk: Console;
  beforeAll(async () => {
    app = await startTestApp();
    desk = await signIn(app);
  });
  beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
  afterAll(() => app?.close());

  const connection = async () =>
    JSON.stringify(await app.query('select base_url, sealed_token, sealed_hook_secret from connections'));

  it('says what the platform has, or what is wrong and what to do', async () => {
    const works = await desk.post('/console/connect/referral-factory/test');
    expect(works.status).toBe(200);
    expect(works.text).toMatch(/The connection works\. .*Autumn/);
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status: 401,
      match: { path: '/referral-factory' },
    });
    const refused = await desk.post('/console/connect/referral-factory/test');
    expect(refused.text).toContain('refused the token');
    expect(refused.text).toContain('Copy the token again');
  });

  it('tries an address and a token before it keeps them', async () => {
    const before = await connection();
    const wrong = await desk.post('/console/connect/referral-factory', {
      base_url: address(app),
      token: 'another-token',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.html).toMatch(/id="f-token-why">[^<]*refused the token/);
    const elsewhere = await desk.post('/console/connect/referral-factory', {
      base_url: `${app.sandbox.url}/nowhere`,
      token,
    });
    expect(elsewhere.html).toMatch(/id="f-base_url-why">[^<]*ends in \/api\/v2/);
    for (const base_url of ['ftp://files.example.com', 'nonsense', ''])
      expect((await desk.post('/console/connect/referral-factory', { base_url, token })).status).toBe(422);
    expect(await connection()).toBe(before);
  });

  it('never shows a token or a secret again, only since when it is set', async () => {
    const page = await desk.submit('/console/connect/referral-factory', { base_url: address(app), token });
    expect(page.text).toMatch(/Connected\. .*Autumn/);
    expect(page.text).toMatch(/Token +set on \w+ \d+, \d{4}/);
    expect(page.html).not.toContain(token);
    const refused = await desk.post('/console/connect/referral-factory', {
      base_url: 'nonsense',
      token: 'typed-and-refused',
    });
    expect(refused.html).not.toContain('typed-and-refused');
    expect(page.html).toContain('value="X-Referral-Desk-Secret"');
    expect(page.html).toContain(`${app.url}/referrals/hooks/sandbox/referral-factory`);
    expect((await desk.get('/console/access/log')).text).toContain('connected Referral Factory');
    expect(await connection()).not.toContain(token);
  });

  it('makes a new secret for notifications, shown once, and refuses the one before', async () => {
    const secretIn = (html: string) => /<code>([\w-]{32})<\/code>/.exec(html)?.[1] ?? '';
    const hook = async (secret: string) =>
      (
        await fetch(`${app.url}/referrals/hooks/sandbox/referral-factory`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-Referral-Desk-Secret': secret },
          body: '{}',
        })
      ).status;
    const first = secretIn((await desk.post('/console/connect/referral-factory/secret')).html);
    expect(await hook(first)).toBe(200);
    const second = secretIn((await desk.post('/console/connect/referral-factory/secret')).html);
    expect(second).not.toBe(first);
    expect([await hook(first), await hook(second)]).toEqual([401, 200]);
    expect((await desk.get('/console/connect')).html).not.toContain(second);
    expect((await desk.get('/console/access/log')).html).not.toContain(second);
  });

  it('compares both sides when asked', async () => {
    const page = await desk.submit('/console/connect/referral-factory/compare', { repair: 'no' });
    expect(page.text).toContain('Check started');
    await expect.poll(async () => (await desk.get('/console/connect')).text).toMatch(/people checked, until/);
  });
});

describe('A private network', () => {
  let app: TestApp;
  let desk: Console;
  beforeAll(async () => {
    app = await startTestApp({ environment: { ALLOW_PRIVATE_PLATFORMS: 'false' } });
    desk = await signIn(app);
  });
  afterAll(() => app?.close());

  it('is refused as the address of a platform, however it is written', async () => {
    const { port } = new URL(app.sandbox.url);
    const before = app.sandbox.world.referralFactory.users.all().length;
    const hosts = [
      'localhost',
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ];
    for (const host of [...hosts, '10.0.0.8', '169.254.169.254', '[fd00::8]']) {
      const base_url = `http://${host}:${port}/referral-factory/api/v2`;
      const answer = await desk.post('/console/connect/referral-factory', { base_url, token });
      expect([host, answer.status]).toEqual([host, 422]);
      expect(answer.html, host).toMatch(/id="f-base_url-why">leads to a private network/);
      const api = await fetch(`${app.url}/api/v1/connections`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${await app.apiToken()}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ platform: 'referral-factory', base_url, token }),
      });
      expect([host, api.status]).toEqual([host, 422]);
    }
    expect(app.sandbox.world.referralFactory.users.all()).toHaveLength(before);
  });

  it('is not the only address that is refused: one with a password would be shown, and sent instead of the token', async () => {
    for (const base_url of [
      'http://user:pass@example.com/api/v2',
      'http://example.com/?key=1',
      'http://example.com/#x',
    ]) {
      const answer = await desk.post('/console/connect/referral-factory', { base_url, token });
      expect(answer.status).toBe(422);
      expect(answer.html).toMatch(/id="f-base_url-why">must not contain a user name/);
    }
  });

  it('is not called either when it was stored before, or its name leads there by now', async () => {
    const page = await desk.post('/console/connect/referral-factory/test');
    expect(page.text).toContain('leads to a private network');
    const compared = await desk.submit('/console/connect/referral-factory/compare', { repair: 'no' });
    expect(compared.text).toContain('leads to a private network, where this app is not allowed to call');
  });
});

describe('What may be reached', () => {
  it('is the public internet and nothing else', () => {
    const inside = [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '::',
      'fe80::1',
      'fc00::1',
      '64:ff9b::a00:1',
    ];
    for (const one of [...inside, '2002:7f00:1::', '::ffff:10.0.0.1', '255.255.255.255', '224.0.0.1'])
      expect([one, isPrivateAddress(one)]).toEqual([one, true]);
    for (const one of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '11.0.0.1'])
      expect([one, isPrivateAddress(one)]).toEqual([one, false]);
  });

  it('is looked at for each connection, so that a name that led elsewhere when it was stored does not help', async () => {
    let calls = 0;
    const server = createServer((_request, answer) => {
      calls += 1;
      answer.end('{"data":[]}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const allowance = { take: async () => {}, close: async () => {} };
    const clientFor = (host: string, allowPrivate: boolean) =>
      new ReferralFactoryClient({
        baseUrl: `http://${host}:${port}/api/v2`,
        token: 'x',
        allowance,
        outboundGuard: createOutboundGuard({ allowPrivate }),
      });
    for (const host of ['localhost', '127.0.0.1'])
      await expect(clientFor(host, false).campaigns()).rejects.toMatchObject({ code: 'unauthorized' });
    const { httpAgent } = createOutboundGuard({ allowPrivate: false });
    const [error] = await once(get(`http://localhost:${port}/`, { agent: httpAgent }), 'error');
    expect(error).toMatchObject({ code: 'EPRIVATE' });
    expect(calls).toBe(0);
    await clientFor('localhost', true).campaigns();
    expect(calls).toBe(1);
    server.close();
  });
});
