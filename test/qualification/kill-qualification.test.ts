// A short storm: the app is killed under a stream of notifications while its database and both services fail.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isLoss, storm } from '../chaos/storm.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let apiToken: string;

beforeAll(async () => {
  app = await startTestApp();
  apiToken = await app.apiToken();
  // Its database, sandbox and story stay; from here on the app is two processes that can be killed.
  await app.stopApp();
});
afterAll(() => app?.close());

test('no acknowledged notification is lost in a storm, and each referral is qualified exactly once', async () => {
  const toll = await storm(app, { kills: 4, apiToken });
  process.stdout.write(`storm: ${JSON.stringify(toll)}\n`);
  expect(toll).toMatchObject({
    ...{ lost: 0, unhandled: 0, referrals: 40, qualified: 40, foundAgain: 4, repeated: 0 },
    ...{ notOnceOnPlatform: 0, notShownInIntercom: 0, failedRuns: 0 },
  });
  expect(isLoss(toll)).toBe(false);
  expect(toll.acknowledged).toBeGreaterThanOrEqual(108);
}, 300_000);
