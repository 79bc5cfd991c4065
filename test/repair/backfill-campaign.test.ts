// Who is in a campaign becomes a contact in Intercom afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Caller, callerWith, campaignFor, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let caller: Caller;
beforeAll(async () => {
  app = await startTestApp({ story: false });
  caller = callerWith(app.url, await app.apiToken());
});
afterAll(() => app?.close());

const nothing = { action: 'nothing' };
const leads = { action: 'create-lead', mapping: [{ type: 'field', from: 'person.email', to: 'email' }] };

const shown = z.looseObject({
  state: z.string(),
  counted: z.unknown(),
  progress: z.looseObject({ done: z.number(), existing: z.number(), skipped: z.number() }),
});
const read = async (id: string) => shown.parse((await caller.get(`/backfills/${id}`)).body);
const reaches = (id: string, state: string) => expect.poll(async () => (await read(id)).state).toBe(state);
const enrolling = async (campaign: string, enrollment: object) =>
  expect((await caller.patch(`/campaigns/${campaign}`, { settings: { enrollment } })).status).toBe(200);

async function count(campaign_id: string, more: object = {}): Promise<string> {
  const id = idOf(await caller.post('/backfills', { from: 'campaign', campaign_id, ...more }));
  await reaches(id, 'counted');
  return id;
}

/** Referred people who joined before anything was to become of them. */
async function joinEarlier(campaign: string, from: number, to: number): Promise<string[]> {
  const emails = Array.from({ length: to - from }, (_, at) => `early.${from + at}@example.com`);
  await app.query(
    `with added as (
       insert into people (id, workspace_id, email, created_at)
       select gen_random_uuid(), 'sandbox', email, now() from unnest($2::text[]) as email returning id)
     insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
     select gen_random_uuid(), 'sandbox', $1, id, 'pending', now(), 'none', 'api', now() from added`,
    [campaign, emails],
  );
  return emails;
}

const contactsOf = (emails: string[]) =>
  app.sandbox.world.contacts.all().filter((one) => one.email !== null && emails.includes(one.email));
const enrolled = () =>
  expect.poll(() => app.query("select 1 from enrollments where state = 'planned'")).toEqual([]);

test('members of the sides that do something are counted and enrolled; the others are left out', async () => {
  const campaign = await campaignFor(caller);
  await enrolling(campaign, { leads: nothing, referrers: nothing });
  await caller.post('/referrers', { campaign_id: campaign, person: { email: 'refers@example.com' } });
  const person = { email: 'skipped@example.com' };
  await caller.post('/referrals', { campaign_id: campaign, person });
  const early = await joinEarlier(campaign, 0, 4);
  await enrolling(campaign, { leads });

  const id = await count(campaign);
  expect((await read(id)).counted).toEqual({ total: 6, to_do: 5, existing: 0, skipped: 1 });
  expect(contactsOf([...early, person.email])).toEqual([]);
  await caller.post(`/backfills/${id}/confirm`);
  await reaches(id, 'done');
  await enrolled();
  const made = contactsOf([...early, person.email]);
  expect(made.map((one) => one.role)).toEqual(Array(5).fill('lead'));
  expect(contactsOf(['refers@example.com'])).toEqual([]);

  const again = await count(campaign, { members: 'referrals' });
  expect((await read(again)).counted).toEqual({ total: 5, to_do: 0, existing: 5, skipped: 0 });
});

test('a campaign whose setup is not complete lays up nothing in Intercom; who waits is sent when it is', async () => {
  const campaign = await campaignFor(caller);
  const early = await joinEarlier(campaign, 10, 12);
  const id = await count(campaign);
  await caller.post(`/backfills/${id}/confirm`);
  await reaches(id, 'done');
  expect(contactsOf(early)).toEqual([]);
  await enrolling(campaign, { leads });
  await expect.poll(() => contactsOf(early).length).toBe(2);
});
