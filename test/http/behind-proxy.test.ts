// Facing the internet: load balancers, proxies in front, and a proxy for requests that leave.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientAddress } from '../../src/http/limits.ts';
import { proxySettings } from '../../src/outbound/outbound.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { signIn } from '../support/console.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ environment: { TRUST_PROXY: '0' } });
});
afterAll(() => app?.close());

test('an idle connection is kept for longer than a load balancer keeps it', async () => {
  const answer = await fetch(`${app.url}/healthz`, { headers: { connection: 'keep-alive' } });
  const [, seconds] = /timeout=(\d+)/.exec(answer.headers.get('keep-alive') ?? '') ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
});

test('HTTPS is demanded of this host alone', async () => {
  const answer = await fetch(`${app.url}/healthz`);
  expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
});

test('a proxy that no setting names is told once in the log, and on Home', async () => {
  const desk = await signIn(app);
  const through = { headers: { 'x-forwarded-for': '203.0.113.7' } };
  await fetch(`${app.url}/healthz`, through);
  await fetch(`${app.url}/healthz`, through);
  expect(app.logged.filter((line) => line.includes('set TRUST_PROXY'))).toHaveLength(1);
  expect((await desk.get('/console')).text).toContain('Set TRUST_PROXY to the number of proxies');
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:50123', '203.0.113.7'],
  ['[2001:db8::7]:443', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['2001:db8::7', '2001:db8::7'],
  ['unknown', '127.0.0.1'],
  ['', '127.0.0.1'],
  ['<script>', '127.0.0.1'],
  ['203.0.113.7, 10.0.0.1', '127.0.0.1'],
])('the caller behind "%s" is %s', (forwarded, address) => {
  expect(clientAddress({ ip: forwarded, socket: { remoteAddress: '127.0.0.1' } as never })).toBe(address);
});

test('a limit by address holds whatever port or rubbish a proxy writes', async () => {
  const other = await startTestApp({ environment: { TRUST_PROXY: '1' } });
  const tryToken = async (forwarded: string) => {
    const headers = { Authorization: 'Bearer no', 'X-Forwarded-For': forwarded };
    return (await fetch(`${other.url}/api/v1/campaigns`, { headers })).status;
  };
  const statuses: number[] = [];
  for (let port = 1; port <= 140; port += 1) statuses.push(await tryToken(`203.0.113.9:${20_000 + port}`));
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  expect(await tryToken('203.0.113.10:1')).toBe(401);
  await other.close();
});

test.each([
  ['http://127.0.0.1:4000', false],
  ['http://localhost:4000/me', false],
  ['https://10.1.2.3', false],
  ['https://192.168.1.4:8443/x', false],
  ['http://[::1]:4000', false],
  ['https://intercom-mock', false],
  ['https://desk.internal', false],
  ['https://api.intercom.io', true],
  ['https://referral-factory.com/api/v2', true],
  ['https://8.8.8.8', true],
])('requests to %s may go through a proxy of the environment: %s', (url, mayUseProxy) => {
  expect(!('proxy' in proxySettings(url))).toBe(mayUseProxy);
});

test('the client secret never goes to the proxy of http_proxy', async () => {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => void seen.push(chunk.toString()));
    seen.push(request.url ?? '');
    response.statusCode = 502;
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const before = { http_proxy: process.env.http_proxy, no_proxy: process.env.no_proxy };
  process.env.http_proxy = address;
  delete process.env.no_proxy;
  const other = await startTestApp();
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  expect(seen).toEqual([]);
  await other.close();
  proxy.close();
});

test('a connection that sends nothing is closed, one that idles between two requests is not', async () => {
  const other = await startTestApp({ story: false, installed: false, overrides: { requestWithinMs: 300 } });
  const port = Number(new URL(other.url).port);
  const silent = connect(port, '127.0.0.1').resume();
  await new Promise((resolve) => silent.once('close', resolve));
  const idle = connect(port, '127.0.0.1');
  const answers: string[] = [];
  idle.on('data', (chunk) => void answers.push(chunk.toString()));
  const ask = () => idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  ask();
  await expect.poll(() => answers.length).toBe(1);
  const again = connect(port, '127.0.0.1').resume();
  // As long as a silent connection lives, and longer than the limit.
  await new Promise((resolve) => again.once('close', resolve));
  ask();
  await expect.poll(() => answers.length).toBe(2);
  expect(answers.every((text) => text.startsWith('HTTP/1.1 200'))).toBe(true);
  idle.destroy();
  await other.close();
});
