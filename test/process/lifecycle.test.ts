// Starting, being watched, and stopping in good order.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { freePort, startTestApp, type TestApp } from '../support/app.ts';
import { freshDatabase } from '../support/database/clone.ts';
import { inboxBody, openCard, send } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

test('it is alive and ready, and counts what it does', async () => {
  expect(await (await fetch(`${app.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({ status: 'ok', database: 'ok' });
  await openCard(app, { email: 'pending.lead@example.com' });
  await send(app, '/intercom/inbox/initialize', '{}', null);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toContain('referral_desk_card_seconds_count{call="initialize",screen="card"} 1');
  expect(metrics).toContain('screen="refused"');
  expect(metrics).not.toMatch(/example\.com/);
});

test('an unknown path is told in the shape of every error, and an unreadable one is not an error of ours', async () => {
  const unknown = await fetch(`${app.url}/nowhere`);
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ error: { code: 'not-found', message: expect.any(String) } });
  expect((await fetch(`${app.url}/openapi.json/%E0%A4%A`)).status).toBeLessThan(500);
});

test('every answer outside the signed routes carries the security headers and a request id', async () => {
  const answer = await fetch(`${app.url}/healthz`, { headers: { 'X-Request-Id': 'from-the-proxy-1' } });
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(answer.headers.get('x-request-id')).toBe('from-the-proxy-1');
  expect(answer.headers.get('x-powered-by')).toBeNull();
  const hostile = await fetch(`${app.url}/healthz`, { headers: { 'X-Request-Id': 'a b<script>' } });
  expect(hostile.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

test('the metrics can be moved to a port of their own', async () => {
  const database = await freshDatabase();
  const env = {
    ...app.environment,
    DATABASE_URL: database.url,
    PORT: '0',
    METRICS_PORT: String(await freePort()),
  };
  const second = await createApp(readConfig(env), createLog('silent'));
  expect((await fetch(`${second.url}/metrics`)).status).toBe(404);
  expect(await (await fetch(`http://127.0.0.1:${env.METRICS_PORT}/metrics`)).text()).toContain('process_cpu');
  await second.close();
  await database.drop();
});

test('a port in use is an error that leaves nothing running', async () => {
  const database = await freshDatabase();
  const taken = { ...app.environment, DATABASE_URL: database.url };
  await expect(createApp(readConfig(taken), createLog('silent'))).rejects.toThrow(/EADDRINUSE/);
  // PostgreSQL ends the backend of a closed connection a moment later.
  const name = new URL(database.url).pathname.slice(1);
  const left = () => app.query('select 1 from pg_stat_activity where datname = $1', [name]);
  await expect.poll(left).toEqual([]);
  await database.drop();
});

test('with the database gone the card says so, and readiness is told', async () => {
  const other = await startTestApp();
  const token = await other.apiToken();
  const name = new URL(other.databaseUrl).pathname.slice(1);
  await app.query(`alter database ${name} with allow_connections false`);
  await app.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  const answer = await send(
    other,
    '/intercom/inbox/initialize',
    JSON.stringify(inboxBody(other, { email: 'pending.lead@example.com' })),
  );
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('Try again');
  expect((await fetch(`${other.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
  const asked = await fetch(`${other.url}/api/v1/campaigns`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  expect(asked.status).toBe(503);
  expect(await asked.json()).toMatchObject({ error: { code: 'unavailable' } });
  await app.query(`alter database ${name} with allow_connections true`);
  await expect.poll(async () => (await fetch(`${other.url}/readyz`)).status).toBe(200);
  expect((await openCard(other, { email: 'pending.lead@example.com' })).text).toContain('Spring');
  await other.close();
});

test('while the database hangs the card says so, and does not wait for it', async () => {
  const client = new pg.Client(app.databaseUrl);
  await client.connect();
  await client.query('begin; lock table people in access exclusive mode');
  const answer = await send(
    app,
    '/intercom/inbox/initialize',
    JSON.stringify(inboxBody(app, { email: 'pending.lead@example.com' })),
  );
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('Try again');
  await client.end();
  expect((await openCard(app, { email: 'pending.lead@example.com' })).text).toContain('Spring');
});

test('stopping answers the requests in hand, takes no more, and leaves no connection to the database', async () => {
  const other = await startTestApp();
  other.ctx.timing.conversionPatienceMs = 30_000;
  const preview = await (await openCard(other, { email: 'layla.haddad@example.com' })).press(
    'Convert to user',
  );
  await other.misbehave('/faults', { on: 'api', kind: 'slow', ms: 700, match: { method: 'PUT' }, times: 1 });
  const { path, raw } = preview.requestOf('Confirm', {});
  const inHand = send(other, path, raw);
  await expect.poll(() => other.query("select 1 from conversions where state = 'started'")).toHaveLength(1);
  const stopped = other.stopApp();
  expect(await (await inHand).text()).toContain('is now a user');
  await stopped;
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  const name = new URL(other.databaseUrl).pathname.slice(1);
  // PostgreSQL takes a moment to notice that a connection was closed.
  const left = () =>
    app.query(
      "select application_name from pg_stat_activity where datname = $1 and application_name like 'referral-desk%'",
      [name],
    );
  await expect.poll(left).toEqual([]);
  await other.close();
});

test('about to stop, it says so while it still answers, so that nothing is sent to a closed door', async () => {
  const database = await freshDatabase();
  const env = { ...app.environment, DATABASE_URL: database.url, PORT: '0', DRAIN_MS: '1000' };
  const other = await createApp(readConfig(env), createLog('silent'));
  const stopped = other.close();
  const answer = await fetch(`${other.url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    status: 'not ready',
    database: 'ok',
    queue: 'ok',
    locks: 'ok',
    stopping: true,
  });
  expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
  await stopped;
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  await database.drop();
});

test('a caller who hangs up in the middle of a body harms no one', async () => {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('POST /intercom/inbox/initialize HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"half":');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  expect((await openCard(app, { email: 'pending.lead@example.com' })).text).toContain('Spring');
});

test('a conversion that is under way when the app stops is finished first', async () => {
  const other = await startTestApp();
  const preview = await (await openCard(other, { email: 'layla.haddad@example.com' })).press(
    'Convert to user',
  );
  // Only the confirm is not waited for: a preview that took so long would have nothing to confirm.
  other.ctx.timing.conversionPatienceMs = 100;
  await other.misbehave('/faults', { on: 'api', kind: 'slow', ms: 700, match: { method: 'PUT' }, times: 1 });
  expect((await preview.press('Confirm', {})).text).not.toContain('is now a user');
  await other.stopApp();
  expect(await other.query('select state from conversions')).toEqual([{ state: 'done' }]);
  await other.close();
});

test('with the database gone, stopping ends all the same', async () => {
  const other = await startTestApp();
  const name = new URL(other.databaseUrl).pathname.slice(1);
  await app.query(`alter database ${name} with allow_connections false`);
  await app.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await expect.poll(async () => (await fetch(`${other.url}/readyz`)).status).toBe(503);
  await other.stopApp();
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  await app.query(`alter database ${name} with allow_connections true`);
  await other.close();
});

test('asked to stop in the middle of its start, the process starts, stops in good order and ends well', async () => {
  const database = await freshDatabase();
  const holder = new pg.Client(database.url);
  await holder.connect();
  // The lock that a migration waits for.
  await holder.query('select pg_advisory_lock(7265411)');
  const started = spawn(process.execPath, [fileURLToPath(new URL('../../src/main.ts', import.meta.url))], {
    env: { ...process.env, ...app.environment, PORT: '0', DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  started.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const ended = new Promise((resolve) => started.once('exit', (code, signal) => resolve({ code, signal })));
  await expect.poll(() => said).toContain('Waiting for another process that is migrating the database');
  started.kill('SIGTERM');
  await expect.poll(() => said).toContain('stopping');
  await holder.end();
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(said).toContain('"stopped"');
  await database.drop();
});
