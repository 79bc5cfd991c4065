// Notifications come twice, late and in any order, and contacts are merged, deleted and tagged meanwhile.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resumeDeliveries } from '../../src/usecases/qualification/deliveries.ts';
import { callerWith } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { api, campaignWithRule, intercom, settled, silence, tell } from '../support/changes.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { addReferred, type Referred } from '../support/population.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await silence(app);
  await campaignWithRule(app, 'Signups', { when: { operator: 'became_user' } });
  const fair = { attribute: 'tags', operator: 'contains', value: 'Trade show' };
  await campaignWithRule(app, 'Fair', { when: fair });
});
afterAll(() => app?.close());

async function someone(campaign = 'Spring'): Promise<Referred> {
  const [one] = await addReferred(app, campaign, 1);
  if (!one) throw new Error('Nobody was added.');
  return one;
}

const at = (second: number) => new Date(Date.UTC(2026, 10, 12, 9, 0, second)).toISOString();
const about = (item: object, topic = 'contact.user.updated', over: object = {}) =>
  notification({ topic, data: { type: 'notification_event_data', item }, ...over });
/** The contact with this plan, as of this second. */
const seen = ({ contactId: id, email }: Referred, plan: string, second: number, more: object = {}) =>
  contactItem({ id, email, custom_attributes: { plan }, updated_at: at(second), ...more });

async function referral({ referralId }: Referred) {
  const [row] = await app.query<{ status: string; explanation: string | null; contact_id: string | null }>(
    `select r.status, r.explanation, p.contact_id, p.email, p.name from referrals r
     join people p on p.id = r.person_id where r.id = $1`,
    [referralId],
  );
  if (!row) throw new Error('There is no such referral.');
  return row;
}
const statusOf = async (one: Referred) => (await referral(one)).status;
const becomes = (one: Referred, status: string) => expect.poll(() => statusOf(one)).toBe(status);
const howMany = async (from: string, value: string) =>
  (await app.query(`select 1 from ${from} = $1`, [value])).length;

test('copies of one notification, at once and later, are one delivery, one decision and one qualification', async () => {
  const who = await someone();
  const sent = about(seen(who, 'pro', 1));
  const answers = await Promise.all(Array.from({ length: 8 }, () => deliver(app.url, sent)));
  expect(answers.map((one) => one.status)).toEqual(Array(8).fill(200));
  await becomes(who, 'qualified');
  expect((await tell(app, sent)).state).toBe('done');
  await settled(app);
  expect(await howMany('deliveries where notification_id', sent.id)).toBe(1);
  expect(await howMany('decisions where referral_id', who.referralId)).toBe(1);
  expect(await howMany(`runs where kind = 'change-status' and referral_id`, who.referralId)).toBe(1);
});

test('what is older than what is known changes nothing', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'free', 5)));
  expect(await tell(app, about(seen(who, 'pro', 4)))).toMatchObject({
    outcome: 'A newer state of the contact is already known.',
  });
  await settled(app);
  expect(await referral(who)).toMatchObject({
    status: 'pending',
    explanation: expect.stringContaining('it is free'),
  });
});

test('a state with a clock that is ahead freezes no contact: what Intercom shows by its id counts, and later states do', async () => {
  const who = await someone();
  const change = (plan: string, updated_at: number) => {
    const contact = app.sandbox.world.contacts.get(who.contactId);
    if (contact) app.sandbox.world.contacts.put({ ...contact, custom_attributes: { plan }, updated_at });
    return about({ ...seen(who, plan, 0), updated_at });
  };
  const known = async () =>
    (
      await app.query<{ plan: string; updated_at: Date | null }>(
        `select values ->> 'custom_attributes.plan' as plan, updated_at from contacts where contact_id = $1`,
        [who.contactId],
      )
    )[0];
  const now = Math.floor(Date.now() / 1000);
  await tell(app, change('free', now - 60));
  // What is written to the contact meanwhile changes its time, too.
  await settled(app);
  await tell(app, change('basic', now + 3_600));
  expect(await known()).toEqual({ plan: 'basic', updated_at: null });
  await tell(app, change('free', Date.UTC(2099, 0) / 1000));
  expect(await known()).toMatchObject({ plan: 'free' });
  // As it was stored before.
  await app.query("update contacts set updated_at = '2099-01-01' where contact_id = $1", [who.contactId]);
  await tell(app, change('basic', now - 30));
  expect(await known()).toEqual({ plan: 'basic', updated_at: new Date((now - 30) * 1000) });
  const missed = change('free', now - 40);
  expect((await tell(app, missed)).outcome).toBe('A newer state of the contact is already known.');
  await tell(app, change('pro', now - 10));
  await becomes(who, 'qualified');
});

test('that someone became a user counts, although it comes after a newer state', async () => {
  const who = await someone('Signups');
  await tell(app, about(seen(who, 'free', 5)));
  expect(await statusOf(who)).toBe('pending');
  await tell(app, about(seen(who, 'free', 4), 'contact.lead.signed_up'));
  await becomes(who, 'qualified');
});

test('a lead who is a user the next time became one', async () => {
  const who = await someone('Signups');
  await tell(app, about(seen(who, 'free', 1, { role: 'lead' }), 'contact.lead.updated'));
  expect((await referral(who)).explanation).toMatch(/^Needs/);
  await tell(app, about(seen(who, 'free', 2, { role: 'user' })));
  await becomes(who, 'qualified');
});

test('a merge that names the merged contact takes the referral along, and the one left behind counts no more', async () => {
  const who = await someone();
  const user = await someone('Partners');
  await tell(app, about(seen(who, 'free', 1, { role: 'lead' }), 'contact.lead.updated'));
  const merged = { ...seen(user, 'free', 2), merged_from: { type: 'contact', id: who.contactId } };
  expect((await tell(app, about(merged, 'contact.merged'))).outcome).toContain('1 person followed');
  expect((await referral(who)).contact_id).toBe(user.contactId);
  expect((await tell(app, about(seen(who, 'pro', 9)))).outcome).toBe(
    'The contact was merged into another one.',
  );
  await settled(app);
  expect(await statusOf(who)).toBe('pending');
  await tell(app, about(seen(user, 'pro', 3)));
  await becomes(who, 'qualified');
});

test('of a merge that does not name it, Intercom is asked', async () => {
  const who = await someone();
  const user = await someone('Partners');
  const { contacts } = app.sandbox.world;
  const lead = contacts.get(who.contactId);
  if (lead) contacts.put({ ...lead, role: 'lead' });
  await tell(app, about(seen(who, 'free', 1, { role: 'lead' }), 'contact.lead.updated'));
  await intercom(app, 'POST', '/contacts/merge', {
    from: who.contactId,
    into: user.contactId,
    skip_duplicate_validation: true,
  });
  expect((await tell(app, about(seen(user, 'pro', 2), 'contact.merged'))).outcome).toContain(
    '1 person followed',
  );
  await becomes(who, 'qualified');
});

test('deletion erases the person everywhere and keeps the count; what comes late brings nothing back', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'gold', 1)));
  await settled(app);
  await tell(app, about({ type: 'contact', id: who.contactId, deleted: true }, 'contact.deleted'));
  expect(await referral(who)).toMatchObject({
    status: 'pending',
    email: null,
    name: null,
    contact_id: null,
    explanation: null,
  });
  const late = about(seen(who, 'pro', 2));
  expect(await tell(app, late)).toMatchObject({ state: 'done', outcome: 'The contact is deleted.' });
  const kept = await app.query<{ kept: string }>(
    `select (select string_agg(body, '') from deliveries where contact_id = $1)
       || (select string_agg(explanation || reasons::text, '') from decisions where referral_id = $2)
       || (select coalesce(string_agg(values::text, ''), '') from contacts where contact_id = $1)
       || (select coalesce(string_agg(coalesce(exchange::text, '') || cause, ''), '') from runs where contact_id = $1) as kept`,
    [who.contactId, who.referralId],
  );
  expect(kept[0]?.kept).not.toMatch(/gold|@example/);
  expect(await statusOf(who)).toBe('pending');
});

test.each([
  ['contact.archived', 'contact.unarchived'],
  ['contact.archive', 'contact.unarchive'],
])(
  '%s and %s are noted, and the later one counts in whatever order they are handled',
  async (archive, unarchive) => {
    const who = await someone();
    const reference = { type: 'contact', id: who.contactId, external_id: null };
    const archived = async () =>
      (await app.query('select archived from contacts where contact_id = $1', [who.contactId]))[0];
    await tell(app, about(seen(who, 'free', 1)));
    const first = about(reference, archive);
    await tell(app, first);
    expect(await archived()).toEqual({ archived: true });
    await tell(app, about(reference, unarchive));
    expect(await archived()).toEqual({ archived: false });
    const [{ id } = { id: 0 }] = await app.query('select id from deliveries where notification_id = $1', [
      first.id,
    ]);
    await api(app, 'POST', `deliveries/${id}/replay`, {});
    await tell(app, first);
    expect(await archived()).toEqual({ archived: false });
  },
);

test('of a contact that no one referred, no more is kept than what rules name', async () => {
  const contact = contactItem({
    email: 'nobody.knows@example.com',
    custom_attributes: { plan: 'pro', seats: 4 },
  });
  expect(await tell(app, about(contact))).toMatchObject({ outcome: 'No referral belongs to this contact.' });
  const rows = await app.query('select values from contacts where contact_id = $1', [contact.id]);
  expect(rows).toEqual([{ values: { 'custom_attributes.plan': 'pro', role: 'user' } }]);
});

test('of a workspace that has not installed the app, nothing is kept', async () => {
  const sent = about(contactItem(), 'contact.user.updated', { app_id: 'elsewhere' });
  expect(await tell(app, sent)).toMatchObject({ state: 'ignored' });
  const [row] = await app.query('select body from deliveries where notification_id = $1', [sent.id]);
  expect(row).toEqual({ body: '' });
  expect(await howMany('contacts where workspace_id', 'elsewhere')).toBe(0);
});

test.each([
  ['a topic of tomorrow', about(contactItem(), 'contact.cloned'), 'ignored'],
  ['an item that is no contact', about({ type: 'contact' }), 'ignored'],
  ['a ping', notification({ topic: 'ping', data: { item: { type: 'ping' } } }), 'done'],
  ['a company', about({ contact: { id: 'x' } }, 'company.contact.attached'), 'done'],
])('%s is answered and put aside', async (_what, sent, state) => {
  expect(await tell(app, sent)).toMatchObject({ state });
});

test('a tag counts, also when the notification shows no more of the contact than its id', async () => {
  const [tag] = app.sandbox.world.tags.all().filter((one) => one.name === 'Trade show');
  const who = await someone('Fair');
  const list = (...ids: unknown[]) => ({
    tags: { type: 'list', data: ids.map((id) => ({ type: 'tag', id })) },
  });
  await tell(app, about(seen(who, 'free', 1, list())));
  const tagged = { type: 'contact_tag', tag: { type: 'tag', id: tag?.id, name: tag?.name } };
  const bare = { ...tagged, contact: { type: 'contact', id: who.contactId } };
  await tell(app, about(bare, 'contact.user.tag.created'));
  await becomes(who, 'qualified');

  const other = await someone('Fair');
  await tell(
    app,
    about({ ...tagged, contact: seen(other, 'free', 1, list(tag?.id)) }, 'contact.user.tag.created'),
  );
  await becomes(other, 'qualified');
});

test('another contact with the same email is not the one that a referral is linked to', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'free', 1)));
  const twin = contactItem({ email: who.email, custom_attributes: { plan: 'pro' } });
  expect(await tell(app, about(twin))).toMatchObject({ outcome: 'No referral belongs to this contact.' });
  await settled(app);
  expect(await statusOf(who)).toBe('pending');
});

test('what an agent put back to pending stays so until the rule is met again', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'pro', 1)));
  await becomes(who, 'qualified');
  await api(app, 'POST', `referrals/${who.referralId}/reopen`, { reason: 'Paid by mistake' });
  await becomes(who, 'pending');
  // A state without a change is an echo while a write is under way, and rules ignore it.
  await settled(app);
  await tell(app, about(seen(who, 'pro', 2)));
  await settled(app);
  expect(await referral(who)).toMatchObject({
    status: 'pending',
    explanation: 'Met rule Paid plan already when it was put back to pending',
  });
  await tell(app, about(seen(who, 'free', 3)));
  await tell(app, about(seen(who, 'pro', 4)));
  await becomes(who, 'qualified');
});

test('a connection that is lost halfway costs no notification', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'free', 1)));
  await settled(app);
  const blocker = new pg.Client(app.databaseUrl);
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query('select 1 from contacts where contact_id = $1 for update', [who.contactId]);
  const sent = about(seen(who, 'pro', 2));
  expect((await deliver(app.url, sent)).status).toBe(200);
  const waiting = `select pg_terminate_backend(pid) from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  await expect.poll(async () => (await app.query(waiting)).length).toBe(1);
  await blocker.end();
  await becomes(who, 'qualified');
  expect((await tell(app, sent)).state).toBe('done');
});

test('what is under way is decided once, in whatever words later notifications say the same', async () => {
  const toPro = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'], from: ['free'] };
  await campaignWithRule(app, 'Upgrades', { when: toPro, holds_for_days: 3 });
  const pattern = '^/referral-factory';
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 503,
    match: { pattern },
    times: 'always',
  });
  for (const [campaign, outcome] of [
    ['Autumn', 'met'],
    ['Upgrades', 'holding'],
  ] as const) {
    const who = await someone(campaign);
    await tell(app, about(seen(who, 'free', 1)));
    await tell(app, about(seen(who, 'pro', 2)));
    await tell(
      app,
      about(seen(who, 'pro', 3, { custom_attributes: { plan: 'pro', referral_status: 'Pending' } })),
    );
    const decided = await app.query<{ explanation: string }>(
      'select explanation, reasons from decisions where referral_id = $1 and outcome = $2',
      [who.referralId, outcome],
    );
    expect(decided).toMatchObject([{ reasons: [{ seen: 'plan changed from free to pro' }] }]);
  }
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
});

test('of two states of one second, Intercom tells the last one, whichever is told first', async () => {
  const within = (fraction: string) => `2026-11-12T09:00:07${fraction}+00:00`;
  // Intercom has the last state in both cases; a time in whole seconds does not say which that is.
  for (const [told, last] of [
    [['free', 'pro'], 'pro'],
    [['free', 'pro'], 'free'],
    [['free', 'team', 'free'], 'team'],
  ] as const) {
    const who = await someone();
    await intercom(app, 'PUT', `/contacts/${who.contactId}`, { custom_attributes: { plan: last } });
    await tell(app, about(seen(who, 'team', 1)));
    const [first, ...others] = told;
    await tell(app, about(seen(who, first, 7, { updated_at: within('.400') })));
    for (const plan of others) await tell(app, about(seen(who, plan, 7, { updated_at: within('') })));
    await settled(app);
    const [stored] = await app.query<{ plan: string }>(
      `select values ->> 'custom_attributes.plan' as plan from contacts where contact_id = $1`,
      [who.contactId],
    );
    expect({ told, plan: stored?.plan }).toEqual({ told, plan: last });
    expect({ told, status: await statusOf(who) }).toEqual({
      told,
      status: last === 'pro' ? 'qualified' : 'pending',
    });
  }
});

test('a state that Intercom reads while a newer one is told does not replace it', async () => {
  const who = await someone();
  await tell(app, about(seen(who, 'free', 1, { updated_at: '2026-11-12T09:00:01.300+00:00' })));
  // Being linked is written to the contact, which is read for it.
  await settled(app);
  // Intercom answers after the newer notification was handled, and with the older state.
  await intercom(app, 'PUT', `/contacts/${who.contactId}`, { custom_attributes: { plan: 'free' } });
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'slow',
    ms: 60_000,
    match: { pattern: `^/contacts/${who.contactId}` },
    times: 1,
  });
  const faults = `${app.sandbox.url}/sandbox/faults`;
  const heldBack = async () => (await (await fetch(faults)).text()) === '{"data":[]}';
  const doubtful = about(seen(who, 'team', 1));
  expect((await deliver(app.url, doubtful)).status).toBe(200);
  await expect.poll(heldBack).toBe(true);
  await tell(app, about(seen(who, 'pro', 9)));
  await fetch(faults, { method: 'DELETE' });
  await tell(app, doubtful);
  await settled(app);
  expect(await statusOf(who)).toBe('qualified');
  const [stored] = await app.query('select values from contacts where contact_id = $1', [who.contactId]);
  expect(stored).toMatchObject({ values: { 'custom_attributes.plan': 'pro' } });
});

test('a new email is not missed because it is told in whole seconds, and links the one who has it', async () => {
  const { referralId, email } = await someone();
  // Someone who is not linked yet, and a contact that gets that email.
  await app.query('update people set contact_id = null where email = $1', [email]);
  const [contact] = app.sandbox.world.contacts.all().filter((one) => one.email === email);
  if (!contact) throw new Error('There is no such contact.');
  await intercom(app, 'PUT', `/contacts/${contact.id}`, { email: `before.${email}` });
  const item = { id: contact.id, custom_attributes: { plan: 'free' } };
  const first = { ...item, email: `before.${email}`, updated_at: '2026-11-12T09:00:07.400+00:00' };
  await tell(app, about(contactItem(first)));
  await intercom(app, 'PUT', `/contacts/${contact.id}`, { email });
  const changed = { ...item, email, updated_at: '2026-11-12T09:00:07+00:00' };
  await tell(app, about(contactItem(changed), 'contact.email.updated'));
  const [row] = await app.query(
    'select contact_id from people join referrals r on r.person_id = people.id where r.id = $1',
    [referralId],
  );
  expect(row).toEqual({ contact_id: contact.id });
});

/** A deletion that Intercom has to be asked about, after its job has given up. */
async function givenUp(who: Referred): Promise<() => Promise<{ state: string; outcome: string | null }[]>> {
  await tell(app, about(seen(who, 'free', 1)));
  await settled(app);
  const match = { method: 'GET', pattern: `^/contacts/${who.contactId}$` };
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 500, times: 'always', match });
  const sent = about({ type: 'contact', id: who.contactId, deleted: true }, 'contact.deleted');
  const read = () =>
    app.query<{ state: string; outcome: string | null }>(
      'select state, outcome from deliveries where notification_id = $1',
      [sent.id],
    );
  await deliver(app.url, sent);
  const jobs = "from pgboss.job where name = 'handle-deliveries'";
  await expect.poll(() => app.query(`select ${jobs} and state = 'retry'`)).toHaveLength(1);
  await app.query(`delete ${jobs}`);
  await app.query(
    "update deliveries set received_at = now() - interval '3 hours' where notification_id = $1",
    [sent.id],
  );
  expect(await read()).toMatchObject([{ state: 'received' }]);
  return read;
}

test('a notification is taken up again after its job gave up in a long outage', async () => {
  const who = await someone();
  const read = await givenUp(who);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  app.sandbox.world.contacts.remove(who.contactId);
  await resumeDeliveries(app.ctx);
  await expect.poll(read).toMatchObject([{ state: 'done', outcome: expect.stringContaining('erased') }]);
});

test('a notification about which Intercom never answers fails with its reason, where it answers others', async () => {
  const who = await someone();
  const read = await givenUp(who);
  await resumeDeliveries(app.ctx);
  await expect
    .poll(read)
    .toMatchObject([{ state: 'failed', outcome: expect.stringContaining('Intercom answered 500') }]);
  // Asked again, it is tried for hours again, although it came long ago.
  const [failed] = await app.query<{ id: string }>(
    "select id from deliveries where state = 'failed' and topic = 'contact.deleted' order by id desc limit 1",
  );
  const path = `/deliveries/${failed?.id}`;
  const caller = callerWith(app.url, await app.apiToken());
  expect((await caller.post(`${path}/replay`, {})).status).toBe(200);
  await expect
    .poll(() => app.query("select from pgboss.job where name = 'handle-deliveries' and state = 'retry'"))
    .toHaveLength(1);
  expect((await caller.get(path)).body).toMatchObject({ state: 'received', handled_at: null });
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  app.sandbox.world.contacts.remove(who.contactId);
  await expect.poll(read, { timeout: 15_000 }).toMatchObject([{ state: 'done' }]);
});

test('people who meet a rule in one round qualify once each, and two of one contact do not both', async () => {
  const people = await addReferred(app, 'Spring', 6);
  const [twin, other, ...single] = people;
  if (!twin || !other) throw new Error('Nobody was added.');
  await app.query(
    `update people set contact_id = $1 from referrals r where r.person_id = people.id and r.id = any($2)`,
    [twin.contactId, [twin.referralId, other.referralId]],
  );
  const ids = people.map(({ referralId }) => referralId);
  const told = [twin, ...single].map((who) => about(seen(who, 'pro', 1)));
  // Of one commit, so that one round takes them all.
  await app.query(
    `insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state)
     select 'sandbox', body ->> 'id', body ->> 'topic', body #>> '{data,item,id}', body::text, now(), 'received'
     from jsonb_array_elements($1::jsonb) body`,
    [JSON.stringify(told)],
  );
  await settled(app);
  const perReferral = await app.query(
    `select r.status, count(*)::int as referrals,
       sum((select count(*) from decisions where referral_id = r.id and outcome = 'met'))::int as met,
       sum((select count(*) from decisions where referral_id = r.id and outcome = 'blocked'))::int as blocked,
       sum((select count(*) from rewards where referral_id = r.id and recipient = 'referrer'))::int as rewards,
       sum((select count(*) from referral_history where referral_id = r.id and what = 'status'))::int as changes,
       sum((select count(*) from runs where referral_id = r.id and kind = 'change-status'))::int as runs,
       sum((select count(*) from runs where referral_id = r.id and kind = 'event'))::int as events,
       sum((select count(*) from audit_log where subject_id = r.id::text and action = 'referral.qualify'))::int as audited,
       count(r.explanation)::int as explained
     from referrals r where r.id = any($1) group by 1 order by 1`,
    [ids],
  );
  const none = { met: 0, rewards: 0, changes: 0, runs: 0, events: 0, audited: 0 };
  const once = { met: 5, rewards: 5, changes: 5, runs: 5, events: 5, audited: 5 };
  expect(perReferral).toEqual([
    { status: 'pending', referrals: 1, ...none, blocked: 1, explained: 1 },
    { status: 'qualified', referrals: 5, ...once, blocked: 0, explained: 0 },
  ]);
});

test('who qualifies is decided by what the same round has changed for another person of the contact', async () => {
  const moves = await campaignWithRule(app, 'Moves', {
    when: { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' },
  });
  const people = await addReferred(app, 'Moves', 2);
  const [first, other] = people.toSorted((a, b) => (a.referralId < b.referralId ? -1 : 1));
  if (!first || !other) throw new Error('Nobody was added.');
  await app.query(
    `update people set contact_id = $1 from referrals r where r.person_id = people.id and r.id = any($2)`,
    [first.contactId, [first.referralId, other.referralId]],
  );
  await tell(app, about(seen(first, 'basic', 1)));
  await api(app, 'POST', 'rules', {
    campaign_id: moves,
    name: 'Left',
    definition: {
      when: { attribute: 'custom_attributes.plan', operator: 'is_set' },
      // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
      then: 'disqualify',
    },
  });
  // Put back to pending while the new rule was met: it does not look at this one again.
  await app.query('update referrals set round = 1 where id = $1', [other.referralId]);
  await settled(app);
  await tell(app, about(seen(first, 'pro', 2)));
  expect([await statusOf(first), await statusOf(other)]).toEqual(['disqualified', 'qualified']);
});
