// Vitest's global setup: one embedded PostgreSQL for the whole run, with a migrated template to clone.
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createQueue } from '../../../src/jobs/queue.ts';
import { startEmbeddedServer } from '../../../src/postgres/server.ts';
import { prepareDatabase } from '../../../src/store/prepare-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServerUrl: string;
  }
}

export const template = 'template_migrated';

const folderPrefix = 'referral-desk-tests-';
/** Above what the databases of all workers and their write-ahead log take together. */
const roomNeeded = 3 * 2 ** 30;

let tidyUp = async () => {};

/**
 * Vitest calls this once per project: all projects of one run share the folder, so all but the first adopt its server.
 */
export async function setup(project: TestProject): Promise<void> {
  const { server, dataDir } = await startServer();
  // The project that started the server stops it, and removes the folder, when all projects are done, in any order.
  if (!server.adopted) {
    tidyUp = async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    };
  }
  if (!server.adopted) await makeLoginsCheap(server.url);
  await makeTemplate(server.url, template, 'template1', prepare);
  project.provide('databaseServerUrl', server.url);
}

export async function teardown(): Promise<void> {
  await tidyUp();
}

/**
 * In memory where that has room: the database of each test file is some six hundred files, which a disk's file system
 * takes several times as long to make.
 */
async function startServer() {
  const inMemory = '/dev/shm';
  // Where nothing in memory may be executed, a server with copied programs does not start there.
  return hasRoom(inMemory) ? startIn(inMemory).catch(() => startIn(tmpdir())) : startIn(tmpdir());
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > roomNeeded;
}

async function startIn(parent: string) {
  removeLeftovers(parent);
  const dataDir = join(parent, `${folderPrefix}${process.pid}`);
  if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o755 });
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log: { info() {}, warn() {} } });
  return { server, dataDir };
}

/** What killed runs left behind; their servers stop by themselves when their folders are gone. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (name.startsWith(folderPrefix) && isGone(Number(name.slice(folderPrefix.length))))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Another user's process counts as alive: its folder could not be removed. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** One round of hashing for each of the thousands of connections, instead of 4,096. */
async function makeLoginsCheap(serverUrl: string): Promise<void> {
  const { username, password } = new URL(serverUrl);
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query('set scram_iterations = 1');
    await client.query(`alter role ${username} password '${password}'`);
  } finally {
    await client.end();
  }
}

/** Creates the template `name`, a copy of another one that `fill` adds to; once for all projects and workers of the run. */
export async function makeTemplate(
  serverUrl: string,
  name: string,
  from: string,
  fill: (url: string) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const made = await client.query('select from pg_database where datname = $1 and datistemplate', [name]);
    if (made.rowCount) return;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name} template ${from}`);
    await fill(databaseUrl(serverUrl, name));
    // PostgreSQL clones only a template without connections, so forbid them.
    await client.query(`alter database ${name} with allow_connections false is_template true`);
  } finally {
    await client.end();
  }
}

/** The app's tables and the queue's. */
async function prepare(url: string): Promise<void> {
  await prepareDatabase(url);
  const log = { info() {}, warn() {}, error() {} };
  const queue = createQueue({ url, log });
  await queue.start();
  await queue.stop();
}

/** The same server's address, for another of its databases. */
export function databaseUrl(serverUrl: string, name: string): string {
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}
