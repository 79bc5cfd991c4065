// A person who joins and is in Intercom already: each policy as a journey, from the joining to the contact.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { api, intercom, settled } from '../support/changes.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';

let app: TestApp;
let desk: Enrolling;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { searchLagMs: 500 },
  });
  desk = await enrollingIn(app);
});
afterAll(() => app?.close());

type Json = Record<string, unknown>;

/** Whether the sandbox tells of what happens. */
async function webhooks(webhooks_enabled: boolean): Promise<void> {
  const answer = await fetch(`${app.sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ webhooks_enabled }),
  });
  expect(answer.status).toBe(200);
}

/** A contact that is in Intercom before anyone joins, and that the app has heard of. */
async function existing(given: Json): Promise<string> {
  const made: { id: string } = await intercom(app, 'POST', '/contacts', given);
  await settled(app);
  return made.id;
}

const phone = { type: 'field', from: 'extra.phone', to: 'phone' };

/** A person who has this email joins a new campaign that treats leads so. */
async function joins(address: string, side: Json) {
  const campaign = await desk.campaign({ mapping: [email, name, phone], ...side });
  const person = { email: address, name: 'Told By Campaign' };
  const member = await desk.join(campaign, person, { extra: { phone: '+353 1 555 0100' } });
  const done = await desk.enrolled(campaign, member);
  await settled(app);
  return { ...done, campaign, member };
}

describe('with the policy', () => {
  test('nothing, the contact is linked and not touched, and a rule still qualifies it', async () => {
    const address = 'left.alone@example.com';
    const id = await existing({ role: 'user', email: address, name: 'As It Was' });
    const before = structuredClone(desk.contact(id));
    const joined = await joins(address, { duplicates: 'nothing' });
    expect(joined).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toEqual(before);
    expect(await app.query('select contact_id from people where email = $1', [address])).toEqual([
      { contact_id: id },
    ]);

    const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const definition = { when, then: 'qualify' };
    await api(app, 'POST', 'rules', { campaign_id: joined.campaign, name: 'Paid', definition });
    await intercom(app, 'PUT', `/contacts/${id}`, { custom_attributes: { plan: 'pro' } });
    await expect
      .poll(async () => (await desk.caller.get(`/referrals/${joined.member}`)).body)
      .toMatchObject({ status: 'qualified', contact_id: id });
  });

  test('nothing, even the first change of the contact is seen as one by a rule of before', async () => {
    const campaign = await desk.campaign({ mapping: [email, name], duplicates: 'nothing' });
    const when = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'], from: ['free'] };
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const definition = { when, then: 'qualify' };
    await api(app, 'POST', 'rules', { campaign_id: campaign, name: 'Upgrade', definition });
    const address = 'known.to.intercom@example.com';
    await webhooks(false);
    const contact: { id: string } = await intercom(app, 'POST', '/contacts', {
      role: 'user',
      email: address,
      custom_attributes: { plan: 'free' },
    });
    await webhooks(true);
    const member = await desk.join(campaign, { email: address, name: 'Told By Campaign' });
    expect(await desk.enrolled(campaign, member)).toMatchObject({ contact_id: contact.id });
    await expect
      .poll(() => app.query('select 1 from contacts where contact_id = $1', [contact.id]))
      .toHaveLength(1);
    await intercom(app, 'PUT', `/contacts/${contact.id}`, { custom_attributes: { plan: 'pro' } });
    await expect
      .poll(async () => (await desk.caller.get(`/referrals/${member}`)).body)
      .toMatchObject({ status: 'qualified' });
  });

  test('update, the contact gets what is mapped and is marked as referred', async () => {
    const address = 'updated@example.com';
    const id = await existing({ role: 'user', email: address, name: 'As It Was', phone: '+1 555 0000' });
    expect(await joins(address, { duplicates: 'update' })).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toMatchObject({
      role: 'user',
      name: 'Told By Campaign',
      phone: '+35315550100',
      custom_attributes: { referral_status: 'Pending' },
    });
    expect(desk.tagsOf(id)).toContain('Referred');
    expect(desk.contactsOf(address)).toHaveLength(1);
  });

  test('fill, only what is empty is written', async () => {
    const address = 'filled@example.com';
    const id = await existing({ role: 'user', email: address, name: 'As It Was' });
    expect(await joins(address, { duplicates: 'fill' })).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toMatchObject({ name: 'As It Was', phone: '+35315550100' });
    expect(desk.tagsOf(id)).toContain('Referred');
  });

  test('fill, a name that Intercom made up gives way to the real one', async () => {
    const address = 'pseudonym@example.com';
    const id = await existing({ role: 'lead', email: address });
    const made = 'Lime Camel from Dublin';
    app.sandbox.world.contacts.put({ ...desk.contact(id), pseudonym: made, name: made });
    expect(await joins(address, { duplicates: 'fill' })).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id).name).toBe('Told By Campaign');
  });
});

describe('a lead where a user is wanted', () => {
  test('is converted, and stays the same contact', async () => {
    const address = 'becomes.user@example.com';
    const id = await existing({ role: 'lead', email: address });
    const side = { action: 'create-user', duplicates: 'update' };
    expect(await joins(address, side)).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toMatchObject({ role: 'user', name: 'Told By Campaign' });
  });

  test('is kept, where the campaign says so', async () => {
    const address = 'stays.lead@example.com';
    const id = await existing({ role: 'lead', email: address });
    const side = { action: 'create-user', duplicates: 'update', lead_where_user_wanted: 'keep' };
    expect(await joins(address, side)).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toMatchObject({ role: 'lead', name: 'Told By Campaign' });
  });
});

test('a user where a lead is wanted is never made a lead', async () => {
  const address = 'stays.user@example.com';
  const id = await existing({ role: 'user', email: address });
  expect(await joins(address, { duplicates: 'update' })).toMatchObject({ state: 'done', contact_id: id });
  expect(desk.contact(id).role).toBe('user');
  expect(desk.contactsOf(address)).toHaveLength(1);
});

test('of several leads of one email the one that was active last is used, and it is said', async () => {
  const address = 'several@example.com';
  await existing({ role: 'lead', email: address, last_seen_at: 1_700_000_000 });
  const active = await existing({ role: 'lead', email: address, last_seen_at: 1_750_000_000 });
  const joined = await joins(address, { duplicates: 'update' });
  expect(joined).toMatchObject({ state: 'done', contact_id: active });
  expect(joined.outcome).toContain('of 2 leads the one that was active last');
  expect(desk.contactsOf(address)).toHaveLength(2);
});

describe('an archived user', () => {
  async function archived(address: string): Promise<string> {
    const id = await existing({ role: 'user', email: address });
    await intercom(app, 'POST', `/contacts/${id}/archive`);
    await settled(app);
    return id;
  }

  test('is reported: the run has failed, and a retry finds what was brought back', async () => {
    const address = 'reported@example.com';
    const id = await archived(address);
    const failed = await joins(address, { action: 'create-user', duplicates: 'update' });
    expect(failed).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('is archived in Intercom'),
    });
    expect((await desk.caller.get(`/runs/${failed.run_id}`)).body).toMatchObject({ state: 'failed' });
    expect(desk.contact(id).archived).toBe(true);

    await intercom(app, 'POST', `/contacts/${id}/unarchive`);
    await settled(app);
    expect((await desk.caller.post(`/runs/${failed.run_id}/retry`)).status).toBe(200);
    expect(await desk.enrolled(failed.campaign, failed.member)).toMatchObject({ contact_id: id });
    await expect.poll(() => desk.contact(id).name).toBe('Told By Campaign');
  });

  test('is brought back, where the campaign says so', async () => {
    const address = 'unarchived@example.com';
    const id = await archived(address);
    const side = { action: 'create-user', duplicates: 'update', archived: 'unarchive' };
    expect(await joins(address, side)).toMatchObject({ state: 'done', contact_id: id });
    expect(desk.contact(id)).toMatchObject({ archived: false, name: 'Told By Campaign' });
  });
});

test('a blocked contact is neither written to nor made again', async () => {
  const address = 'blocked@example.com';
  const id = await existing({ role: 'user', email: address });
  await intercom(app, 'POST', `/contacts/${id}/block`);
  await settled(app);
  const failed = await joins(address, { action: 'create-user', duplicates: 'update' });
  expect(failed).toMatchObject({ state: 'failed', outcome: expect.stringContaining('blocked') });
  expect(desk.contact(id).name).toBeNull();
  expect(desk.contactsOf(address).map((one) => one.id)).toEqual([id]);
});

test('another person’s contact is not taken over for having the same email', async () => {
  const address = 'household@example.com';
  const first = await desk.campaign({ mapping: [email, name] });
  const rita = await desk.join(first, { email: address, name: 'Rita', external_id: 'shop-911' });
  const ritas = await desk.enrolled(first, rita);
  const second = await desk.campaign({ mapping: [email, name], duplicates: 'update' });
  const rafael = await desk.join(second, { email: address, name: 'Rafael', external_id: 'shop-912' });
  const rafaels = await desk.enrolled(second, rafael);
  expect(rafaels.contact_id).not.toBe(ritas.contact_id);
  expect(desk.contact(ritas.contact_id).name).toBe('Rita');
  expect(desk.contact(rafaels.contact_id).name).toBe('Rafael');
});

test('a user of the same email who is someone else is in the way of a new user, which is said or asked', async () => {
  const address = 'one.mailbox@example.com';
  const first = await desk.campaign({ action: 'create-user', mapping: [email, name] });
  const rita = await desk.join(first, { email: address, name: 'Rita', external_id: 'shop-921' });
  const ritas = await desk.enrolled(first, rita);
  const refused = await desk.campaign({
    action: 'create-user',
    mapping: [email, name],
    duplicates: 'update',
  });
  const person = { email: address, name: 'Rafael', external_id: 'shop-922' };
  expect(await desk.enrolled(refused, await desk.join(refused, person))).toMatchObject({
    state: 'failed',
    outcome: expect.stringContaining(`Contact ${ritas.contact_id} has this email`),
  });
  const asks = await desk.campaign({ action: 'create-user', mapping: [email, name], duplicates: 'review' });
  expect((await desk.enrolled(asks, await desk.join(asks, person))).state).toBe('review');
  expect(desk.contact(ritas.contact_id).name).toBe('Rita');
  expect(desk.contactsOf(address)).toHaveLength(1);
});

test('a person who waited for the setup is sent as soon as it is complete, and not only by the round of every minute', async () => {
  const campaign = await desk.campaign({ mapping: [name] });
  const member = await desk.join(campaign, { email: 'at.once@example.com' });
  expect((await desk.enrolled(campaign, member)).state).toBe('setup-required');
  await desk.change(campaign, { leads: { mapping: [email, name] } });
  await expect.poll(() => desk.contactsOf('at.once@example.com').length).toBe(1);
});

test('a person who is linked already is used by that link, whatever their email in Intercom', async () => {
  const address = 'linked@example.com';
  const campaign = await desk.campaign({ mapping: [email] });
  const first = await desk.enrolled(
    campaign,
    await desk.join(campaign, { email: address, external_id: 'shop-913' }),
  );
  await intercom(app, 'PUT', `/contacts/${first.contact_id}`, { email: 'changed.since@example.com' });
  await settled(app);
  const again = await joins(address, { duplicates: 'fill' });
  expect(again).toMatchObject({ state: 'done', contact_id: first.contact_id });
  expect(desk.contact(first.contact_id).email).toBe('changed.since@example.com');
  expect(desk.contactsOf(address)).toEqual([]);
});
