// The official conformance suite of MCP: whole over a fixture server on our transport and middleware, and over the product's
// own server for what concerns every server.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { mcpUrl } from '../support/assistant.ts';
import { startMcpFixture } from '../support/mcp-fixture.ts';

const suite = 'node_modules/@modelcontextprotocol/conformance/dist/index.js';
const expected = (name: string) => ['--expected-failures', `test/assistants/conformance-${name}.yml`];

type Ran = { code: number; text: string };

function conformance(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, FORCE_COLOR: '0' }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [suite, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr });
    });
  });
}

const summaryOf = ({ text }: Ran) => text.slice(text.indexOf('=== SUMMARY'));

describe('The transport and its middleware, with all that the suite asks for', () => {
  let fixture: Awaited<ReturnType<typeof startMcpFixture>>;
  beforeAll(async () => {
    fixture = await startMcpFixture();
  });
  afterAll(() => fixture?.close());

  it('conform to 2026-07-28 without an exception', async () => {
    const ran = await conformance('server', '--url', fixture.url, '--requirements', '2026-07-28');
    expect(ran.code, summaryOf(ran)).toBe(0);
  });

  it('conform to 2025-11-25 but for what takes a session', async () => {
    const asked = ['--requirements', '2025-11-25', ...expected('fixture')];
    const ran = await conformance('server', '--url', fixture.url, ...asked);
    expect(ran.code, summaryOf(ran)).toBe(0);
  });
});

describe('The product', () => {
  let app: TestApp;
  let door: Awaited<ReturnType<typeof openDoor>>;
  beforeAll(async () => {
    app = await startTestApp();
    door = await openDoor(mcpUrl(app), await app.apiToken());
  });
  afterAll(async () => {
    await door?.close();
    await app?.close();
  });

  it.each([
    ['2026-07-28', 'server-stateless'],
    ['2026-07-28', 'caching'],
    ['2026-07-28', 'http-header-validation'],
    ['2026-07-28', 'tools-list'],
    ['2026-07-28', 'dns-rebinding-protection'],
    ['2025-11-25', 'server-initialize'],
    ['2025-11-25', 'ping'],
    ['2025-11-25', 'tools-list'],
    ['2025-11-25', 'dns-rebinding-protection'],
  ])('conforms to %s in %s', async (version, scenario) => {
    const asked = ['--scenario', scenario, '--spec-version', version];
    const ran = await conformance('server', '--url', door.url, ...asked, ...expected('product'));
    expect(ran.code, ran.text.slice(-2_000)).toBe(0);
    const failed = [...ran.text.matchAll(/\[(sep-[\w-]+)\s*\] \S*FAILURE/g)].map(([, check]) => check);
    expect(failed).toEqual(notAsked[scenario] ?? []);
  });

  it('describes its authorization server as clients look for it', async () => {
    const asked = ['--scenario', 'authorization-server-metadata-endpoint'];
    const ran = await conformance('authorization', '--url', app.url, ...asked);
    expect(ran.code, ran.text.slice(-2_000)).toBe(0);
  });
});

/** Checks about what the product does not have: diagnostic tools, prompts and resources. */
const notAsked: Record<string, string[]> = {
  'server-stateless': [
    'sep-2575-server-rejects-undeclared-capability',
    'sep-2575-missing-capability-http-400',
    'sep-2575-http-server-no-independent-requests-on-stream',
    'sep-2575-server-no-log-without-loglevel',
  ],
  caching: [
    'sep-2549-prompts-list-caching-hints',
    'sep-2549-resources-list-caching-hints',
    'sep-2549-resources-templates-list-caching-hints',
  ],
};

/** In front of the product: the suite has no token to send. Everything else passes as it is. */
async function openDoor(target: string, token: string) {
  const { hostname, port, pathname } = new URL(target);
  const server = createServer((from, to) => {
    const headers = { ...from.headers, authorization: `Bearer ${token}` };
    const onward = request({ hostname, port, path: pathname, method: from.method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
