// Connections that freeze: the peer neither answers nor closes, as behind a firewall that forgot them. They are replaced.
import { afterEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { freshDatabase } from '../support/database/clone.ts';
import { deliver, notification } from '../support/notifications.ts';
import { type Line, startLine } from '../support/process/line.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startBehindLine(): Promise<{ app: TestApp; line: Line }> {
  const database = await freshDatabase();
  const line = await startLine(database.url);
  const app = await startTestApp({ database, environment: { DATABASE_URL: line.url } });
  cleanups.push(
    () => app.close(),
    () => line.stop(),
  );
  return { app, line };
}

const readiness = async ({ url }: TestApp) => (await fetch(`${url}/readyz`)).status;

test('when every connection freezes, they are replaced and what is delivered is handled', async () => {
  const { app, line } = await startBehindLine();
  // Each part has used its connection: the pool, the queue, the locks.
  await expect.poll(() => readiness(app)).toBe(200);
  line.freeze();
  const body = notification();
  // Not stored means 503, and Intercom sends it again.
  await expect.poll(async () => (await deliver(app.url, body)).status, { timeout: 120_000 }).toBe(200);
  const states = () => app.query('select state from deliveries where notification_id = $1', [body.id]);
  await expect.poll(states, { timeout: 120_000 }).toEqual([{ state: 'done' }]);
  await expect.poll(() => readiness(app), { timeout: 120_000 }).toBe(200);
}, 300_000);

test('a frozen database does not keep the app from stopping', async () => {
  const { app, line } = await startBehindLine();
  await expect.poll(() => readiness(app)).toBe(200);
  line.freeze();
  await app.stopApp();
  await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
}, 300_000);

test('ready means that the database can be written, not only read', async () => {
  const app = await startTestApp();
  cleanups.push(() => app.close());
  const name = new URL(app.databaseUrl).pathname.slice(1);
  await app.query(`alter database ${name} set default_transaction_read_only = on`);
  await app.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [name],
  );
  const state = async () => {
    const answer = await fetch(`${app.url}/readyz`);
    return [answer.status, ((await answer.json()) as { database: string }).database];
  };
  await expect.poll(state).toEqual([503, 'read-only']);
});
