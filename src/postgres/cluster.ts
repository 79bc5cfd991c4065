// Creates an embedded PostgreSQL's cluster (its data directory), completely or not at all.
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { serverBinaries, serverEnvironment } from './binaries.ts';
import { passwordFile, type ServerFolder, serverPassword, syncPath } from './folder.ts';

export const databaseRole = 'referral_desk';

/** Returns whether initdb ran. The caller holds the folder's start lock. */
export async function makeClusterOnce(folder: ServerFolder): Promise<boolean> {
  if (existsSync(folder.data)) return false;
  await removePartialClusters(folder);
  const { initdb } = serverBinaries(folder);
  serverPassword(folder);
  // Renamed when complete, so that a killed initdb leaves nothing that looks like a cluster.
  const partial = join(folder.home, `data.new-${process.pid}-${Date.now()}`);
  mkdirSync(partial, { mode: 0o700 });
  if (folder.user) chownSync(partial, folder.user.uid, folder.user.gid);
  const complaint = await runInitdb(initdb, partial, folder);
  if (complaint !== undefined) {
    await rm(partial, { recursive: true, force: true });
    throw new Error(`A new database could not be created in ${folder.home}: ${complaint}`);
  }
  renameSync(partial, folder.data);
  syncPath(folder.home);
  return true;
}

async function removePartialClusters({ home }: ServerFolder): Promise<void> {
  for (const name of readdirSync(home).filter((name) => name.startsWith('data.new-'))) {
    // Retries because an initdb that outlived its killed parent may still be writing.
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Undefined on success, else initdb's own message. initdb flushes its files before it exits. */
async function runInitdb(initdb: string, data: string, folder: ServerFolder): Promise<string | undefined> {
  const options = [
    ...['-D', data, '-U', databaseRole, '--pwfile', passwordFile(folder), '--auth', 'scram-sha-256'],
    // The built-in locale gives the same order on every system, whatever locales are installed.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...['--data-checksums', '--no-instructions'],
  ];
  const child = spawn(initdb, options, {
    ...folder.user,
    cwd: folder.home,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  return new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (code) =>
      done(code === 0 ? undefined : complaint.trim() || `initdb ended with ${code}`),
    );
  });
}

/** A cluster opens only with its own major version. Throws an explanation for any other. */
export function refuseOtherMajor({ data }: ServerFolder, major: string): void {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (made === major) return;
  throw new Error(
    `The database in ${data} was created by PostgreSQL ${made}, but ${major} is installed. ` +
      'Install the earlier version of Referral Desk, or dump the database with it and load it into a new folder.',
  );
}
