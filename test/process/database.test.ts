// Transactions on a database that goes away in the middle: the process lives on, and no connection is kept or half open.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { freshDatabase } from '../support/database/clone.ts';

let app: TestApp;
let database: Database;
beforeAll(async () => {
  app = await startTestApp();
  database = openDatabase(app.databaseUrl, { warn() {} });
});
afterAll(async () => {
  await database?.close();
  await app?.close();
});

const poolSize = 20;

/** Waits until the app's statement waits for a lock, then ends its connection from the server's side. */
async function cutWhoeverWaits(): Promise<void> {
  await expect
    .poll(() =>
      app.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`),
    )
    .toHaveLength(1);
}

test('a connection lost inside a transaction fails that request alone', async () => {
  const token = await app.apiToken();
  const [referral] = await app.query<{ id: string }>(
    "select id from referrals where status = 'pending' limit 1",
  );
  const disqualify = () =>
    fetch(`${app.url}/api/v1/referrals/${referral?.id}/disqualify`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
  const holder = new pg.Client(app.databaseUrl);
  await holder.connect();
  await holder.query('begin');
  await holder.query('select 1 from referrals where id = $1 for update', [referral?.id]);

  const asked = disqualify();
  await cutWhoeverWaits();
  const refused = await asked;
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(app.logged.join('')).toContain('lost in a transaction');

  await holder.end();
  const again = await disqualify();
  expect(again.status).toBe(200);
});

test('a request waits for a connection while others use them all', async () => {
  const pool = app.ctx.database.pool;
  const token = await app.apiToken();
  const users = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  const asked = fetch(`${app.url}/api/v1/campaigns`, { headers: { Authorization: `Bearer ${token}` } });
  // Longer than a card could wait.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(pool.waitingCount).toBeGreaterThan(0);
  for (const user of users) user.release();
  expect((await asked).status).toBe(200);
});

test('connections that break before their transaction begins leave room for others', async () => {
  const end = (client: pg.PoolClient) => void (client as unknown as pg.Client).end();
  database.pool.on('acquire', end);
  for (let attempt = 0; attempt <= poolSize; attempt += 1) {
    await expect(database.transaction(async () => 'never')).rejects.toThrow();
  }
  database.pool.off('acquire', end);
  await database.ping();
});

test('a transaction never goes on for other work when its rollback is not answered', async () => {
  const impatient = (client: object) =>
    Object.assign(client, { connectionParameters: { query_timeout: 200 } });
  const patient = (client: object) => Object.assign(client, { connectionParameters: {} });
  database.pool.once('acquire', impatient);
  const hanging = database.transaction(async (tx) => {
    await tx.execute("insert into api_tokens values ('half-done', 'sandbox', 'test', now())");
    await tx.execute('select pg_sleep(1)');
  });
  await expect(hanging).rejects.toThrow();
  database.pool.on('acquire', patient);
  await database.pool.query("insert into api_tokens values ('whole', 'sandbox', 'test', now())");
  const kept = await app.query("select jti from api_tokens where jti in ('half-done', 'whole')");
  expect(kept).toEqual([{ jti: 'whole' }]);
});

test('a transaction that loses a deadlock starts over, and both take effect', async () => {
  await app.query('create table counted (id int primary key, number int not null)');
  await app.query('insert into counted values (1, 0), (2, 0)');
  const bothHoldTheirFirst = new Map<number, () => void>();
  const holds = [1, 2].map((id) => new Promise<void>((resolve) => bothHoldTheirFirst.set(id, resolve)));
  const begun: number[] = [];
  const inOrder = (first: number, second: number) =>
    database.transaction(async (tx) => {
      begun.push(first);
      await tx.execute(`update counted set number = number + 1 where id = ${first}`);
      bothHoldTheirFirst.get(first)?.();
      await Promise.all(holds);
      await tx.execute(`update counted set number = number + 1 where id = ${second}`);
    });
  await Promise.all([inOrder(1, 2), inOrder(2, 1)]);
  expect(begun).toHaveLength(3);
  expect(await app.query('select number from counted order by id')).toEqual([{ number: 2 }, { number: 2 }]);
  await app.query('drop table counted');
});

test('processes that start together migrate an empty database once', async () => {
  const empty = await freshDatabase('template1');
  const starts = Array.from({ length: 4 }, () => prepareDatabase(empty.url));
  expect((await Promise.allSettled(starts)).map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  const client = new pg.Client(empty.url);
  await client.connect();
  const { rows } = await client.query(
    'select count(*) = count(distinct hash) as once from drizzle.__drizzle_migrations',
  );
  await client.end();
  await empty.drop();
  expect(rows).toEqual([{ once: true }]);
});
