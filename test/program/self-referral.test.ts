// People cannot refer themselves, however the two records turn out to be one person, at every door.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { type Caller, callerWith, dataOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { campaignWithRule, intercom, settled, silence, tell } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { openCard, pressId } from '../support/teammate.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let campaignId: string;
let latest = 0;

beforeAll(async () => {
  app = await startTestApp();
  await silence(app);
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  const when = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'] };
  campaignId = await campaignWithRule(app, 'Own', { when });
});
afterAll(() => app?.close());

type Party = { email: string; contactId: string };
type Pair = { friend: Party; referrer: Party & { externalId: string }; referralId: string };

const told = (topic: string, contactId: string, more: object = {}) => {
  // Later than all that Intercom says by itself, and not so far ahead that it is no longer believed.
  latest = Math.max(latest + 1_000, Date.now() + 60_000);
  const updated_at = new Date(latest).toISOString();
  const item = contactItem({ id: contactId, email: null, updated_at, ...more });
  return tell(app, notification({ topic, data: { type: 'notification_event_data', item } }));
};
const plan = (contactId: string, value: string, more: object = {}) =>
  told('contact.user.updated', contactId, { custom_attributes: { plan: value }, ...more });

/** A friend and a referrer; Intercom has told of the contacts of both, a lead and a user. */
async function pair(): Promise<Pair> {
  const [email, friendEmail, externalId] = [
    `${randomUUID()}@example.com`,
    `${randomUUID()}@example.com`,
    randomUUID(),
  ];
  const user = await intercom(app, 'POST', '/contacts', { role: 'user', email, external_id: externalId });
  const lead = await intercom(app, 'POST', '/contacts', { role: 'lead', email: friendEmail });
  const person = { email, external_id: externalId, name: 'Rhea Ross' };
  const referrerId = idOf(await api.post('/referrers', { campaign_id: campaignId, person }));
  const asked = { referrer_id: referrerId, person: { email: friendEmail, name: 'Finn Friend' } };
  const referralId = idOf(await api.post('/referrals', asked));
  await told('contact.user.updated', user.id, { email, external_id: externalId });
  await plan(lead.id, 'free', { email: friendEmail, role: 'lead' });
  return {
    friend: { email: friendEmail, contactId: lead.id },
    referrer: { email, contactId: user.id, externalId },
    referralId,
  };
}

const merging = (into: string, from: string) =>
  told('contact.merged', into, { merged_from: { type: 'contact', id: from } });
const mergeInIntercom = ({ friend, referrer }: Pair) =>
  intercom(app, 'POST', '/contacts/merge', {
    ...{ from: friend.contactId, into: referrer.contactId, skip_duplicate_validation: true },
  });
const linkTo = (contactId: string, email: string) =>
  app.query('update people set contact_id = $1 where email = $2', [contactId, email]);

/** Each resolves with the friend's contact afterwards. */
const ways: Record<string, (of: Pair) => Promise<string>> = {
  async 'a merge on the card'({ friend, referrer }) {
    const { contacts } = app.sandbox.world;
    const lead = contacts.get(friend.contactId);
    if (lead) contacts.put({ ...lead, email: referrer.email });
    searchView(app.sandbox.world).catchUp();
    const preview = await (await openCard(app, { id: friend.contactId })).press('Convert to user');
    await preview.press('Merge into existing user');
    return referrer.contactId;
  },
  async 'a merge that Intercom tells'(of) {
    await mergeInIntercom(of);
    await merging(of.referrer.contactId, of.friend.contactId);
    return of.referrer.contactId;
  },
  async 'a merge of which only the deletion is told'(of) {
    await mergeInIntercom(of);
    await told('contact.deleted', of.friend.contactId);
    return of.referrer.contactId;
  },
  async 'an external ID that arrives later'({ friend, referrer }) {
    const { email, contactId } = friend;
    await plan(contactId, 'free', { email, external_id: referrer.externalId });
    return contactId;
  },
  async 'an email that arrives later'({ friend, referrer }) {
    await plan(friend.contactId, 'free', { email: referrer.email.toUpperCase() });
    return friend.contactId;
  },
  async 'a link'({ friend, referrer }) {
    await linkTo(friend.contactId, referrer.email);
    return friend.contactId;
  },
  async 'a link to a contact that was merged before'({ friend, referrer }) {
    await merging(friend.contactId, referrer.contactId);
    await linkTo(referrer.contactId, referrer.email);
    return friend.contactId;
  },
};

const read = async (id: string) =>
  (await api.get(`/referrals/${id}`)).body as { status: string; blocked: unknown };
const itself = /Referrer and friend (are the same|have the same)/;

/** Its first screen, or, where the contact shows as referred and as a referrer, the screen behind the referral. */
async function cardSaysWhy(contactId: string): Promise<void> {
  const card = await openCard(app, { id: contactId });
  if (!card.text.includes('self-referral')) return expect(card.text).toMatch(itself);
  expect((await card.choose('Referred in')).text).toMatch(itself);
}

test.each(Object.keys(ways))(
  'who is their own referrer by %s qualifies in no way, and all say why',
  async (way) => {
    const of = await pair();
    const { referralId } = of;
    const contactId = (await ways[way]?.(of)) ?? '';
    const identity = way.startsWith('an external') ? { external_id: of.referrer.externalId } : {};
    await plan(contactId, 'free', {
      email: null,
      ...identity,
      ...(way.startsWith('an email') && { email: of.referrer.email }),
    });
    expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: { code: 'self_referral' } });

    const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'free' };
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const dryRun = { campaign_id: campaignId, definition: { when, then: 'qualify' } };
    const tried = (await api.post('/rules/dry-run', dryRun)).body as {
      data: { referral_id: string; would: string; explanation: string }[];
    };
    const trial = tried.data.find((row) => row.referral_id === referralId);
    expect(trial).toMatchObject({ would: 'nothing', explanation: expect.stringMatching(itself) });

    const more = { ...identity, ...(way.startsWith('an email') && { email: of.referrer.email }) };
    expect((await plan(contactId, 'pro', more)).outcome).toContain('met, but blocked');
    const byApi = await api.post(`/referrals/${referralId}/qualify`, {});
    expect(byApi).toMatchObject({ status: 409, body: { error: { message: expect.stringMatching(itself) } } });
    await cardSaysWhy(contactId);
    const pressed = await pressId(app, { id: contactId }, `ask-status:${referralId}:qualify`);
    expect(pressed.text).toMatch(itself);
    const confirmed = await pressId(
      app,
      { id: contactId },
      `confirm-status:${referralId}:qualify:${randomUUID()}`,
    );
    expect(confirmed.text).toMatch(itself);
    const [person] = await app.query<{ id: string }>('select person_id as id from referrals where id = $1', [
      referralId,
    ]);
    expect((await desk.get(`/console/people/${person?.id}`)).text).toMatch(itself);
    const question = await desk.get(`/console/people/${person?.id}/referrals/${referralId}/qualify`);
    expect(question.text).toMatch(itself);
    await settled(app);
    expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: { code: 'self_referral' } });

    expect((await api.post(`/referrals/${referralId}/disqualify`, { reason: 'Self-referral' })).status).toBe(
      200,
    );
    expect(await read(referralId)).toMatchObject({ status: 'disqualified', blocked: null });
    await api.post(`/referrals/${referralId}/reopen`, {});
    await plan(contactId, 'free', more);
    await plan(contactId, 'pro', more);
    expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: { code: 'self_referral' } });
  },
);

test('once the referrer is unlinked, it qualifies by the change that was told while it was blocked', async () => {
  const { friend, referrer, referralId } = await pair();
  await linkTo(friend.contactId, referrer.email);
  await plan(friend.contactId, 'pro', { email: friend.email });
  expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: { code: 'self_referral' } });
  const asked = await pressId(app, { id: friend.contactId }, `ask-unlink-referrer:${referralId}`);
  expect(asked.text).toContain('Rhea Ross');
  expect((await asked.press('Unlink the referrer')).text).toContain(
    'Unlinked: this contact is not that person',
  );
  expect(await read(referralId)).toMatchObject({ status: 'qualified', blocked: null });
});

test('what no longer meets the rule when the block goes stays pending', async () => {
  const { friend, referrer, referralId } = await pair();
  await linkTo(friend.contactId, referrer.email);
  await plan(friend.contactId, 'pro', { email: friend.email });
  await plan(friend.contactId, 'free', { email: friend.email });
  const asked = await pressId(app, { id: friend.contactId }, `ask-unlink-referrer:${referralId}`);
  await asked.press('Unlink the referrer');
  expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: null });
});

test('a friend can be unlinked from the contact that is their referrer', async () => {
  const { friend, referrer, referralId } = await pair();
  await merging(referrer.contactId, friend.contactId);
  expect(await read(referralId)).toMatchObject({ blocked: { code: 'self_referral' } });
  await pressId(app, { id: referrer.contactId }, `confirm-unlink:${referralId}`);
  expect(await read(referralId)).toMatchObject({ status: 'pending', blocked: null });
});

test('the reward of a referral that turns out to be one person’s own is not issued', async () => {
  const { friend, referrer, referralId } = await pair();
  await api.patch(`/campaigns/${campaignId}`, { rewards: tenEuros });
  await api.post(`/referrals/${referralId}/qualify`, {});
  await linkTo(friend.contactId, referrer.email);
  expect(await read(referralId)).toMatchObject({ status: 'qualified', blocked: { code: 'self_referral' } });
  const [reward] = dataOf(await api.get('/rewards?status=due'));
  const issued = await api.post('/rewards/issue', { ids: [reward?.id] });
  expect(issued).toMatchObject({ status: 409, body: { error: { message: expect.stringMatching(itself) } } });
  await cardSaysWhy(friend.contactId);
});

test('joining is refused by what Intercom knows of the two, too', async () => {
  const { friend, referrer } = await pair();
  await plan(friend.contactId, 'free', { email: friend.email, external_id: referrer.externalId });
  const other = await pair();
  const [row] = await app.query<{ id: string }>(
    'select f.id from referrers f join people p on p.id = f.person_id where p.email = $1',
    [other.referrer.email],
  );
  await plan(other.referrer.contactId, 'free', { email: `${randomUUID()}@example.com`, external_id: 'x' });
  const newcomer = `${randomUUID()}@example.com`;
  await plan(other.referrer.contactId, 'free', { email: newcomer });
  const joined = await api.post('/referrals', { referrer_id: row?.id, person: { email: newcomer } });
  expect(joined).toMatchObject({
    status: 422,
    body: { error: { fields: { 'person.email': expect.any(String) } } },
  });
});

test('of two friends who turn out to be one contact, one referral of a campaign counts: the older one', async () => {
  const [first, second] = [await pair(), await pair()];
  const { contactId } = first.friend;
  await merging(contactId, second.friend.contactId);
  expect(await read(first.referralId)).toMatchObject({ blocked: null });
  expect(await read(second.referralId)).toMatchObject({ blocked: { code: 'second_referral' } });
  await plan(contactId, 'pro', { email: first.friend.email });
  expect(await read(first.referralId)).toMatchObject({ status: 'qualified' });
  expect(await read(second.referralId)).toMatchObject({ status: 'pending' });
  const refused = await api.post(`/referrals/${second.referralId}/qualify`, {});
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('Another referral of this person counts') } },
  });
  expect((await openCard(app, { id: contactId })).text).toContain('second referral');
  await api.post(`/referrals/${first.referralId}/disqualify`, { reason: 'Fraud' });
  expect((await api.post(`/referrals/${second.referralId}/qualify`, {})).status).toBe(200);
});

test('of two friends who turn out to be one contact, the referral that qualified counts, although it is newer', async () => {
  const [first, second] = [await pair(), await pair()];
  await api.post(`/referrals/${second.referralId}/qualify`, {});
  await merging(first.friend.contactId, second.friend.contactId);
  expect(await read(first.referralId)).toMatchObject({ blocked: { code: 'second_referral' } });
  expect(await read(second.referralId)).toMatchObject({ status: 'qualified', blocked: null });
  const unlinked = await pressId(app, { id: first.friend.contactId }, `confirm-unlink:${first.referralId}`);
  expect(unlinked.text).toContain('Unlinked: this contact is not that person');
  expect(await read(first.referralId)).toMatchObject({ status: 'pending', blocked: null });
});

test.each(['external_id', 'email'])(
  'a second referral of a person counts no more once Intercom tells their %s of the contact of the first',
  async (name) => {
    const { friend, referralId } = await pair();
    const [row] = await app.query<{ referrer_id: string }>(
      'select referrer_id from referrals where id = $1',
      [referralId],
    );
    const identity = { [name]: name === 'email' ? `${randomUUID()}@example.com` : randomUUID() };
    const again = idOf(await api.post('/referrals', { referrer_id: row?.referrer_id, person: identity }));
    expect(await read(again)).toMatchObject({ blocked: null });
    const seen = { email: friend.email, ...identity };
    await plan(friend.contactId, 'free', seen);
    expect(await read(again)).toMatchObject({ blocked: { code: 'second_referral' } });
    expect((await api.post(`/referrals/${again}/qualify`, {})).status).toBe(409);
    await plan(friend.contactId, 'pro', seen);
    expect(await read(referralId)).toMatchObject({ status: 'qualified' });
    expect(await read(again)).toMatchObject({ status: 'pending' });
    // A teammate knows better, for good.
    expect((await pressId(app, { id: friend.contactId }, `confirm-unlink:${again}`)).text).toContain(
      'Unlinked: this contact is not that person',
    );
    await plan(friend.contactId, 'free', seen);
    expect(await read(again)).toMatchObject({ contact_id: null, blocked: null });
  },
);
