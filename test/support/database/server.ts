// Vitest's global setup: one embedded PostgreSQL for the whole run, with a migrated template to clone.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
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

let tidyUp = async () => {};

/**
 * Vitest calls this once per project: all projects of one run share the folder, so all but the first adopt its server.
 */
export async function setup(project: TestProject): Promise<void> {
  const dataDir = join(tmpdir(), `referral-desk-tests-${process.pid}`);
  if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o755 });
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log: { info() {}, warn() {} } });
  // The project that started the server stops it, and removes the folder, when all projects are done, in any order.
  if (!server.adopted) {
    tidyUp = async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    };
  }
  await makeTemplate(server.url, template, 'template1', prepare);
  project.provide('databaseServerUrl', server.url);
}

export async function teardown(): Promise<void> {
  await tidyUp();
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
