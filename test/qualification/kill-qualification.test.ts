// The app is killed ten times under a stream of notifications: nothing is lost, and nobody is qualified twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killUnderNotifications } from '../chaos/kill-qualification.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  // Its database, sandbox and story stay; from here on the app is a process that can be killed.
  await app.stopApp();
});
afterAll(() => app?.close());

test('ten kills lose no acknowledged notification, and each referral is qualified exactly once', async () => {
  const toll = await killUnderNotifications(app, 10, () => {});
  process.stdout.write(`killed under notifications: ${JSON.stringify(toll)}\n`);
  expect(toll).toMatchObject({
    kills: 10,
    lost: 0,
    unhandled: 0,
    referrals: 90,
    qualified: 90,
    repeated: 0,
    notOnceOnPlatform: 0,
    failedRuns: 0,
  });
  expect(toll.acknowledged).toBeGreaterThan(270);
}, 300_000);
