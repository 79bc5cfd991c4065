// A list of people, with its process killed in the middle: everyone joins, and qualifies, exactly once.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Caller, callerWith, campaignFor, codeOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';
import { hurriedIntercom } from '../support/process/hurry.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
beforeAll(async () => {
  app = await startTestApp({ settings: hurriedIntercom, story: false });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
});
afterAll(() => app?.close());

let child: AppProcess | undefined;
afterEach(() => child?.kill());

/** What a killed process had in hand is taken over once it has been silent for some seconds: lets them pass. */
async function missTheDead(): Promise<void> {
  await app.query(
    "update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'",
  );
}

const people = 400;
const emails = Array.from({ length: people }, (_, at) => `listed.${at}@example.com`);

async function paste(campaign: string, purpose: string): Promise<string> {
  const form = new FormData();
  const { html } = await desk.get('/console/access');
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  for (const [name, value] of Object.entries({ csrf, campaign, purpose, pasted: emails.join('\n') }))
    form.set(name, value);
  const answer = await desk.browser.open('/console/people/imports', { method: 'POST', body: form });
  const list = answer.headers.get('location') ?? '';
  await shows(list, 'Ready to confirm');
  return list;
}

const shows = (path: string, words: string) =>
  expect.poll(async () => (await desk.get(path)).text).toContain(words);

const count = async (sql: string, campaign: string) =>
  (await app.query<{ n: number }>(`select count(*)::int as n from ${sql}`, [campaign]))[0]?.n ?? 0;

/** Kills the process twice while the number grows, and lets a third one end the work. */
async function killTwice(number: () => Promise<number>): Promise<void> {
  for (const _ of [1, 2]) {
    const before = await number();
    await expect.poll(number, { interval: 5 }).toBeGreaterThan(before);
    await child?.kill();
    await missTheDead();
    child = await startAppProcess(app.environment);
  }
}

test('killed in the middle, twice, it adds, qualifies and undoes everyone exactly once', async () => {
  const campaign = await campaignFor(api, { rewards: tenEuros });
  codeOf(await api.post('/referrers', { campaign_id: campaign, person: { email: 'giver@example.com' } }));
  await app.stopApp();
  child = await startAppProcess(app.environment);
  const joined = () => count('referrals where campaign_id = $1', campaign);
  const list = await paste(campaign, 'referrals');
  await desk.post(`${list}/confirm`);
  await killTwice(joined);
  await shows(list, `Added ${people}`);
  expect(await joined()).toBe(people);
  const entries =
    "audit_log join referrals on referrals.id::text = subject_id where campaign_id = $1 and action = 'referral.create'";
  expect(await count(entries, campaign)).toBe(people);

  const qualifying = await paste(campaign, 'qualify');
  await desk.post(`${qualifying}/confirm`);
  const changes = `referral_history h join referrals on referrals.id = h.referral_id
    where campaign_id = $1 and h."to" = 'qualified' and what = 'status'`;
  await killTwice(() => count(changes, campaign));
  await shows(qualifying, `Qualified ${people}`);
  expect(await count(changes, campaign)).toBe(people);

  const other = await campaignFor(api);
  idOf(await api.post('/referrals', { campaign_id: other, person: { email: 'before@example.com' } }));
  const undone = await paste(other, 'referrals');
  await desk.post(`${undone}/confirm`);
  await shows(undone, `Added ${people}`);
  const left = () => count('referrals where campaign_id = $1', other);
  await desk.post(`${undone}/undo`);
  await killTwice(async () => people + 1 - (await left()));
  await shows(undone, `Undone ${people}`);
  expect(await left()).toBe(1);
});
