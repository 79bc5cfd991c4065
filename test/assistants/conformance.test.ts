// The official conformance suite of MCP: whole over a fixture server on our transport and middleware, and over the product's
// own server for what concerns every server.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answerConsent, mcpUrl } from '../support/assistant.ts';
import { openConsole } from '../support/console.ts';
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

  it('grants a code, and a token for it, to a client that a teammate allows', async () => {
    const port = await freePort();
    const redirect_uri = `http://127.0.0.1:${port}/callback`;
    const registered = await fetch(`${app.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ client_name: 'Conformance', redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' },
        grant_types: ['authorization_code', 'refresh_token'],
      }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const asked = ['--client-id', client_id, '--resource', mcpUrl(app), '--port', String(port)];
    const ran = await conformanceWithTeammate(['authorization', '--url', app.url, ...asked], async (url) => {
      const back = await answerConsent(app, openConsole(app), url);
      expect(back).toContain(redirect_uri);
      await fetch(back);
    });
    expect(ran.code, ran.text.slice(-2_000)).toBe(0);
    expect(ran.text).toContain('authorization-code-grant');
    expect(ran.text).not.toMatch(/FAILURE|SKIPPED/);
  });
});

/** The suite prints the address that a teammate has to open in a browser. */
function conformanceWithTeammate(args: string[], open: (url: string) => Promise<void>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [suite, ...args], { env: { ...process.env, FORCE_COLOR: '0' } });
    let text = '';
    let isOpened = false;
    const hear = (more: Buffer) => {
      text += more;
      const [url] = text.match(/^http\S*\/oauth\/authorize\?\S+$/m) ?? [];
      if (url === undefined || isOpened) return;
      isOpened = true;
      open(url).catch((error) => {
        child.kill();
        reject(error);
      });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

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
