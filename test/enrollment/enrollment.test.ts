// A person who joins becomes an Intercom contact as the campaign wants it: mapped, once, whatever gets lost on the way.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { backfillsOf } from '../support/backfills.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';

let app: TestApp;
let desk: Enrolling;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { everyMs: { planWaitingEnrollments: 300 }, searchLagMs: 800 },
  });
  desk = await enrollingIn(app);
});
afterAll(() => app?.close());

const callsOf = (path: string) =>
  app.query<{ n: number }>(
    `select count(*)::int as n from runs where kind = 'enroll' and exchange::text like '%' || $1 || '%'`,
    [path],
  );

test('until the email is mapped nothing is sent, and a person who joins waits; then they are sent', async () => {
  const campaign = await desk.campaign();
  const shown = (await desk.caller.get(`/campaigns/${campaign}`)).body;
  expect(shown).toMatchObject({
    settings: { enrollment: { leads: { action: 'create-lead', duplicates: 'nothing' } } },
    enrollment: { leads: { complete: false, missing: [expect.stringContaining('Map a field to email')] } },
  });
  const member = await desk.join(campaign, { email: 'early@example.com', name: 'Early Bird' });
  await settled(app);
  expect(await desk.enrolled(campaign, member)).toMatchObject({
    state: 'setup-required',
    outcome: expect.stringContaining('Map a field to email'),
    run_id: null,
  });
  expect(desk.contactsOf('early@example.com')).toEqual([]);

  await desk.change(campaign, { leads: { mapping: [email, name] } });
  await expect.poll(() => desk.contactsOf('early@example.com').length).toBe(1);
  const done = await desk.enrolled(campaign, member);
  expect(done.state).toBe('done');
  expect(desk.contact(done.contact_id)).toMatchObject({ role: 'lead', name: 'Early Bird' });
  await settled(app);
  expect(desk.tagsOf(done.contact_id)).toContain('Referred');
  expect(desk.contact(done.contact_id).custom_attributes).toMatchObject({ referral_status: 'Pending' });
});

test('every kind of row reaches its field, and what does not fit is left out and said', async () => {
  const campaign = await desk.campaign({
    action: 'create-user',
    mapping: [
      email,
      name,
      { type: 'field', from: 'person.external_id', to: 'external_id' },
      { type: 'field', from: 'extra.phone', to: 'phone' },
      { type: 'field', from: 'extra.plan', to: 'custom_attributes.plan' },
      { type: 'field', from: 'extra.seats', to: 'custom_attributes.seats' },
      { type: 'field', from: 'extra.paid', to: 'custom_attributes.paid' },
      { type: 'field', from: 'extra.worth', to: 'custom_attributes.lifetime_value' },
      { type: 'field', from: 'person.joined_at', to: 'custom_attributes.signup_date' },
      { type: 'field', from: 'extra.ordered', to: 'custom_attributes.last_order_at' },
      {
        type: 'template',
        from: '{campaign.name} by {person.first_name}',
        to: 'custom_attributes.referral_code',
      },
      { type: 'field', from: 'person.joined_at', to: 'signed_up_at' },
      { type: 'fixed', from: '7310002', to: 'owner_id' },
      { type: 'fixed', from: true, to: 'unsubscribed_from_emails' },
      { type: 'fixed', from: 'https://example.com/a.png', to: 'avatar' },
      { type: 'fixed', from: 'acme', to: 'company.id' },
      { type: 'fixed', from: 'Acme Ltd', to: 'company.name' },
      { type: 'fixed', from: 'Came by friends', to: 'tags' },
      { type: 'template', from: 'Plan {extra.plan}', to: 'tags' },
    ],
  });
  const extra = {
    phone: '+353 1 555 0100',
    plan: 'Pro',
    seats: 'many',
    paid: 'yes',
    worth: '19.90',
    ordered: '2026-03-01',
  };
  const person = { email: 'rich@example.com', name: 'Rich Field', external_id: 'shop-900' };
  const done = await desk.enrolled(campaign, await desk.join(campaign, person, { extra }));
  expect(done).toMatchObject({ state: 'done', outcome: expect.stringContaining('"many" is not a number') });
  const contact = desk.contact(done.contact_id);
  expect(contact).toMatchObject({
    role: 'user',
    name: 'Rich Field',
    external_id: 'shop-900',
    phone: '+35315550100',
    owner_id: '7310002',
    unsubscribed_from_emails: true,
    avatar: 'https://example.com/a.png',
    custom_attributes: {
      plan: 'pro',
      paid: true,
      lifetime_value: 19.9,
      last_order_at: 1_772_323_200,
      referral_code: expect.stringMatching(/^Campaign \d+ by Rich$/),
    },
  });
  expect(contact.custom_attributes).not.toHaveProperty('seats');
  expect(contact.custom_attributes.signup_date).toBe(contact.signed_up_at);
  expect(contact.company_ids.map((id) => app.sandbox.world.companies.get(id)?.name)).toEqual(['Acme Ltd']);
  expect(desk.tagsOf(contact.id)).toEqual(expect.arrayContaining(['Came by friends', 'Plan Pro']));
  const run = (await desk.caller.get(`/runs/${done.run_id}`)).body;
  expect(run).toMatchObject({
    kind: 'enroll',
    state: 'done',
    exchange: { request: { left_out: { 'custom_attributes.seats': '"many" is not a number' } } },
  });
});

test('an attribute that Intercom does not have is told, made on request, and a person who waited is sent', async () => {
  const to = 'custom_attributes.came_on';
  const campaign = await desk.campaign();
  const changed = await desk.change(campaign, {
    leads: { mapping: [email, { type: 'field', from: 'person.joined_at', to }] },
  });
  expect(changed.enrollment.leads).toEqual({
    complete: false,
    missing: [
      'Create the attribute custom_attributes.came_on in Intercom, or map person.joined_at to another field.',
    ],
  });
  const member = await desk.join(campaign, { email: 'attribute@example.com' });
  expect((await desk.enrolled(campaign, member)).state).toBe('setup-required');
  expect(desk.contactsOf('attribute@example.com')).toEqual([]);

  const made = await desk.caller.post(`/campaigns/${campaign}/enrollment/attributes`);
  expect(made.body).toMatchObject({
    created: [{ name: 'came_on', type: 'date' }],
    enrollment: { leads: { complete: true } },
  });
  const attribute = app.sandbox.world.dataAttributes.all().find((one) => one.name === 'came_on');
  expect(attribute).toMatchObject({ data_type: 'date', model: 'contact', messenger_writable: false });
  await expect.poll(() => desk.contactsOf('attribute@example.com').length).toBe(1);
  const [contact] = desk.contactsOf('attribute@example.com');
  expect(contact?.custom_attributes.came_on).toBeTypeOf('number');
});

test('an attribute that someone makes in Intercom itself is noticed, too', async () => {
  const to = 'custom_attributes.made_there';
  const campaign = await desk.campaign({ mapping: [email, { type: 'fixed', from: 'x', to }] });
  const member = await desk.join(campaign, { email: 'noticed@example.com' });
  expect((await desk.enrolled(campaign, member)).state).toBe('setup-required');
  await intercom(app, 'POST', '/data_attributes', {
    name: 'made_there',
    model: 'contact',
    data_type: 'string',
  });
  await expect.poll(() => desk.contactsOf('noticed@example.com').length).toBe(1);
});

test('a side that does nothing sends nothing, and says so', async () => {
  const campaign = await desk.campaign({ action: 'nothing', mapping: [email] });
  const member = await desk.join(campaign, { email: 'nothing@example.com' });
  expect(await desk.enrolled(campaign, member)).toMatchObject({
    state: 'skipped',
    outcome: 'The campaign does nothing in Intercom when people join.',
  });
  await settled(app);
  expect(desk.contactsOf('nothing@example.com')).toEqual([]);
});

test('without an email no one is sent and the run says why, until the same is tried with another setting', async () => {
  const campaign = await desk.campaign({ mapping: [email, name] });
  const member = await desk.join(campaign, { external_id: 'shop-901', name: 'No Mail' });
  const failed = await desk.enrolled(campaign, member);
  expect(failed).toMatchObject({
    state: 'failed',
    outcome: expect.stringContaining('person.email is not known'),
  });
  expect((await desk.caller.get(`/runs/${failed.run_id}`)).body).toMatchObject({
    state: 'failed',
    error: 'No email to send: person.email is not known.',
  });

  await desk.change(campaign, { leads: { email: 'optional' } });
  await desk.caller.post(`/enrollments/${failed.id}/retry`);
  const done = await desk.enrolled(campaign, member);
  expect(done).toMatchObject({ state: 'done', run_id: failed.run_id });
  expect(desk.contact(done.contact_id)).toMatchObject({ role: 'lead', email: null, name: 'No Mail' });
  const [person] = await app.query(`select contact_id from people where external_id = 'shop-901'`);
  expect(person).toEqual({ contact_id: done.contact_id });
});

test('an earlier round of an enrollment, tried again, leaves the outcome of the later one as it is', async () => {
  const campaign = await desk.campaign({ mapping: [email, name] });
  const member = await desk.join(campaign, { external_id: 'shop-902', name: 'No Mail' });
  const failed = await desk.enrolled(campaign, member);
  await desk.change(campaign, { leads: { email: 'optional' } });
  const backfills = backfillsOf(app, desk.caller);
  await desk.caller.post(`/backfills/${await backfills.count(campaign)}/confirm`);
  await expect.poll(async () => (await desk.enrolled(campaign, member)).run_id).not.toBe(failed.run_id);
  const done = await desk.enrolled(campaign, member);
  await desk.change(campaign, { leads: { mapping: [email] } });
  await desk.caller.post(`/runs/${failed.run_id}/retry`);
  await settled(app);
  expect((await desk.caller.get(`/runs/${failed.run_id}`)).body).toMatchObject({
    state: 'canceled',
    error: expect.stringContaining('enrolled again later'),
  });
  expect(await desk.enrolled(campaign, member)).toEqual(done);
});

test('an email can be optional for leads only', async () => {
  const campaign = await desk.campaign();
  const change = { settings: { enrollment: { leads: { action: 'create-user', email: 'optional' } } } };
  const refused = await desk.caller.patch(`/campaigns/${campaign}`, change);
  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused.body)).toContain('settings.enrollment.leads.email');
});

test('a person who refers becomes a contact by settings of their own, and carries the share link', async () => {
  const campaign = await desk.campaign(
    {},
    { mapping: [email, { type: 'field', from: 'share_link', to: 'custom_attributes.referral_code' }] },
  );
  const joined = await desk.caller.post('/referrers', {
    campaign_id: campaign,
    person: { email: 'refers@example.com', name: 'Rae Ferrer' },
  });
  const { id, link } = joined.body as { id: string; link: string };
  const done = await desk.enrolled(campaign, id);
  expect(done.state).toBe('done');
  expect(desk.contact(done.contact_id).custom_attributes.referral_code).toBe(link);
  await settled(app);
  expect(desk.contact(done.contact_id).custom_attributes).toMatchObject({ referral_link: link });
});

test('a lead is there once when the answer got lost, and finished by the next try', async () => {
  const campaign = await desk.campaign({
    mapping: [email, name, { type: 'fixed', from: 'Lost answer', to: 'tags' }],
  });
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'cut',
    after: true,
    match: { method: 'POST', pattern: '^/contacts$' },
  });
  const member = await desk.join(campaign, { email: 'lost@example.com', name: 'Lost Answer' });
  const done = await desk.enrolled(campaign, member);
  expect(done.state).toBe('done');
  await settled(app);
  expect(desk.contactsOf('lost@example.com').map((one) => one.id)).toEqual([done.contact_id]);
  expect(desk.tagsOf(done.contact_id)).toContain('Lost answer');
});

test('what broke off between the making and the record is gone on with, and no one appears twice', async () => {
  const campaign = await desk.campaign({
    mapping: [email, { type: 'fixed', from: 'Broke off', to: 'tags' }],
  });
  const match = { method: 'POST', pattern: '^/contacts/[^/]+/tags$' };
  await app.misbehave('/faults', { on: 'api', kind: 'cut', match });
  const done = await desk.enrolled(campaign, await desk.join(campaign, { email: 'broke.off@example.com' }));
  expect(done).toMatchObject({
    state: 'done',
    outcome: expect.stringContaining('Created by an earlier attempt'),
  });
  await settled(app);
  expect(desk.contactsOf('broke.off@example.com').map((one) => one.id)).toEqual([done.contact_id]);
  expect(desk.tagsOf(done.contact_id)).toContain('Broke off');
});

test('what Intercom refuses is in the run log with its words, and comes right by a retry', async () => {
  const campaign = await desk.campaign({
    mapping: [email, { type: 'fixed', from: '12345', to: 'owner_id' }],
  });
  await desk.caller.patch('/settings', { attempts: { enroll: 1 } });
  const failed = await desk.enrolled(campaign, await desk.join(campaign, { email: 'owner@example.com' }));
  expect(failed).toMatchObject({
    state: 'failed',
    outcome: expect.stringContaining('not a member of the workspace'),
  });
  await desk.change(campaign, { leads: { mapping: [email] } });
  expect((await desk.caller.post(`/runs/${failed.run_id}/retry`)).status).toBe(200);
  await expect.poll(() => desk.contactsOf('owner@example.com').length).toBe(1);
  await desk.caller.patch('/settings', { attempts: { enroll: null } });
});

test('a person who is linked to another contact meanwhile stays there', async () => {
  const campaign = await desk.campaign({ mapping: [email] });
  const match = { method: 'POST', pattern: '^/contacts$' };
  await app.misbehave('/faults', { on: 'api', kind: 'slow', match, ms: 1_500 });
  const member = await desk.join(campaign, { email: 'meanwhile@example.com' });
  const linked = () =>
    app.query<{ contact_id: string }>(`select contact_id from people where email = 'meanwhile@example.com'`);
  await expect
    .poll(() =>
      app.query(
        `select 1 from runs where kind = 'enroll' and state = 'waiting' and attempted_at is not null`,
      ),
    )
    .toHaveLength(1);
  await app.query(`update people set contact_id = 'chosen' where email = 'meanwhile@example.com'`);
  const done = await desk.enrolled(campaign, member);
  expect(done.contact_id).not.toBe('chosen');
  await settled(app);
  expect(await linked()).toEqual([{ contact_id: 'chosen' }]);
  expect(desk.tagsOf(done.contact_id)).not.toContain('Referred');
});

test('a person who joins twice is enrolled once', async () => {
  const campaign = await desk.campaign({ mapping: [email] });
  const first = await desk.join(campaign, { email: 'twice@example.com' });
  expect(await desk.join(campaign, { email: 'twice@example.com' })).toBe(first);
  await desk.enrolled(campaign, first);
  await settled(app);
  expect(desk.contactsOf('twice@example.com')).toHaveLength(1);
});

test('a preview shows the contact of someone who joined, or might, and sends nothing', async () => {
  const campaign = await desk.campaign({
    mapping: [
      email,
      { type: 'field', from: 'extra.seats', to: 'custom_attributes.seats' },
      { type: 'template', from: 'By {referrer.name}', to: 'custom_attributes.referral_code' },
    ],
  });
  const calls = await callsOf('preview@example.com');
  const asked = { side: 'leads', person: { email: 'preview@example.com' }, extra: { seats: '4' } };
  const { body } = await desk.caller.post(`/campaigns/${campaign}/enrollment/preview`, asked);
  expect(body).toMatchObject({
    contact: { role: 'lead', email: 'preview@example.com', custom_attributes: { seats: 4 } },
    problem: null,
    rows: [
      { to: 'email', value: 'preview@example.com', why: null },
      { to: 'custom_attributes.seats', value: 4 },
      { to: 'custom_attributes.referral_code', value: null, why: 'referrer.name is not known' },
    ],
  });
  const referralId = await desk.join(
    campaign,
    { email: 'joined.sample@example.com' },
    { extra: { seats: 9 } },
  );
  const ofReferral = await desk.caller.post(`/campaigns/${campaign}/enrollment/preview`, {
    referral_id: referralId,
  });
  expect(ofReferral.body).toMatchObject({ contact: { custom_attributes: { seats: 9 } } });
  const stranger = { person_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' };
  expect((await desk.caller.post(`/campaigns/${campaign}/enrollment/preview`, stranger)).status).toBe(404);
  expect(desk.contactsOf('preview@example.com')).toEqual([]);
  expect(await callsOf('preview@example.com')).toEqual(calls);
});

test('a day in a text and a day without a time are days of the workspace', async () => {
  const campaign = await desk.campaign({
    mapping: [
      email,
      { type: 'field', from: 'extra.since', to: 'signed_up_at' },
      { type: 'template', from: 'Joined {person.joined_at}', to: 'custom_attributes.referral_code' },
    ],
    action: 'create-user',
  });
  const [installed] = await app.query<{ time_zone: string }>('select time_zone from installations');
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    await app.query('update installations set time_zone = $1', [zone]);
    const given = { email: `${zone.slice(8)}@example.com`.toLowerCase() };
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date());
    const done = await desk.enrolled(
      campaign,
      await desk.join(campaign, given, { extra: { since: '2026-03-01' } }),
    );
    expect(desk.contact(done.contact_id)).toMatchObject({
      signed_up_at: Date.parse(`2026-03-01T00:00:00${zone.endsWith('i') ? '+14:00' : '-11:00'}`) / 1000,
      custom_attributes: { referral_code: `Joined ${today}` },
    });
  }
  await app.query('update installations set time_zone = $1', [installed?.time_zone]);
});
