// A campaign tried with a test person: every step is shown as the program does it, and nothing of it stays.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerWith, campaignFor, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { campaignWithRule, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
beforeAll(async () => {
  app = await startTestApp({ story: false });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
});
afterAll(() => app?.close());

const tryIt = async (campaign: string) => (await desk.get(`/console/campaigns/${campaign}/try`)).text;

/** The number of rows of every table that a request may write to. */
async function everything(): Promise<Record<string, number>> {
  const tables = await app.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema in ('public', 'pgboss')
       and table_name not in ('sessions', 'rate_windows', 'queue', 'schedule', 'version')`,
  );
  const counts = tables.map(async ({ name }) => {
    const [row] = await app.query<{ n: number }>(`select count(*)::int as n from ${name}`);
    return [name, row?.n ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

test('a campaign that is set up takes a test person from the link to the rewards, and leaves no row behind', async () => {
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
  const campaign = await campaignWithRule(app, 'Tried', { when });
  const friend = { ...tenEuros.referrer, label: 'First month free' };
  const leads = { action: 'create-lead', mapping: [{ type: 'field', from: 'person.email', to: 'email' }] };
  await api.patch(`/campaigns/${campaign}`, {
    rewards: { ...tenEuros, friend },
    settings: { enrollment: { leads, referrers: { action: 'nothing' } } },
  });
  await settled(app);
  const [before, contacts] = [await everything(), app.sandbox.world.contacts.all().length];
  expect(before['public.people']).toBe(0);
  const text = await tryIt(campaign);
  for (const words of [
    /Test Referrer \(test-referrer-\w+@example.com\) gets the link http:\S+\/r\/\w+/,
    'A lead with one field is created, unless Intercom has the person already.',
    /Tried: .*plan/,
    'If rule Tried is met, the referral is qualified.',
    `${tenEuros.referrer?.label} for the referrer: due`,
    'First month free for the friend: due',
    'the tag Referred',
  ])
    expect(text).toMatch(words);
  expect(text).not.toContain('A teammate sets it to');
  await settled(app);
  expect(await everything()).toEqual(before);
  expect(app.sandbox.world.contacts.all()).toHaveLength(contacts);
});

test('what is missing is said where it is missing', async () => {
  const text = await tryIt(await campaignFor(api));
  expect(text).toContain('No rule. Only a teammate, a list or the API can qualify referrals.');
  expect(text).toContain('A teammate sets it to qualified.');
  expect(text).toContain('The campaign promises no reward.');
});

test('a paused campaign says that no one can join, and Home leads to the page', async () => {
  const campaign = await campaignFor(api);
  expect((await desk.get('/console')).html).toMatch(
    /\/console\/campaigns\/[\w-]+\/try">Try it with a test person/,
  );
  await app.query('update campaigns set paused_at = now() where id = $1', [campaign]);
  const text = await tryIt(campaign);
  expect(text).toContain('is paused');
  expect(text).toContain('Nothing: it does not qualify.');
});
