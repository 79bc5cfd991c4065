// Backups by PostgreSQL's own programs: the right version is chosen, no password is shown, and nothing half is left. The
// programs are stand-ins, since the embedded PostgreSQL brings none.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUp, restore } from '../../src/postgres/backup.ts';
import { type Database, freshDatabase } from '../support/database/clone.ts';

const folder = mkdtempSync(join(tmpdir(), 'referral-desk-backup-'));
let used: Database;
let empty: Database;

/** Writes into the file named by `--file`, or beside itself, what it was given. */
function standIn(name: string, version: number, code = 0): string {
  const home = join(folder, `${name}-${version}-${code}`);
  mkdirSync(home);
  const script = `#!/bin/sh
[ "$1" = --version ] && { echo "${name} (PostgreSQL) ${version}.1"; exit 0; }
for each in "$@"; do case $each in --file=*) out=\${each#--file=} ;; esac; done
echo "${version} $PGPASSWORD $*" >"\${out:-${home}/given}"
echo "no disk left" >&2
exit ${code}
`;
  writeFileSync(join(home, name), script);
  chmodSync(join(home, name), 0o755);
  return home;
}

beforeAll(async () => {
  used = await freshDatabase();
  empty = await freshDatabase('template1');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await used?.drop();
  await empty?.drop();
});

const along = (...folders: string[]) => ({ folder: null, path: folders.join(delimiter) });
const only = (home: string) => ({ folder: home, path: '' });

test('the oldest pg_dump that is as new as the server writes a file for its owner alone, and no argument has the password', async () => {
  const file = join(folder, 'one.dump');
  const homes = [standIn('pg_dump', 15), standIn('pg_dump', 19), standIn('pg_dump', 18)];
  const { password } = new URL(used.url);
  await backUp({ url: used.url, file, programs: along(...homes) });
  const said = readFileSync(file, 'utf8');
  expect(said).toMatch(new RegExp(`^18 ${password} --format=custom .*--dbname=postgres`));
  expect(said.split(password)).toHaveLength(2);
  expect(statSync(file).mode & 0o077).toBe(0);
  await expect(backUp({ url: used.url, file, programs: along(...homes) })).rejects.toThrow('already exists');
  expect(readFileSync(file, 'utf8')).toBe(said);
});

test('without a pg_dump that is new enough, it says what was found and what to install', async () => {
  const file = join(folder, 'two.dump');
  const old = standIn('pg_dump', 14);
  const attempt = backUp({ url: used.url, file, programs: only(old) });
  await expect(attempt).rejects.toThrow(
    `pg_dump of PostgreSQL 18 or later is needed; ${join(old, 'pg_dump')} is version 14. Install`,
  );
  expect(existsSync(file)).toBe(false);
});

test('a backup that fails says why and leaves nothing', async () => {
  const home = standIn('pg_dump', 18, 1);
  const before = readdirSync(folder);
  const attempt = backUp({ url: used.url, file: join(folder, 'three.dump'), programs: only(home) });
  await expect(attempt).rejects.toThrow('failed: no disk left');
  expect(readdirSync(folder)).toEqual(before);
});

test('a restore fills an empty database in one transaction, and never one that is in use', async () => {
  const home = standIn('pg_restore', 18);
  const file = join(folder, 'one.dump');
  await expect(restore({ url: used.url, file, programs: only(home) })).rejects.toThrow('already has tables');
  expect(existsSync(join(home, 'given'))).toBe(false);
  await restore({ url: empty.url, file, programs: only(home) });
  expect(readFileSync(join(home, 'given'), 'utf8')).toMatch(
    /--single-transaction .*one\.dump --dbname=postgres/,
  );
});
