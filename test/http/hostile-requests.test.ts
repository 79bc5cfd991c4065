// What attackers send besides wrong words: bodies that unpack without end, headers, connections, keys, lines for the log, and
// addresses of private networks.
import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPost } from '../../src/messages/post.ts';
import { createOutboundGuard } from '../../src/referrals/outbound-guard.ts';
import { type Caller, callerWith, campaignFor, refusedFields } from '../support/api.ts';
import { sign, startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';
import { hubSignature } from '../support/notifications.ts';

let app: TestApp;
let desk: Console;
let api: Caller;
let token: string;

beforeAll(async () => {
  app = await startTestApp({
    story: false,
    environment: { ALLOW_PRIVATE_PLATFORMS: 'false' },
    overrides: { requestWithinMs: 3_000 },
  });
  token = await app.apiToken();
  desk = await signIn(app);
  api = callerWith(app.url, token);
});
afterAll(() => app?.close());

const isAlive = async () => (await fetch(`${app.url}/healthz`)).status === 200;

describe('A body that unpacks to a thousand times its size', () => {
  const zeros = Buffer.alloc(50 * 1024 * 1024, '0');
  const bombs = [
    ['gzip', gzipSync(zeros)],
    ['br', brotliCompressSync(zeros.subarray(0, 8 * 1024 * 1024))],
    ['deflate', deflateSync(zeros)],
  ] as const;
  const doors = [
    ['/api/v1/campaigns', 'application/json'],
    ['/api/v1/imports', 'text/csv'],
    ['/intercom/inbox/submit', 'application/json'],
    ['/intercom/webhooks', 'application/json'],
    ['/referrals/hooks/sandbox/referral-factory', 'application/json'],
    ['/oauth/register', 'application/json'],
    ['/oauth/token', 'application/x-www-form-urlencoded'],
    ['/mcp', 'application/json'],
    ['/join/anything', 'application/x-www-form-urlencoded'],
    ['/console/campaigns/new', 'application/x-www-form-urlencoded'],
  ] as const;

  it.each(doors)('is refused, or not unpacked: %s', async (path, type) => {
    for (const [encoding, body] of bombs) {
      const answer = await fetch(app.url + path, {
        method: 'POST',
        redirect: 'manual',
        body,
        headers: {
          ...{ 'content-type': type, 'content-encoding': encoding, authorization: `Bearer ${token}` },
          ...{ 'x-body-signature': sign(body), 'x-hub-signature': hubSignature(body) },
          cookie: [...desk.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      });
      // Signed bytes that are not JSON get a 200 as notifications: a retry would be no more readable.
      const taken = path === '/intercom/webhooks' ? [200] : [400, 401, 403, 404, 413, 415, 422];
      expect(taken, encoding).toContain(answer.status);
      await answer.arrayBuffer();
    }
    expect(await isAlive()).toBe(true);
  });
});

describe('Connections', () => {
  const opened: Socket[] = [];
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  function open(text: string): { answered: () => string; closed: () => boolean } {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answered = '';
    let isClosed = false;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      answered += data;
    });
    socket.on('close', () => {
      isClosed = true;
    });
    socket.write(text);
    opened.push(socket);
    return { answered: () => answered, closed: () => isClosed };
  }

  it('by the hundred that never finish their headers are closed, and others are served meanwhile', async () => {
    const callers = Array.from({ length: 300 }, () =>
      open('POST /join/x HTTP/1.1\r\nHost: desk\r\nX-Slow: '),
    );
    expect(await isAlive()).toBe(true);
    expect((await api.get('/campaigns')).status).toBe(200);
    await expect.poll(() => callers.every(({ closed }) => closed())).toBe(true);
  });

  it('with huge headers are refused', async () => {
    const line = `X-Large: ${'a'.repeat(1_000)}\r\n`;
    for (const headers of [line.repeat(100), `X-Large: ${'a'.repeat(100_000)}\r\n`]) {
      const caller = open(`GET /healthz HTTP/1.1\r\nHost: desk\r\n${headers}\r\n`);
      await expect.poll(() => caller.closed()).toBe(true);
      expect(caller.answered()).toMatch(/^HTTP\/1.1 431 /);
    }
    expect(await isAlive()).toBe(true);
  });
});

describe('Keys of the prototype', () => {
  const polluted = () => ({}) as Record<string, unknown>;

  it('are unknown fields like any other, and reach no other object', async () => {
    const campaign = await campaignFor(api);
    const bodies = ['{"__proto__":{"owned":1}}', '{"constructor":{"prototype":{"owned":1}}}'];
    for (const body of bodies) {
      for (const [method, path] of [
        ['POST', '/campaigns'],
        ['PATCH', '/settings'],
        ['PATCH', `/campaigns/${campaign}`],
        ['POST', '/referrals'],
      ] as const) {
        const answer = await api.send(method, path, { body });
        expect(answer.status, `${path} ${body}`).toBe(422);
        expect(refusedFields(answer).length).toBeGreaterThan(0);
      }
    }
    const fields = { '__proto__[owned]': '1', 'constructor[prototype][owned]': '1', __proto__: '1' };
    expect((await desk.post('/console/campaigns/new', { ...fields, name: '' })).status).toBe(422);
    expect((await desk.get('/console/people?__proto__[owned]=1&q=a')).status).toBeLessThan(500);
    expect(polluted().owned).toBeUndefined();
  });
});

describe('The log', () => {
  it('has one line of JSON for each event, whatever callers call themselves', async () => {
    const forged = '{"level":"error","msg":"forged"}';
    const before = app.logged.length;
    const line = encodeURIComponent(`x\r\n${forged}\u2028`);
    await fetch(`${app.url}/${line}?a=${line}`);
    await fetch(`${app.url}/join/${line}`, {
      method: 'POST',
      body: new URLSearchParams({ name: `\n${forged}` }),
    });
    await fetch(`${app.url}/healthz`, { headers: { 'x-request-id': forged, 'user-agent': forged } });
    const raw = JSON.stringify({
      workspace_id: `sandbox\n${forged}`,
      app_id: `\n${forged}`,
      topic: `\n${forged}`,
    });
    for (const path of ['/intercom/webhooks', '/intercom/inbox/submit', '/intercom/health'])
      await fetch(app.url + path, {
        method: 'POST',
        body: raw,
        headers: { 'x-hub-signature': hubSignature(raw), 'x-body-signature': sign(raw) },
      });
    await api.post('/campaigns', { name: `A\n${forged}`, destination_url: 'https://example.com' });
    const logged = app.logged.slice(before);
    expect(logged.length).toBeGreaterThan(3);
    for (const text of logged) {
      expect(text.trimEnd()).not.toMatch(/[\r\n]/);
      expect((JSON.parse(text) as { msg: string }).msg).not.toBe('forged');
      expect((JSON.parse(text) as { requestId?: string }).requestId ?? '').not.toContain('forged');
    }
  });
});

describe('An address of a private network', () => {
  const hosts = [
    ...[
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
    ],
    ...[
      '169.254.169.254',
      '10.0.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '0.0.0.0',
      '[fd00::1]',
      '[64:ff9b::7f00:1]',
    ],
  ];

  it.each(hosts)('is taken nowhere: %s', async (host) => {
    const url = `https://${host}/hooks`;
    const connection = { platform: 'referral-factory', base_url: url, token: 'a-token' };
    const connected = await api.post('/connections', connection);
    expect([connected.status, refusedFields(connected)]).toEqual([422, ['base_url']]);
    expect((await desk.post('/console/reward-webhook', { url })).status).toBe(422);
    const channel = { name: `Channel ${host}`, url, failures: 'on' };
    expect((await desk.post('/console/alerts/channels', channel)).status).toBe(422);
  });

  describe('behind a name', () => {
    const { lookup } = dns;
    let inside: Server;
    let asked = 0;
    beforeAll(async () => {
      inside = createServer((_request, response) => {
        asked += 1;
        response.end('{}');
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => inside.once('listening', resolve));
    });
    afterAll(() => {
      dns.lookup = lookup;
      syncBuiltinESMExports();
      inside.close();
    });

    /** As a name server that is the attacker's: one address for the check, another for the connection. */
    function answerWith(addresses: string[]): void {
      const answers = [...addresses];
      const fake = (_host: string, options: unknown, done: unknown) => {
        const answer = (typeof options === 'function' ? options : done) as (
          error: null,
          found: dns.LookupAddress[],
        ) => void;
        const address = (answers.length > 1 ? answers.shift() : answers[0]) ?? '';
        answer(null, [{ address, family: 4 }]);
      };
      dns.lookup = fake as unknown as typeof dns.lookup;
      syncBuiltinESMExports();
    }

    it('that has changed since it was checked is not connected to', async () => {
      const guard = createOutboundGuard({ allowPrivate: false });
      const { port } = inside.address() as AddressInfo;
      const url = `http://changes.example:${port}/hooks`;
      answerWith(['93.184.216.34', '127.0.0.1']);
      expect(await guard.isPrivateAddress(url)).toBe(false);
      const post = createPost(guard);
      await expect(post({ url, body: '{}', receiver: 'The system' })).rejects.toThrow(
        'leads to a private network',
      );
      expect(asked).toBe(0);
    });

    it('is connected to where the operator allows it', async () => {
      const { port } = inside.address() as AddressInfo;
      answerWith(['127.0.0.1']);
      const post = createPost(createOutboundGuard({ allowPrivate: true }));
      const url = `http://127.0.0.1:${port}/hooks`;
      expect((await post({ url, body: '{}', receiver: 'The system' })).status).toBe(200);
      expect(asked).toBe(1);
    });
  });
});
