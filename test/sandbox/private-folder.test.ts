// What the sandbox keeps on disk is for the account that it runs under: there are access tokens in it.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openWorld } from '../../sandbox/world.ts';

const parent = mkdtempSync(join(tmpdir(), 'sandbox-private-'));
const folder = join(parent, 'sandbox');
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

function expectPrivate(): void {
  expect(modeOf(folder)).toBe('700');
  const files = readdirSync(folder);
  expect(files).toEqual(expect.arrayContaining(['intercom.sqlite', 'intercom.sqlite-wal']));
  for (const file of files) expect(modeOf(join(folder, file)), file).toBe('600');
}

test('no one else may read it, also where an earlier version had left it open', () => {
  openWorld(folder).close();
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'intercom.sqlite'), 0o644);
  const world = openWorld(folder);
  expectPrivate();
  world.close();
});

test('no one else may read a new one, however lax the account is', () => {
  const before = process.umask(0);
  try {
    const world = openWorld(folder);
    expectPrivate();
    world.close();
  } finally {
    process.umask(before);
  }
});
