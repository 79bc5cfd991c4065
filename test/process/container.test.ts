// The image as far as it can be without building it: what the Dockerfile copies, production packages only, started as
// a user who may write nowhere.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../support/app.ts';
import { type Database, freshDatabase } from '../support/database/clone.ts';

const project = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(project, 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '');
const image = mkdtempSync(join(tmpdir(), 'referral-desk-image-'));
const isRoot = process.getuid?.() === 0;
/** As `USER node`: no owner of anything in the image. */
const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {};

let database: Database;
const started: ChildProcess[] = [];

beforeAll(async () => {
  copyImage();
  database = await freshDatabase();
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await database?.drop();
  spawnSync('chmod', ['-R', 'u+w', image]);
  rmSync(image, { recursive: true, force: true });
});

/** The second stage's COPY lines; and of the packages, what `npm ci --omit=dev` installs and the first stage leaves. */
function copyImage(): void {
  for (const [, names = '', to = ''] of dockerfile.matchAll(/^COPY (?!--)(.+) (\S+)$/gm))
    for (const name of names.split(' '))
      cpSync(join(project, name), join(image, to === './' ? name : to), { recursive: true });
  const lock = z
    .object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) })
    .parse(JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')));
  const removed = /rm -rf (.+)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  const wanted = Object.entries(lock.packages).filter(
    ([path, { dev }]) =>
      /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) &&
      !dev &&
      !removed.some((prefix) => isBelow(path, prefix)),
  );
  for (const [path] of wanted) {
    mkdirSync(join(image, path, '..'), { recursive: true });
    // Packages for other systems are not installed.
    spawnSync('cp', ['-a', join(project, path), join(image, path)]);
  }
  spawnSync('chmod', ['-R', 'a+rX,a-w', image]);
  chmodSync(image, 0o555);
}

const isBelow = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
/** As Docker reads its exec form. */
const commandOf = (line: RegExp) => z.array(z.string()).parse(JSON.parse(line.exec(dockerfile)?.[1] ?? ''));

async function start(role: 'web' | 'worker') {
  const port = await freePort();
  const [, ...command] = commandOf(/^CMD (\[.+\])$/m);
  const env = {
    PATH: '/usr/bin:/bin',
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    ROLES: role,
    DRAIN_MS: '0',
    PUBLIC_URL: 'https://desk.example.com',
    DATABASE_URL: database.url,
    DATABASE_POOL: '12',
    APP_SECRET: 'a secret of more than thirty-two bytes',
    INTERCOM_CLIENT_ID: 'id',
    INTERCOM_CLIENT_SECRET: 'secret',
  };
  // The Node of the image is a newer build of the same version as ours.
  const child = spawn(process.execPath, command, {
    cwd: image,
    env,
    ...nobody,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      said += text.toString();
    });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const status = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (answer) => answer.status,
      () => (child.exitCode === null ? null : said),
    );
  return { child, env, ended, status, said: () => said };
}

test('started as a user who may write nowhere, it serves, works, is healthy, and ends well on SIGTERM', async () => {
  const writable = spawnSync('sh', ['-c', 'touch new-file'], { cwd: image, ...nobody });
  expect(writable.status).not.toBe(0);
  const [web, worker] = [await start('web'), await start('worker')];
  for (const { status } of [web, worker]) await expect.poll(() => status('/readyz')).toBe(200);
  expect(await web.status('/console')).toBe(200);
  expect(await worker.status('/console')).toBe(404);
  const [, ...healthCheck] = commandOf(/^HEALTHCHECK .*CMD (\[.+\])$/m);
  const check = (port: string) =>
    spawnSync(process.execPath, healthCheck, { env: { PORT: port }, ...nobody, cwd: '/' }).status;
  expect(check(web.env.PORT)).toBe(0);
  for (const { child, ended } of [web, worker]) {
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  }
  expect(check(web.env.PORT)).toBe(1);
  // What it writes are its log's lines, and no warning of Node's.
  expect(
    web
      .said()
      .split('\n')
      .filter((line) => !/^(\{.*\})?$/.test(line)),
  ).toEqual([]);
});
