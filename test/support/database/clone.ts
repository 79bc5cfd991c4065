// A database for one test file, cloned from a template that holds what most files start from.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { databaseUrl, makeTemplate, template } from './server.ts';

export type Database = { url: string; drop(): Promise<void> };

/** A clone of the migrated template, or of another one; `drop` also disconnects remaining clients. */
export async function freshDatabase(from: string = template): Promise<Database> {
  const serverUrl = inject('databaseServerUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await run(serverUrl, `create database ${name} template ${from}`);
  return {
    url: databaseUrl(serverUrl, name),
    async drop() {
      const connected = `select 1 from pg_stat_activity where datname = '${name}'`;
      // A client that is ending would report the end of its connection as an error that no one handles.
      for (let look = 0; look < 20 && (await run(serverUrl, connected)) > 0; look += 1) await sleep(10);
      await run(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** A clone of the template `name`, which the first file of the run that asks for it fills. */
export async function filledDatabase(
  name: string,
  fill: (database: Database) => Promise<void>,
): Promise<Database> {
  await makeTemplate(inject('databaseServerUrl'), name, template, (url) =>
    fill({ url, drop: async () => {} }),
  );
  return freshDatabase(name);
}

/** Returns the number of rows. */
async function run(url: string, statement: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
