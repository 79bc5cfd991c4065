// Vitest's global setup: one embedded PostgreSQL for the whole run, with a migrated template to clone.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';

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
  await makeTemplate(server.url);
  project.provide('databaseServerUrl', server.url);
}

export async function teardown(): Promise<void> {
  await tidyUp();
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(1)');
    const made = await client.query('select from pg_database where datname = $1 and datistemplate', [
      template,
    ]);
    if (made.rowCount) return;
    await client.query(`drop database if exists ${template}`);
    await client.query(`create database ${template}`);
    await prepareDatabase(databaseUrl(serverUrl, template));
    // PostgreSQL clones only a template without connections, so forbid them.
    await client.query(`alter database ${template} with allow_connections false is_template true`);
  } finally {
    await client.end();
  }
}

/** The same server's address, for another of its databases. */
export function databaseUrl(serverUrl: string, name: string): string {
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}
