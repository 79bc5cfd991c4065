// The first change of a contact after a rule was saved: what was before is read from Intercom when the rule is saved.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { api, campaignWithRule, intercom, settled } from '../support/changes.ts';
import { addReferred, type Referred } from '../support/population.ts';

let app: TestApp;
let aheadMs = 0;
beforeAll(async () => {
  app = await startTestApp({
    overrides: { now: () => new Date(Date.now() + aheadMs), everyMs: { resumePages: 200 } },
  });
  const written = { attributes: false, tag: false, event: false };
  await api(app, 'PATCH', 'settings', { write_back: written });
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(() => app?.close());

const plan = 'custom_attributes.plan';
const toPro = { attribute: plan, operator: 'changed_to', to: ['pro'], from: ['free'] };

const ruleShape = z.looseObject({
  id: z.string(),
  reading: z
    .object({
      read: z.number(),
      total: z.number(),
      finished_at: z.string().nullable(),
      trouble: z.string().nullable(),
    })
    .nullable(),
});

async function readingOf(campaignId: string) {
  const answer = await fetch(`${app.url}/api/v1/rules?campaign_id=${campaignId}`, {
    headers: { Authorization: `Bearer ${await app.apiToken()}` },
  });
  const { data } = z.looseObject({ data: z.array(ruleShape) }).parse(await answer.json());
  return data[0]?.reading;
}

/** A campaign with so many referred, on plan free, without news from Intercom yet. */
async function campaignOf(name: string, people: number): Promise<{ id: string; people: Referred[] }> {
  const { id } = await api(app, 'POST', 'campaigns', { name, destination_url: 'https://example.com' });
  await campaignWithReferrer(id);
  const added = await addReferred(app, name, people);
  for (const { contactId } of added) setQuietly(contactId, { plan: 'free' });
  return { id, people: added };
}
const campaignWithReferrer = (campaign_id: string) =>
  api(app, 'POST', 'referrers', { campaign_id, person: { email: `${crypto.randomUUID()}@example.com` } });

/** Without a notification, and so long ago that a search shows it. */
function setQuietly(contactId: string, custom_attributes: Record<string, string | number>): void {
  const contact = app.sandbox.world.contacts.get(contactId);
  if (!contact) throw new Error('There is no such contact.');
  app.sandbox.world.contacts.put({ ...contact, custom_attributes });
  searchView(app.sandbox.world).catchUp();
}
const change = (contactId: string, custom_attributes: object) =>
  intercom(app, 'PUT', `/contacts/${contactId}`, { custom_attributes });
const addRule = (campaign_id: string, name: string, more: object = {}) =>
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  api(app, 'POST', 'rules', { campaign_id, name, definition: { when: toPro, then: 'qualify' }, ...more });
const finished = (campaignId: string, of: number) =>
  expect
    .poll(() => readingOf(campaignId))
    .toMatchObject({ read: of, total: of, finished_at: expect.any(String), trouble: null });
const statusOf = async ({ referralId }: Referred) =>
  (await app.query<{ status: string }>('select status from referrals where id = $1', [referralId]))[0]
    ?.status;

test('the very first change of a contact that was never heard of qualifies', async () => {
  const { id, people } = await campaignOf('First', 60);
  await addRule(id, 'Upgrade');
  await finished(id, 60);
  const [one, other] = people;
  if (!one || !other) throw new Error('nobody was added');
  await change(one.contactId, { plan: 'pro' });
  await expect.poll(() => statusOf(one)).toBe('qualified');
  // What it was before the rule is not a change.
  setQuietly(other.contactId, { plan: 'pro' });
  expect(await statusOf(other)).toBe('pending');
});

test('a rule that is switched on, or names another attribute, reads what it needs of contacts that are known', async () => {
  const { id, people } = await campaignOf('Second', 1);
  const [who] = people;
  if (!who) throw new Error('nobody was added');
  const { id: ruleId } = await addRule(id, 'Later', { enabled: false });
  expect(await readingOf(id)).toBeNull();
  setQuietly(who.contactId, { plan: 'free', seats: 1 });
  // From here on a search shows an older state than the one that is known.
  await intercom(app, 'PUT', `/contacts/${who.contactId}`, { name: 'Somebody else' });
  await settled(app);
  await api(app, 'PATCH', `rules/${ruleId}`, { enabled: true });
  await finished(id, 1);
  const seats = { attribute: 'custom_attributes.seats', operator: 'changed' };
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  await api(app, 'PATCH', `rules/${ruleId}`, { definition: { when: seats, then: 'qualify' } });
  await finished(id, 1);
  await change(who.contactId, { seats: 3 });
  await expect.poll(() => statusOf(who)).toBe('qualified');
});

test('what a notification told stays, so that the change that is on its way is still seen as one', async () => {
  const { id, people } = await campaignOf('Third', 1);
  const [who] = people;
  if (!who) throw new Error('nobody was added');
  await campaignWithRule(app, 'Third of another', { when: { attribute: plan, operator: 'is_set' } });
  await change(who.contactId, { seats: 1 });
  await settled(app);
  setQuietly(who.contactId, { plan: 'pro' });
  await addRule(id, 'Upgrade');
  await finished(id, 1);
  const kept = await app.query<{ values: object }>('select values from contacts where contact_id = $1', [
    who.contactId,
  ]);
  expect(kept).toMatchObject([{ values: { [plan]: 'free' } }]);
});

test('while Intercom is out it says so, and goes on by itself where it was', async () => {
  const { id } = await campaignOf('Fourth', 60);
  const search = { on: 'api', kind: 'status', match: { path: '/contacts/search' } };
  await app.misbehave('/faults', { ...search, status: 503, times: 'always' });
  await addRule(id, 'Upgrade');
  await expect
    .poll(() => readingOf(id))
    .toMatchObject({ read: 0, total: 60, finished_at: null, trouble: expect.stringMatching(/Intercom/) });
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  aheadMs += 121_000;
  await finished(id, 60);
});
