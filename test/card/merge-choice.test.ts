// A merge of two records that disagree about what a rule asks: the teammate's choice is what the user has and what rules see.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { api, campaignWithRule, intercom, settled } from '../support/changes.ts';
import { retryAtOnce } from '../support/retry.ts';
import { openCard, type ShownCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
let campaign: string;
beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch });
  // A busy machine is not a slow Intercom.
  app.ctx.timing.conversionPatienceMs = 9_000;
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
  campaign = await campaignWithRule(app, 'Pays', { when });
});
afterAll(() => app?.close());
beforeEach(async () => void (await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' })));

type Plans = { lead: string | null; user: string | null };

/** A lead with a pending referral, and a user with the same email. */
async function twins(plans: Plans, more: object = {}) {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  const make = async (role: 'lead' | 'user') => {
    const custom_attributes = plans[role] === null ? {} : { plan: plans[role] };
    return (await intercom(app, 'POST', '/contacts', { role, email, custom_attributes, ...more })).id;
  };
  const [lead, user] = [await make('lead'), await make('user')];
  // News of them that came after the referral would qualify it at once.
  await settled(app);
  const { id } = await api(app, 'POST', 'referrals', { campaign_id: campaign, person: { email } });
  await app.query('update people set contact_id = $1 where email = $2', [lead, email]);
  await settled(app);
  return { lead, user, referral: id };
}

const planOf = (id: string) => app.sandbox.world.contacts.get(id)?.custom_attributes.plan;
const preview = async (id: string) => (await openCard(app, { id })).press('Convert to user');
const statusOf = async (id: string) =>
  (await app.query<{ status: string }>('select status from referrals where id = $1', [id]))[0]?.status;

/** The ids of the two options, the user's first. */
function optionsOf(shown: ShownCard): string[] {
  const field = shown.components.find(({ id }) => id === 'keep.plan');
  return ((field?.options ?? []) as { id: string }[]).map(({ id }) => id);
}

async function writesOf(contactId: string): Promise<string[]> {
  const text = "select state from runs where kind = 'merge-values' and contact_id = $1";
  return (await app.query<{ state: string }>(text, [contactId])).map(({ state }) => state);
}

const merge = (shown: ShownCard, option: string) =>
  shown.press('Merge into existing user', { 'keep.plan': option });

test('the lead’s value is written once and qualifies the referral', async () => {
  const { lead, user, referral } = await twins({ lead: 'pro', user: 'free' });
  const shown = await preview(lead);
  expect(shown.text).toContain('A rule looks at these values');
  expect(shown.text).not.toContain('pro, user has free');
  const done = await merge(shown, optionsOf(shown)[1] ?? '');
  expect(done.text).toContain('Kept from the lead: plan');
  await expect.poll(() => planOf(user)).toBe('pro');
  await expect.poll(() => statusOf(referral)).toBe('qualified');
  await settled(app);
  expect(await writesOf(user)).toEqual(['done']);
  const [entry] = await app.query<{ details: object }>(
    "select details from audit_log where action = 'contact.convert' order by id desc limit 1",
  );
  expect(entry?.details).toMatchObject({ how: 'merge', kept: ['plan'] });
});

test('the value that is discarded decides nothing, even while the chosen one is not written yet', async () => {
  const { lead, user, referral } = await twins({ lead: 'free', user: 'free' });
  // Without a notification, so that no rule has seen it before the merge.
  const { contacts } = app.sandbox.world;
  const stored = contacts.get(user);
  if (stored) contacts.put({ ...stored, custom_attributes: { ...stored.custom_attributes, plan: 'pro' } });
  const shown = await preview(lead);
  // Every write fails for now, while notifications of the merge come in.
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 500,
    times: 'always',
    match: { method: 'PUT' },
  });
  await merge(shown, optionsOf(shown)[1] ?? '');
  await expect.poll(() => app.sandbox.world.contacts.get(lead)?.merged_into).toBe(user);
  const handled = async () =>
    (
      await app.query(
        "select 1 from deliveries where contact_id = $1 and topic = 'contact.merged' and state = 'done'",
        [user],
      )
    ).length;
  await expect.poll(handled).toBeGreaterThan(0);
  expect(planOf(user)).toBe('pro');
  expect(await statusOf(referral)).toBe('pending');
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  // An attempt that is under way still fails, and waits again.
  const written = async () => {
    await app.query(
      "update runs set due_at = now(), paused_for = null where kind = 'merge-values' and state = 'waiting'",
    );
    return planOf(user);
  };
  await expect.poll(written, { interval: 1_000 }).toBe('free');
  await settled(app);
  expect(await statusOf(referral)).toBe('pending');
});

test('without a choice, the user’s value stays and nothing is written', async () => {
  const { lead, user, referral } = await twins({ lead: 'pro', user: 'free' });
  const shown = await preview(lead);
  await merge(shown, optionsOf(shown)[0] ?? '');
  await settled(app);
  expect(planOf(user)).toBe('free');
  expect(await writesOf(user)).toEqual([]);
  expect(await statusOf(referral)).toBe('pending');
});

test('a value that changed since the preview is not merged blindly', async () => {
  const { lead, user } = await twins({ lead: 'pro', user: 'free' });
  const shown = await preview(lead);
  await intercom(app, 'PUT', `/contacts/${user}`, { custom_attributes: { plan: 'team' } });
  const asked = await merge(shown, optionsOf(shown)[1] ?? '');
  expect(asked.text).toContain('A value that you chose from changed. Nothing was changed.');
  expect(app.sandbox.world.contacts.get(lead)?.merged_into).toBeNull();
  expect(optionsOf(asked)).toHaveLength(2);
  const forged = await merge(asked, 'lead.forged');
  expect(forged.text).toContain('Nothing was changed');
});

test('what someone changed after the merge stays, and a second press writes nothing more', async () => {
  const { lead, user } = await twins({ lead: 'pro', user: 'free' });
  const shown = await preview(lead);
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 500,
    times: 'always',
    match: { method: 'PUT' },
  });
  const request = shown.requestOf('Merge into existing user', { 'keep.plan': optionsOf(shown)[1] });
  await Promise.all([sendAgain(app, request), sendAgain(app, request)]);
  await expect.poll(() => writesOf(user)).toHaveLength(1);
  // Changes are refused to the end: an attempt under way has read the contact before this one.
  const { contacts } = app.sandbox.world;
  const changed = contacts.get(user);
  if (!changed) throw new Error('the user is gone');
  contacts.put({ ...changed, custom_attributes: { ...changed.custom_attributes, plan: 'team' } });
  const stopRetrying = retryAtOnce(app);
  await expect.poll(() => writesOf(user)).toEqual(['done']);
  await stopRetrying();
  expect(planOf(user)).toBe('team');
});

test('owners appear by name, and attributes without a rule are only listed', async () => {
  const owned = await twins({ lead: 'pro', user: 'pro' }, { owner_id: '7310001' });
  const shown = await preview(owned.lead);
  expect(shown.text).toContain('Owner: Aoife Brennan');
  expect(shown.text).not.toContain('A rule looks at');
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 500,
    times: 'always',
    match: { pattern: '^/admins' },
  });
  expect((await preview(owned.lead)).text).toContain('Owner: teammate 7310001');
});
