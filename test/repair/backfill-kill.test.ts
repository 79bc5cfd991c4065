// A backfill brings everyone over, with its process killed in the middle, exactly once.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { type Caller, callerWith, campaignFor, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { backfillsOf, leads, nothing } from '../support/backfills.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';
import { hurriedIntercom } from '../support/process/hurry.ts';

let app: TestApp;
let caller: Caller;
let backfills: ReturnType<typeof backfillsOf>;
beforeAll(async () => {
  app = await startTestApp({ settings: hurriedIntercom, story: false });
  caller = callerWith(app.url, await app.apiToken());
  backfills = backfillsOf(app, caller);
});
afterAll(() => app?.close());

let child: AppProcess | undefined;
async function startProcess(): Promise<void> {
  child = await startAppProcess(app.environment);
}
afterEach(() => child?.kill());

/** What a killed process had in hand is taken over once it has been silent for some seconds: lets them pass. */
async function missTheDead(): Promise<void> {
  await app.query(
    "update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'",
  );
  await app.query("update runs set due_at = due_at - interval '1 minute' where state = 'waiting'");
}

test('killed in the middle, twice, it makes everyone’s contact exactly once', async () => {
  const campaign = await campaignFor(caller);
  await backfills.enrolling(campaign, { leads, referrers: nothing });
  await caller.patch('/settings', { write_back: { attributes: false, tag: false, event: false } });
  const early = await backfills.joinEarlier(campaign, 100, 220);
  const id = await backfills.count(campaign);
  await caller.post(`/backfills/${id}/confirm`);
  await app.stopApp();
  for (const _ of [1, 2]) {
    const before = backfills.contactsOf(early).length;
    await startProcess();
    await expect.poll(() => backfills.contactsOf(early).length, { interval: 5 }).toBeGreaterThan(before);
    await child?.kill();
    await missTheDead();
  }
  await startProcess();
  await backfills.reaches(id, 'done');
  await backfills.enrolled();
  expect((await backfills.read(id)).progress).toMatchObject({ done: early.length, skipped: 0 });
  const made = backfills.contactsOf(early);
  expect(new Set(made.map((one) => one.email)).size).toBe(early.length);
  expect(made).toHaveLength(early.length);
});

test('killed in the middle of the pages, it lets everyone join exactly once, and counts them so', async () => {
  await startProcess();
  const campaign = await campaignFor(caller);
  const model = app.sandbox.world.contacts.all()[0];
  if (!model) throw new Error('the sandbox is empty');
  const emails = Array.from({ length: 600 }, (_, at) => `many.${at}@example.com`);
  for (const [at, email] of emails.entries()) {
    const own = {
      id: app.sandbox.world.newHexId(),
      external_id: `many-${at}`,
      email,
      created_at: 1_700_000_000 + at,
    };
    app.sandbox.world.contacts.put({ ...model, ...own, role: 'user', custom_attributes: {}, tag_ids: [] });
  }
  // They have been there for longer than a search lags.
  searchView(app.sandbox.world).catchUp();
  const query = { field: 'email', operator: '~', value: 'many.' };
  const asked = { from: 'intercom', campaign_id: campaign, contacts: 'search', query };
  const id = idOf(await caller.post('/backfills', asked));
  await backfills.reaches(id, 'counted');
  await caller.post(`/backfills/${id}/confirm`);
  const joined = async () =>
    (await app.query('select 1 from referrers where campaign_id = $1', [campaign])).length;
  await expect.poll(joined, { interval: 5 }).toBeGreaterThanOrEqual(100);
  await child?.kill();
  await missTheDead();
  await startProcess();
  await backfills.reaches(id, 'done');
  expect(await joined()).toBe(emails.length);
  expect((await backfills.read(id)).progress).toMatchObject({ done: emails.length, existing: 0, skipped: 0 });
  expect(
    await app.query('select contact_id from people where email like $1 group by 1 having count(*) > 1', [
      'many.%',
    ]),
  ).toEqual([]);
});
