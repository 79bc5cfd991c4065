// Every route that the app serves, called as its caller would, with what is nearly right: no 5xx, and no end of the app.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz } from '../fuzz/fuzz.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

test('no route answers a damaged request with a failure of ours', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
  const { failures, statuses } = await fuzz(app, { seed, inputs: 1_000 });
  expect(failures, `repeat with FUZZ_SEED=${seed}`).toEqual([]);
  // Its callers are known, and much of what they send is taken.
  expect(statuses['401'] ?? 0).toBeLessThan(100);
  expect(statuses['200'] ?? 0).toBeGreaterThan(200);
});
