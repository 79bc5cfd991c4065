// Starts the server of an embedded PostgreSQL, or finds it running, and checks that it can be trusted.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { serverBinaries, serverEnvironment } from './binaries.ts';
import { databaseRole, makeClusterOnce, refuseOtherMajor } from './cluster.ts';
import { rememberedPort, rememberHome, rememberPort, type ServerFolder, serverPassword } from './folder.ts';
import {
  clusterName,
  endPostmaster,
  findPostmaster,
  type Postmaster,
  removeUnheldLockFile,
  waitForLeftovers,
} from './process.ts';

export type Running = Postmaster & { adopted: boolean; firstStart: boolean };

const database = 'referral_desk';

/** Crash recovery replays the log since the last checkpoint, which is slow on a slow disk. */
const startPatienceMs = 120_000;

export function databaseUrl(folder: ServerFolder, port: number, name: string = database): string {
  return `postgres://${databaseRole}:${serverPassword(folder)}@127.0.0.1:${port}/${name}`;
}

/**
 * Returns once the server takes connections. With `onlyPort`, uses that port or fails. The caller holds the
 * folder's start lock.
 */
export async function ensureRunning(folder: ServerFolder, onlyPort?: number): Promise<Running> {
  const deadline = Date.now() + startPatienceMs;
  const firstStart = await makeClusterOnce(folder);
  // Detect a lost password before starting a server that nothing could connect to.
  serverPassword(folder);
  rememberHome(folder);
  for (;;) {
    const found = findPostmaster(folder.data);
    const isUnchanged = () => findPostmaster(folder.data)?.pid === found?.pid;
    const server = await (found
      ? waitUntilReady(folder, isUnchanged, deadline)
      : startServer(folder, onlyPort, deadline));
    if (!server) continue; // It was shutting down, or another process started one first.
    try {
      await ensureDatabase(folder, server.port);
    } catch (error) {
      if (!found) await endPostmaster(folder.data);
      throw error;
    }
    rememberPort(folder, server.port);
    return { ...server, adopted: Boolean(found), firstStart };
  }
}

/** Undefined when a server turns out to be running. */
async function startServer(
  folder: ServerFolder,
  onlyPort: number | undefined,
  deadline: number,
): Promise<Postmaster | undefined> {
  const { postgres, major } = serverBinaries(folder);
  refuseOtherMajor(folder, major);
  await waitForLeftovers(folder.data);
  if (findPostmaster(folder.data)) return;
  removeUnheldLockFile(folder.data);
  for (const port of onlyPort
    ? [onlyPort]
    : [rememberedPort(folder) ?? freshPort(), freshPort(), freshPort()]) {
    const child = spawnServer(postgres, folder, port);
    let trouble: Error | undefined;
    child.on('error', (error) => {
      trouble = error;
    });
    const isAlive = () => !trouble && child.exitCode === null && child.signalCode === null;
    const server = await waitUntilReady(folder, isAlive, deadline);
    if (server || findPostmaster(folder.data)) return server;
    if (!isPortTaken(folder)) {
      throw new Error(
        `The embedded PostgreSQL did not start: ${trouble?.message ?? `\n${serverLog(folder)}`}`,
      );
    }
  }
  throw new Error(`The embedded PostgreSQL did not start because its port is in use:\n${serverLog(folder)}`);
}

/** Below the range for outgoing connections, so that a remembered port is usually free. */
function freshPort(): number {
  return randomInt(15_000, 32_000);
}

function spawnServer(postgres: string, folder: ServerFolder, port: number): ChildProcess {
  const log = join(folder.home, 'server.log');
  if (existsSync(log)) renameSync(log, `${log}.1`);
  const output = openSync(log, 'w', 0o600);
  const options = Object.entries(serverSettings(folder, port)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(postgres, ['-D', folder.data, ...options], {
    ...folder.user,
    cwd: folder.home,
    env: serverEnvironment,
    // Its own process group: Ctrl-C in the terminal must not end it before the app has finished.
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  return child;
}

const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

function serverSettings(folder: ServerFolder, port: number) {
  return {
    ...durable,
    cluster_name: clusterName(folder.data),
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '96MB',
    jit: 'off',
    // Parallel workers pass rows through /dev/shm, which has only 64 MB in a container by default.
    max_parallel_workers_per_gather: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Statements and failing values contain personal data.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
}

function serverLog(folder: ServerFolder): string {
  return readFileSync(join(folder.home, 'server.log'), 'utf8').trim().split('\n').slice(-8).join('\n');
}

function isPortTaken(folder: ServerFolder): boolean {
  return /could not bind|could not create any TCP\/IP sockets/.test(serverLog(folder));
}

/** Resolves once the server accepts our password; undefined when `isAlive` turns false. */
async function waitUntilReady(
  folder: ServerFolder,
  isAlive: () => boolean,
  deadline: number,
): Promise<Postmaster | undefined> {
  let refusal = 'it is still starting';
  while (isAlive()) {
    const server = findPostmaster(folder.data);
    if (server?.ready) {
      const complaint = await firstAnswer(folder, server.port);
      if (!complaint) return server;
      refusal = complaint;
    }
    // Left running, it may finish recovery and be adopted by the next start.
    if (Date.now() > deadline) {
      throw new Error(`The embedded PostgreSQL in ${folder.home} does not become ready: ${refusal}`);
    }
    await sleep(20);
  }
  return;
}

/**
 * Undefined on success, else a reason that may be temporary: a server that reports ready may still be killed.
 */
async function firstAnswer(folder: ServerFolder, port: number): Promise<string | undefined> {
  const url = databaseUrl(folder, port, 'postgres');
  try {
    const rows = await ask(url, 'show data_directory');
    if (rows[0]?.data_directory === folder.data) return;
    return `on port ${port} answers the server of ${rows[0]?.data_directory}`;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === wrongPassword) {
      throw new Error(
        `The database in ${folder.data} does not accept the password in ${folder.home}. One of them was replaced.`,
      );
    }
    return error instanceof Error ? error.message : String(error);
  }
}

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const wrongPassword = '28P01';
const noSuchDatabase = '3D000';

/** Creates the app's database if missing. Refuses a server that could lose acknowledged writes. */
async function ensureDatabase(folder: ServerFolder, port: number): Promise<void> {
  const url = databaseUrl(folder, port);
  const question = `select name, setting from pg_settings where name = any('{${Object.keys(durable)}}')`;
  const settings = await ask(url, question).catch(async (error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== noSuchDatabase) throw error;
    await ask(databaseUrl(folder, port, 'postgres'), `create database ${database}`);
    return ask(url, question);
  });
  const wrong = settings.filter(({ setting }) => setting !== 'on').map(({ name }) => name);
  if (wrong.length > 0) {
    throw new Error(
      `The embedded PostgreSQL in ${folder.home} has ${wrong.join(', ')} off, which can lose acknowledged data: ` +
        'undo that setting (alter database … reset, alter role … reset).',
    );
  }
}

async function ask(url: string, statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // If the server dies, the query fails too; without a listener the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Record<string, string>>(statement)).rows;
  } finally {
    await client.end();
  }
}
