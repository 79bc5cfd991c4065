// The embedded PostgreSQL of a benchmark, and a database for each thing that is measured on its own.
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import type { Stage } from './stage.ts';

type EmbeddedServer = Awaited<ReturnType<typeof startEmbeddedServer>>;

/** In the folder of the stage, until that is cleared. */
export async function startPostgres(stage: Stage): Promise<EmbeddedServer> {
  const dataDir = join(stage.folder, 'data');
  const server = await startEmbeddedServer({ dataDir, purpose: 'app', log: { info() {}, warn() {} } });
  stage.onClear(server.stop);
  return server;
}

/** Resolves with its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}
