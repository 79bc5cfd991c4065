// Moving to another server: everything arrives as it was, an interrupted move continues, and no app starts on half of it.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveDatabase, type Progress } from '../../src/store/move/move-database.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Database, freshDatabase } from '../support/database/clone.ts';

let app: TestApp;
let database: Database;
let source: pg.Client;
let target: pg.Client;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

beforeAll(async () => {
  app = await startTestApp({ overrides: { answersOnly: true } });
  source = await connect(app.databaseUrl);
  // A job that no worker has taken, and one that is finished.
  await source.query(`insert into pgboss.job (name, data, state, completed_on) values
    ('work-runs', '{"workspaceId": "sandbox", "subject": "waiting"}', 'created', null),
    ('work-runs', '{"workspaceId": "sandbox", "subject": "finished"}', 'completed', now())`);
  await source.query("select nextval('runs_seq_seq'), nextval('runs_seq_seq')");
  database = await freshDatabase();
  target = await connect(database.url);
  // Another server has other habits.
  await target.query(`alter database ${new URL(database.url).pathname.slice(1)} set datestyle = 'German'`);
  await target.end();
  target = await connect(database.url);
});
afterAll(async () => {
  await source?.end();
  await target?.end();
  await database?.drop();
  await app?.close();
});

const rowsOf = async (client: pg.Client, table: string) =>
  (await client.query(`select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`)).rows;
const tableNames = async () =>
  (
    await source.query<{ name: string }>(
      "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
  ).rows.map(({ name }) => name);

/** Ends as a killed process does, after so many tables. */
const movedUntil = (tables: number) => {
  let left = tables;
  return moveDatabase(source, target, () => {
    left -= 1;
    if (left === 0) throw new Error('killed');
  });
};

async function moved(): Promise<Progress[]> {
  const seen: Progress[] = [];
  await moveDatabase(source, target, (progress) => void seen.push(progress));
  return seen;
}

test('a copy that differs is taken back and named', async () => {
  // Padded with blanks: text of a fixed length.
  await target.query('alter table installations alter column name type char(200)');
  await expect(moved()).rejects.toThrow('public.installations differs after copying: 1 rows became 1');
  expect(await rowsOf(target, 'installations')).toEqual([]);
  await target.query('alter table installations alter column name type text');
});

test('a move that is interrupted keeps the app from starting, and starts over when the source has changed', async () => {
  await expect(movedUntil(30)).rejects.toThrow('killed');
  await expect(prepareDatabase(database.url)).rejects.toThrow('the move into this database is not complete');
  await source.query("update installations set name = name || ' and more'");
  const copied: Progress[] = [];
  const stopAfter = (progress: Progress) => {
    copied.push(progress);
    if (copied.length === 40) throw new Error('killed again');
  };
  await expect(moveDatabase(source, target, stopAfter)).rejects.toThrow('killed again');
  expect(copied.some(({ kept }) => kept)).toBe(false);
});

test('continued, it carries every row, the jobs that wait, and where the sequences are', async () => {
  const seen = await moved();
  expect(seen.filter(({ kept }) => kept).length).toBeGreaterThan(10);
  expect(seen.find(({ table }) => table === 'pgboss.job')).toMatchObject({ rows: 1 });
  for (const table of await tableNames())
    expect([table, await rowsOf(target, table)]).toEqual([table, await rowsOf(source, table)]);
  const { rows } = await target.query("select data ->> 'subject' as subject from pgboss.job");
  expect(rows).toEqual([{ subject: 'waiting' }]);
  const sequences =
    'select sequencename, last_value from pg_sequences where last_value is not null order by 1';
  expect((await target.query(sequences)).rows).toEqual((await source.query(sequences)).rows);
  expect((await target.query("select nextval('runs_seq_seq')")).rows).toEqual([{ nextval: '3' }]);
  await prepareDatabase(database.url);
});

test('a database in use is not a place to move to', async () => {
  await expect(moved()).rejects.toThrow('already has data of Referral Desk');
});
