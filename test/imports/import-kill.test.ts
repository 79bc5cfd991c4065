// The app is killed in the middle of imports, again and again: every contact is made, and made once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { callerWith } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';
import { hurriedIntercom } from '../support/process/hurry.ts';

const rows = 240;
let app: TestApp;
let running: AppProcess | undefined;
let caller: ReturnType<typeof callerWith>;

beforeAll(async () => {
  app = await startTestApp({ settings: hurriedIntercom, story: false });
  caller = callerWith(app.url, await app.apiToken());
  await app.stopApp();
  // Slow enough to be killed in the middle of everything.
  await app.misbehave('/faults', { on: 'api', kind: 'slow', times: 'always', ms: 150 });
  running = await startAppProcess(app.environment);
});
afterAll(async () => {
  await running?.kill();
  await app.close();
});

const made = () => app.sandbox.world.contacts.all().filter((one) => one.email?.endsWith('@kill.example.com'));
const importBody = z.object({ id: z.string(), state: z.string(), counts: z.record(z.string(), z.number()) });

test('killed twice in the middle, an import of leads and users ends with each of them there once', {
  timeout: 90_000,
}, async () => {
  const lines = Array.from({ length: rows }, (_, n) => `${n % 2 ? 'user' : 'lead'},p${n}@kill.example.com\n`);
  const answer = await caller.send('POST', '/imports', {
    body: `role,email\n${lines.join('')}`,
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = importBody.parse(answer.body);
  for (const enough of [30, 150]) {
    await expect.poll(() => made().length, { interval: 5 }).toBeGreaterThan(enough);
    await running?.kill();
    running = await startAppProcess(app.environment);
  }
  const read = async () => importBody.parse((await caller.get(`/imports/${id}`)).body);
  await expect.poll(async () => (await read()).state, { interval: 200 }).toBe('done');
  expect(new Set(made().map((one) => one.email)).size).toBe(rows);
  expect(made()).toHaveLength(rows);
  expect((await read()).counts).toEqual({ created: rows });
});
