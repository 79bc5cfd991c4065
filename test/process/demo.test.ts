// `npm run demo` as a process of its own: what it prints, what it survives, and what a tool beside it needs to know.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { freshDatabase } from '../support/database/clone.ts';

type Demo = { app: string; sandbox: string; token: string };

const folders: string[] = [];
const running: ChildProcess[] = [];
let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => Promise.all(running.splice(0).map(stop)));
afterAll(async () => {
  await database?.drop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-demo-'));
  folders.push(folder);
  return folder;
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : '');
}

async function environment(dataDir: string): Promise<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    PORT: await freePort(),
    SANDBOX_PORT: await freePort(),
  };
}

/** Starts the demo; resolves with its last line read, or rejects with what it said instead. */
function start(env: Record<string, string>): Promise<Demo> {
  const child = spawn(process.execPath, ['sandbox/demo.ts'], { env });
  running.push(child);
  return new Promise((resolve, reject) => {
    let said = '';
    let complaint = '';
    child.stderr.on('data', (more) => {
      complaint += more;
    });
    child.stdout.on('data', (more) => {
      said += more;
      const [, app, sandbox, token] = said.match(/^ready app=(\S+) sandbox=(\S+) api-token=(\S+)$/m) ?? [];
      if (app && sandbox && token) resolve({ app, sandbox, token });
    });
    child.on('exit', () => reject(new Error(complaint)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function campaigns({ app, token }: Demo): Promise<string[]> {
  const answer = await fetch(`${app}/api/v1/campaigns`, { headers: { authorization: `Bearer ${token}` } });
  const list = z.object({ data: z.array(z.object({ name: z.string() })) });
  return list
    .parse(await answer.json())
    .data.map((one) => one.name)
    .sort();
}

/** How often this sandbox was asked for access, and gave it. */
async function installs({ sandbox }: Demo): Promise<number> {
  const state = z.object({ counts: z.object({ live_tokens: z.number() }) });
  return state.parse(await (await fetch(`${sandbox}/sandbox/state`)).json()).counts.live_tokens;
}

test('it installs and seeds itself, says where everything is, and is found as it was left', async () => {
  const env = await environment(newFolder());
  const first = await start(env);
  expect(first).toMatchObject({
    app: `http://localhost:${env.PORT}`,
    sandbox: `http://localhost:${env.SANDBOX_PORT}`,
  });
  expect(await campaigns(first)).toEqual(['Autumn', 'Partners', 'Spring']);
  expect(await installs(first)).toBe(1);
  await Promise.all(running.splice(0).map(stop));
  const second = await start(env);
  expect(await campaigns(second)).toEqual(['Autumn', 'Partners', 'Spring']);
  expect(await installs(second)).toBe(1);
});

test('a new sandbox beside a database of before is installed into again', async () => {
  const demo = await start({ ...(await environment(newFolder())), APP_SECRET: 's'.repeat(40) });
  expect(await installs(demo)).toBe(1);
});

test('npm run api-token needs no setting beside the demo, which has its secret in its folder', async () => {
  const env = await environment(newFolder());
  const demo = await start(env);
  const { PATH = '', DATABASE_URL = '', DATA_DIR = '' } = env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/commands/api-token.ts', '--workspace', 'sandbox'],
    { env: { PATH, DATABASE_URL, DATA_DIR } },
  );
  expect(await campaigns({ ...demo, token: stdout.trim() })).toContain('Spring');
});

const links = z.object({ data: z.array(z.object({ link: z.string() })) });
const found = z.object({
  data: z.array(
    z.looseObject({
      role: z.string(),
      name: z.string(),
      custom_attributes: z.record(z.string(), z.unknown()),
    }),
  ),
});

test('a friend who follows a share link and fills in the shop’s form is in the inbox with what the campaign maps', async () => {
  const fresh = await freshDatabase();
  try {
    const demo = await start({ ...(await environment(newFolder())), DATABASE_URL: fresh.url });
    const headers = { authorization: `Bearer ${demo.token}` };
    const email = encodeURIComponent('top.referrer@example.com');
    const [tomas] = links.parse(
      await (await fetch(`${demo.app}/api/v1/referrers?email=${email}`, { headers })).json(),
    ).data;
    const landing = await fetch(tomas?.link ?? '');
    expect(landing.url).toContain(`${demo.sandbox}/shop/spring?ref=`);
    const ref = new URL(landing.url).searchParams.get('ref') ?? '';
    const form = { ref, name: 'Vera Visitor', email: 'vera@example.com', activity: 'sailing' };
    const joined = await fetch(landing.url, { method: 'POST', body: new URLSearchParams(form) });
    expect(await joined.text()).toContain('Welcome, <strong>Vera Visitor</strong>');
    const search = async () => {
      const answer = await fetch(`${demo.sandbox}/contacts/search`, {
        method: 'POST',
        headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
        body: JSON.stringify({ query: { field: 'email', operator: '=', value: 'vera@example.com' } }),
      });
      return found.parse(await answer.json()).data;
    };
    await expect.poll(search).toMatchObject([
      {
        role: 'lead',
        name: 'Vera Visitor',
        custom_attributes: { referral_code: ref, favorite_activity: 'sailing' },
      },
    ]);
    const refused = await fetch(landing.url, {
      method: 'POST',
      body: new URLSearchParams({ ...form, ref: 'x' }),
    });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('No referrer has this code.');
  } finally {
    await Promise.all(running.splice(0).map(stop));
    await fresh.drop();
  }
});

test('a port that is taken is told in words, without a stack', async () => {
  const env = await environment(newFolder());
  const { SANDBOX_PORT = '' } = env;
  const inTheWay = createServer().listen(Number(SANDBOX_PORT), '127.0.0.1');
  await once(inTheWay, 'listening');
  const refusal = await start(env).catch((error: Error) => error.message);
  expect(refusal).toContain(SANDBOX_PORT);
  expect(refusal).toContain('Set PORT (the app) and SANDBOX_PORT (the inbox) to free ports.');
  expect(refusal).not.toContain('    at ');
  inTheWay.close();
});
