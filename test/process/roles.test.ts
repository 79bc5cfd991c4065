// Several processes on one database: each does what its roles say, and a schedule has one round for all of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { deliver, notification } from '../support/notifications.ts';
import { openCard } from '../support/teammate.ts';

/** Each process asks fifty times a second whether a round is due. */
const overrides = { askEveryMs: 20 };

let web: TestApp;
const workers: App[] = [];
beforeAll(async () => {
  web = await startTestApp({ environment: { ROLES: 'web' }, overrides });
});
afterAll(async () => {
  for (const worker of workers) await worker.close();
  await web?.close();
});

async function startWorker(): Promise<App> {
  const environment = { ...web.environment, ROLES: ' worker ', PORT: '0' };
  const worker = await createApp(readConfig(environment), createLog('silent'), overrides);
  workers.push(worker);
  return worker;
}

const states = () => web.query('select state from deliveries');
const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
const heartbeat = () => web.query('select at from heartbeats');
const makeDue = (name: string) =>
  web.query("update schedule_rounds set began_at = began_at - interval '2 hours' where name = $1", [name]);
const isDue = async (name: string) =>
  (
    await web.query(
      "select 1 from schedule_rounds where name = $1 and began_at < now() - interval '1 hour'",
      [name],
    )
  ).length > 0;

test('a web process answers and stores, and leaves the work to a worker, which answers only operators', async () => {
  expect((await openCard(web, { email: 'pending.lead@example.com' })).text).toContain('Spring');
  expect((await deliver(web.url, notification())).status).toBe(200);
  // A schedule of workers stays due however often the web process asks.
  await makeDue('foldDayCounts');
  expect(await statusOf(`${web.url}/readyz`)).toBe(200);
  expect(await states()).toEqual([{ state: 'received' }]);

  const worker = await startWorker();
  await expect.poll(states).toEqual([{ state: 'done' }]);
  await expect.poll(() => isDue('foldDayCounts')).toBe(false);
  expect(await statusOf(`${worker.url}/healthz`)).toBe(200);
  expect(await (await fetch(`${worker.url}/readyz`)).json()).toMatchObject({ status: 'ok', queue: 'ok' });
  expect(await (await fetch(`${worker.url}/metrics`)).text()).toContain('referral_desk_jobs_total');
  for (const path of ['/', '/console', '/api/v1/campaigns', '/install', '/openapi.json'])
    expect([path, await statusOf(`${worker.url}${path}`)]).toEqual([path, 404]);
  expect((await deliver(worker.url, notification())).status).toBe(404);
});

test('a schedule that is due has one round, however many processes ask', async () => {
  if (workers.length === 0) await startWorker();
  await startWorker();
  let rounds = 0;
  for (const { ctx } of workers) {
    const { identify } = ctx.intercomAccess;
    ctx.intercomAccess.identify = (...asked) => {
      rounds += 1;
      return identify(...asked);
    };
  }
  for (let round = 1; round <= 5; round += 1) {
    await makeDue('refreshIdentityVerification');
    await expect.poll(() => rounds).toBeGreaterThanOrEqual(round);
    // Each process has asked again by then: another schedule was due after this one.
    await makeDue('foldDayCounts');
    await expect.poll(() => isDue('foldDayCounts')).toBe(false);
    expect(rounds).toBe(round);
  }
});

test('workers alone are not a sign that notifications are taken', async () => {
  const before = await heartbeat();
  await web.stopApp();
  const [last] = await heartbeat();
  await startWorker();
  expect(await heartbeat()).toEqual([last]);
  expect(before).toHaveLength(1);
});
