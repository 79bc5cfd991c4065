// Who is in a campaign becomes a contact in Intercom afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerWith, campaignFor } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { backfillsOf, leads, nothing } from '../support/backfills.ts';

let app: TestApp;
let caller: Caller;
let backfills: ReturnType<typeof backfillsOf>;
beforeAll(async () => {
  app = await startTestApp({ story: false, settings: promptSearch });
  caller = callerWith(app.url, await app.apiToken());
  backfills = backfillsOf(app, caller);
});
afterAll(() => app?.close());

test('members of the sides that do something are counted and enrolled; the others are left out', async () => {
  const campaign = await campaignFor(caller);
  await backfills.enrolling(campaign, { leads: nothing, referrers: nothing });
  await caller.post('/referrers', { campaign_id: campaign, person: { email: 'refers@example.com' } });
  const person = { email: 'skipped@example.com' };
  await caller.post('/referrals', { campaign_id: campaign, person });
  const early = await backfills.joinEarlier(campaign, 0, 4);
  await backfills.enrolling(campaign, { leads });

  const id = await backfills.count(campaign);
  expect((await backfills.read(id)).counted).toEqual({ total: 6, to_do: 5, existing: 0, skipped: 1 });
  expect(backfills.contactsOf([...early, person.email])).toEqual([]);
  await caller.post(`/backfills/${id}/confirm`);
  await backfills.reaches(id, 'done');
  await backfills.enrolled();
  const made = backfills.contactsOf([...early, person.email]);
  expect(made.map((one) => one.role)).toEqual(Array(5).fill('lead'));
  expect(backfills.contactsOf(['refers@example.com'])).toEqual([]);

  const again = await backfills.count(campaign, { members: 'referrals' });
  expect((await backfills.read(again)).counted).toEqual({ total: 5, to_do: 0, existing: 5, skipped: 0 });
});

test('a campaign with an incomplete setup lays up nothing in Intercom; who waits is sent when it is', async () => {
  const campaign = await campaignFor(caller);
  const early = await backfills.joinEarlier(campaign, 10, 12);
  const id = await backfills.count(campaign);
  await caller.post(`/backfills/${id}/confirm`);
  await backfills.reaches(id, 'done');
  expect(backfills.contactsOf(early)).toEqual([]);
  await backfills.enrolling(campaign, { leads });
  await expect.poll(() => backfills.contactsOf(early).length).toBe(2);
});
