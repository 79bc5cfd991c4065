// A database for one test file, cloned from a template that holds what most files start from.
import { randomUUID } from 'node:crypto';
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
    drop: () => run(serverUrl, `drop database if exists ${name} with (force)`),
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

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
