// What the app itself writes to Intercom decides nothing, whatever work it belongs to; what others change does.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerWith, idOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { backfillsOf } from '../support/backfills.ts';
import { campaignWithRule, intercom, settled, tell } from '../support/changes.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let caller: Caller;
let backfills: ReturnType<typeof backfillsOf>;
beforeAll(async () => {
  app = await startTestApp({ story: false, settings: promptSearch });
  caller = callerWith(app.url, await app.apiToken());
  backfills = backfillsOf(app, caller);
});
afterAll(() => app?.close());

const byUs = 'Referral Desk wrote this itself: rules ignore it.';
const isPro = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
const toPro = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'] };
const emailOnly = { type: 'field', from: 'person.email', to: 'email' };
const fixed = (from: string | boolean, to: string) => ({ type: 'fixed', from, to });

const statuses = async (email: string) => {
  const rows = await app.query<{ status: string }>(
    'select r.status from referrals r join people p on p.id = r.person_id where p.email = $1 order by r.joined_at',
    [email],
  );
  return rows.map(({ status }) => status);
};
const outcomes = async (contactId: string) => {
  const query = 'select outcome from deliveries where contact_id = $1 order by id';
  return (await app.query<{ outcome: string }>(query, [contactId])).map(({ outcome }) => outcome);
};
const join = async (campaign_id: string, email: string) =>
  expect((await caller.post('/referrals', { campaign_id, person: { email } })).status).toBe(201);
const contactOf = (email: string) => {
  const [contact] = backfills.contactsOf([email]);
  if (!contact) throw new Error(`${email} is no contact`);
  return contact;
};
const listen = (on: boolean) =>
  fetch(`${app.sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ webhooks_enabled: on }),
  });
const make = (email: string, more: object = {}) =>
  intercom(app, 'POST', '/contacts', { role: 'user', email, ...more });
const enrollingCampaign = async (name: string, leads: object) => {
  const id = idOf(await caller.post('/campaigns', { name, destination_url: 'https://example.com' }));
  await backfills.enrolling(id, { leads });
  return id;
};

test('a backfill of one campaign qualifies no one in another with a rule that the contact meets all along', async () => {
  const email = 'two-campaigns@example.com';
  const other = await campaignWithRule(app, 'Met all along', { when: isPro });
  // Nothing is heard of the contact before the app writes to it.
  await listen(false);
  await make(email, { custom_attributes: { plan: 'pro' } });
  await join(other, email);
  const campaign = idOf(
    await caller.post('/campaigns', { name: 'Filled', destination_url: 'https://example.com' }),
  );
  await join(campaign, email);
  await settled(app);
  await listen(true);
  await backfills.enrolling(campaign, {
    leads: {
      action: 'create-user',
      mapping: [emailOnly, fixed('Friend', 'custom_attributes.referral_code')],
      duplicates: 'update',
    },
  });
  const id = await backfills.count(campaign);
  await caller.post(`/backfills/${id}/confirm`);
  await backfills.reaches(id, 'done');
  await settled(app);
  expect(contactOf(email).custom_attributes).toMatchObject({ referral_code: 'Friend' });
  expect(await statuses(email)).toEqual(['pending', 'pending']);
  expect(await outcomes(contactOf(email).id)).toContain(byUs);
  // A real change of the contact is looked at, though it is of an attribute that no rule names.
  await intercom(app, 'PUT', `/contacts/${contactOf(email).id}`, { name: 'Tess' });
  await expect.poll(() => statuses(email)).toEqual(['qualified', 'pending']);
});

test('an enrollment that writes the very value, makes a user of a lead, or adds the tag decides nothing', async () => {
  const email = 'enrolled@example.com';
  const rules = { 'Is pro': isPro, 'Becomes pro': toPro, 'Becomes a user': { operator: 'became_user' } };
  for (const [name, when] of Object.entries(rules))
    await join(await campaignWithRule(app, name, { when }), email);
  await make(email, { role: 'lead', custom_attributes: { plan: 'free' } });
  await intercom(app, 'POST', '/tags', { name: 'Came by friends' });
  const tagged = { attribute: 'tags', operator: 'contains', value: 'Came by friends' };
  await join(await campaignWithRule(app, 'Is tagged', { when: tagged }), email);
  await settled(app);
  const mapping = [emailOnly, fixed('pro', 'custom_attributes.plan'), fixed('Came by friends', 'tags')];
  const policy = { duplicates: 'update', lead_where_user_wanted: 'convert' };
  await join(await enrollingCampaign('Writes', { action: 'create-user', mapping, ...policy }), email);
  await settled(app);
  const contact = contactOf(email);
  expect(contact).toMatchObject({ role: 'user', custom_attributes: { plan: 'pro' } });
  expect(await statuses(email)).toEqual(Array(5).fill('pending'));
  // Others take the value away and bring it back, and the tag, too: that decides.
  for (const plan of ['free', 'pro'])
    await intercom(app, 'PUT', `/contacts/${contact.id}`, { custom_attributes: { plan } });
  await expect
    .poll(() => statuses(email))
    .toEqual(['qualified', 'qualified', 'pending', 'qualified', 'pending']);
});

test('a contact that the app makes, by an enrollment or an import, decides nothing', async () => {
  const rule = await campaignWithRule(app, 'New and pro', { when: isPro });
  const [enrolled, imported] = ['made@example.com', 'imported@example.com'];
  for (const email of [enrolled, imported]) await join(rule, email);
  const mapping = [emailOnly, fixed('pro', 'custom_attributes.plan')];
  await join(await enrollingCampaign('Makes', { action: 'create-lead', mapping }), enrolled);
  const file = `email,plan\n${imported},pro\n`;
  const started = await caller.send('POST', '/imports?role=user&unknown=attributes', {
    body: file,
    headers: { 'content-type': 'text/csv' },
  });
  expect(started.status).toBe(202);
  await expect
    .poll(async () => (await caller.get(`/imports/${idOf(started)}`)).body)
    .toMatchObject({ state: 'done', counts: { created: 1 } });
  await settled(app);
  for (const email of [enrolled, imported]) {
    const contact = contactOf(email);
    expect(contact.custom_attributes).toMatchObject({ plan: 'pro' });
    expect((await statuses(email))[0]).toBe('pending');
    expect(await outcomes(contact.id)).toContain(byUs);
  }
  // The company's own request is a change of theirs.
  const { id } = contactOf(imported);
  for (const plan of ['free', 'pro'])
    expect((await caller.patch(`/contacts/${id}`, { custom_attributes: { plan } })).status).toBe(200);
  await expect.poll(() => statuses(imported)).toEqual(['qualified']);
});

test('what a sync check links and repairs decides nothing', async () => {
  const email = 'repaired@example.com';
  const campaign = await campaignWithRule(app, 'Met before the check', { when: isPro });
  await listen(false);
  await make(email, { custom_attributes: { plan: 'pro' } });
  await join(campaign, email);
  await settled(app);
  await listen(true);
  const repaired = async () => {
    const path = `/sync-checks/${idOf(await caller.post('/sync-checks', { campaign_id: campaign }))}`;
    const isOver = () =>
      expect.poll(async () => (await caller.get(path)).body).toMatchObject({ state: 'done' });
    await isOver();
    expect((await caller.post(`${path}/repair`, { all: true })).status).toBeLessThan(300);
    await isOver();
    await settled(app);
  };
  await repaired();
  expect(contactOf(email).custom_attributes).toMatchObject({ referral_status: 'Pending' });
  expect(await outcomes(contactOf(email).id)).toContain(byUs);
  expect(await statuses(email)).toEqual(['pending']);
  // Behind the app's back, so that the next check has a value to write.
  const { contacts } = app.sandbox.world;
  contacts.put({ ...contactOf(email), custom_attributes: { plan: 'pro', referral_status: 'Qualified' } });
  await repaired();
  expect(contactOf(email).custom_attributes).toMatchObject({ referral_status: 'Pending' });
  expect(await statuses(email)).toEqual(['pending']);
  expect(new Set(await outcomes(contactOf(email).id))).toEqual(new Set([byUs]));
  await intercom(app, 'PUT', `/contacts/${contactOf(email).id}`, { name: 'Tess' });
  await expect.poll(() => statuses(email)).toEqual(['qualified']);
});

test('a conversion decides as a change by the teammate, and what the app writes after it decides nothing', async () => {
  const email = 'converted@example.com';
  const becomesUser = await campaignWithRule(app, 'By the press', { when: { operator: 'became_user' } });
  await join(becomesUser, email);
  await make(email, { role: 'lead', custom_attributes: { plan: 'free' } });
  await settled(app);
  const { id } = contactOf(email);
  const before = (await outcomes(id)).length;
  await (await (await openCard(app, { id })).press('Convert to user')).press('Confirm', {});
  await expect.poll(() => statuses(email)).toEqual(['qualified']);
  await settled(app);
  expect(contactOf(email)).toMatchObject({ role: 'user' });
  expect(contactOf(email).custom_attributes).toMatchObject({ referral_status: 'Qualified' });
  expect((await outcomes(id)).slice(before)).toEqual(['By the press: met.', byUs]);
});

test('a merge decides as a change by the teammate, and what the app writes after it decides nothing', async () => {
  const email = 'merged@example.com';
  await join(await campaignWithRule(app, 'Pro after the merge', { when: isPro }), email);
  const lead = await make(email, { role: 'lead', custom_attributes: { plan: 'free' } });
  await settled(app);
  const user = await make(email, { custom_attributes: { plan: 'pro' } });
  await settled(app);
  expect(await statuses(email)).toEqual(['pending']);
  const preview = await (await openCard(app, { id: lead.id })).press('Convert to user');
  await preview.press('Merge into existing user');
  await expect.poll(() => statuses(email)).toEqual(['qualified']);
  await settled(app);
  const written = { referral_status: 'Qualified' };
  expect(app.sandbox.world.contacts.get(user.id)?.custom_attributes).toMatchObject(written);
  expect((await outcomes(user.id)).at(-1)).toBe(byUs);
});

test('a change by others that comes with our own write, before it or after it, decides', async () => {
  const emails = ['together@example.com', 'before@example.com', 'after@example.com'];
  const campaign = await campaignWithRule(app, 'Changes to pro', { when: toPro });
  for (const email of emails) {
    await join(campaign, email);
    await make(email, { custom_attributes: { plan: 'free' } });
  }
  await settled(app);
  await listen(false);
  const own = async (email: string) => {
    // A second referral is written to the contact.
    await join(
      idOf(await caller.post('/campaigns', { name: `For ${email}`, destination_url: 'https://example.com' })),
      email,
    );
    await settled(app);
    const contact = contactOf(email);
    return { contact, at: contact.updated_at * 1_000 + 998 };
  };
  const told = ({ contact, at }: Awaited<ReturnType<typeof own>>, plan: string, at_ms = at) => {
    const { id, role, email, name, custom_attributes } = contact;
    const item = { ...{ id, role, email, name }, custom_attributes: { ...custom_attributes, plan } };
    const updated_at = new Date(at_ms).toISOString();
    return tell(app, notification({ data: { item: contactItem({ ...item, updated_at }) } }));
  };
  const [together = '', before = '', after = ''] = emails;
  await told(await own(together), 'pro');
  const second = await own(before);
  expect((await told(second, 'free')).outcome).toBe(byUs);
  expect((await told(second, 'free')).outcome).toBe(byUs);
  await told(second, 'pro', second.at + 1);
  const third = await own(after);
  await told(third, 'pro', third.at - 5_000);
  await told(third, 'pro');
  await listen(true);
  for (const email of emails) expect(await statuses(email)).toEqual(['qualified', 'pending']);
});
