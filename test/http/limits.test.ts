// Floods: who asks too often is told so and when to come again, and no one else notices.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { issueFinKey } from '../../src/usecases/fin/fin-keys.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { askForFin } from '../support/fin.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startTestApp();
  token = await app.apiToken();
});
afterAll(() => app?.close());

const ask = (bearer: string) =>
  fetch(`${app.url}/api/v1/campaigns?limit=1`, { headers: { Authorization: `Bearer ${bearer}` } });

/** The statuses of so many requests, some at a time, and the last answer. */
async function flood(count: number, request: () => Promise<Response>) {
  const statuses: number[] = [];
  let last = await request();
  statuses.push(last.status);
  while (statuses.length < count) {
    const answers = await Promise.all(Array.from({ length: Math.min(20, count - statuses.length) }, request));
    for (const answer of answers) {
      statuses.push(answer.status);
      await answer.arrayBuffer();
      last = answer;
    }
  }
  return { statuses, last };
}
const times = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;

test('an address that tries tokens is soon not answered any more, while a good one is taken from it', async () => {
  const { statuses, last } = await flood(140, () => ask('not-a-token'));
  expect([times(statuses, 401), times(statuses, 429)]).toEqual([120, 20]);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask(token)).status).toBe(200);
});

test('a token that asks without end is told to wait, and another one is not', async () => {
  const busy = await app.apiToken();
  const { statuses } = await flood(1_220, () => ask(busy));
  expect([times(statuses, 200), times(statuses, 429)]).toEqual([1_200, 20]);
  const refused = await ask(busy);
  expect(refused.headers.get('retry-after')).toMatch(/^[1-5]?\d$|^60$/);
  expect(await refused.json()).toMatchObject({ error: { code: 'rate-limited' } });
  expect((await ask(token)).status).toBe(200);
});

test('share links lead on for a whole office, and no further for a program that goes through codes', async () => {
  const [referrer] = await app.query<{ code: string }>('select code from referrers limit 1');
  const clicks = async () =>
    Number(
      (await app.query<{ sum: string }>('select coalesce(sum(clicks), 0) as sum from click_days'))[0]?.sum,
    );
  const before = await clicks();
  const follow = () => fetch(`${app.url}/r/${referrer?.code}`, { redirect: 'manual' });
  const { statuses, last } = await flood(310, follow);
  expect([times(statuses, 302), times(statuses, 429)]).toEqual([300, 10]);
  expect(last.headers.get('retry-after')).not.toBeNull();
  expect((await clicks()) - before).toBe(300);
});

test('a connector key that asks without end is told to wait, and another one is not', async () => {
  const { key: busy } = await issueFinKey(app.ctx, 'sandbox', 'Busy', byCommand);
  const { key: quiet } = await issueFinKey(app.ctx, 'sandbox', 'Quiet', byCommand);
  const [row] = await app.query<{ id: string }>(`select id from fin_keys where name = 'Busy'`);
  await askForFin(app.url, busy, 'program');
  // As if other processes had answered the rest of the minute.
  await app.query(`update rate_windows set used = 600 where key = $1`, [`fin ${row?.id}`]);
  const { status, headers } = await askForFin(app.url, busy, 'program');
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await askForFin(app.url, quiet, 'program')).status).toBe(200);
});
