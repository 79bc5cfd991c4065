// The app under npm: a signal to npm reaches the app, and Node is the one that runs here.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../support/app.ts';
import { freshDatabase } from '../support/database/clone.ts';

const project = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'node-launcher-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('SIGTERM to npm start ends the app under dash', async () => {
  const database = await freshDatabase();
  const port = await freePort();
  const npm = spawn('npm', ['start'], {
    cwd: project,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      npm_config_script_shell: '/bin/sh',
      DATABASE_URL: database.url,
      PORT: String(port),
      DRAIN_MS: '0',
      APP_SECRET: 'a secret of more than thirty-two bytes',
      INTERCOM_CLIENT_ID: 'id',
      INTERCOM_CLIENT_SECRET: 'secret',
    },
    stdio: 'ignore',
  });
  const alive = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ status }) => status,
      () => null,
    );
  await expect.poll(alive).toBe(200);
  npm.kill('SIGTERM');
  await expect.poll(alive).toBe(null);
  await database.drop();
});

/** A copy of the launcher, with these scripts as the bundled Node and the system Node. */
function launcher(name: string, bundled: string, system: string) {
  const root = join(folder, name);
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  mkdirSync(join(root, 'system'));
  cpSync(join(project, 'bin/node'), join(root, 'bin/node'));
  for (const [path, script] of [
    ['node_modules/node/bin/node', bundled],
    ['system/node', system],
  ] as const) {
    writeFileSync(join(root, path), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, path), 0o755);
  }
  const run = spawnSync(join(root, 'bin/node'), ['app.ts'], {
    encoding: 'utf8',
    env: { PATH: `${root}/node_modules/.bin:${root}/system:/usr/bin:/bin` },
  });
  return { code: run.status, said: run.stdout.trim(), complained: run.stderr.trim() };
}

const works = (name: string) => `[ "$1" = -e ] && exit 0; echo ${name} "$@"`;

test('the Node that npm installed runs the app', () => {
  expect(launcher('bundled', works('bundled'), works('system'))).toMatchObject({
    code: 0,
    said: 'bundled app.ts',
  });
});

test('where it does not run, as on Alpine, the system Node does', () => {
  expect(launcher('musl', 'exit 127', works('system'))).toMatchObject({ code: 0, said: 'system app.ts' });
});

test('a system Node that is too old is refused in one sentence', () => {
  const old = '[ "$1" = --version ] && { echo v18.20.0; exit 0; }; exit 1';
  const { code, complained } = launcher('old', 'exit 127', old);
  expect(code).toBe(1);
  expect(complained).toMatch(
    /^Referral Desk needs Node 22\.18 or later, and found v18\.20\.0 at .*\/system\/node\./,
  );
});
