// Contacts are merged and deleted in Intercom, in any order of notifications and answers: no person is lost by that.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { api, intercom, settled, silence, tell } from '../support/changes.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { addReferred, type Referred } from '../support/population.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    settings: { search_lag_ms: 1_800 },
    overrides: { mergeSettlesMs: 900, deletionSettlesMs: 3_000 },
  });
  await silence(app);
});
afterAll(() => app?.close());
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));

let seconds = 0;
const told = (topic: string, item: object) =>
  notification({ topic, data: { type: 'notification_event_data', item } });
const contact = (id: string, more: object = {}) =>
  contactItem({
    id,
    email: null,
    updated_at: new Date(Date.UTC(2027, 0, 1) + ++seconds * 1_000).toISOString(),
    ...more,
  });
const deleted = (id: string) =>
  told('contact.deleted', { type: 'contact', id, external_id: null, deleted: true });
const merged = (into: string, from?: string) =>
  told(
    'contact.merged',
    contact(into, from === undefined ? {} : { merged_from: { type: 'contact', id: from } }),
  );

/** Referred leads with known contacts, and a user without a referral. */
async function leadsAndUser(count: number): Promise<{ leads: Referred[]; userId: string }> {
  const leads = await addReferred(app, 'Spring', count);
  const [user] = await addReferred(app, 'Partners', 1);
  if (!user) throw new Error('Nobody was added.');
  const { contacts } = app.sandbox.world;
  for (const { contactId, email } of leads) {
    const lead = contacts.get(contactId);
    if (lead) contacts.put({ ...lead, role: 'lead' });
    await tell(app, told('contact.lead.updated', contact(contactId, { role: 'lead', email })));
  }
  await app.query('delete from referrals where id = $1', [user.referralId]);
  return { leads, userId: user.contactId };
}

const mergeInIntercom = (from: string, into: string) =>
  intercom(app, 'POST', '/contacts/merge', { from, into, skip_duplicate_validation: true });
const fault = (match: object, more: object = {}) =>
  app.misbehave('/faults', { on: 'api', kind: 'status', status: 404, code: 'not_found', match, ...more });

async function people(of: readonly Referred[]) {
  const rows = await app.query<{ contact_id: string | null; email: string | null }>(
    'select p.contact_id, p.email from referrals r join people p on p.id = r.person_id where r.id = any($1::uuid[])',
    [of.map(({ referralId }) => referralId)],
  );
  return {
    contactIds: [...new Set(rows.map((row) => row.contact_id))],
    emails: rows.filter((row) => row.email).length,
  };
}

test('the deletion of a merged contact, told before its merge, takes the referral along', async () => {
  const { leads, userId } = await leadsAndUser(1);
  const from = leads[0]?.contactId ?? '';
  await mergeInIntercom(from, userId);
  expect((await tell(app, deleted(from))).outcome).toContain('1 person followed a merge');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
  expect((await tell(app, merged(userId))).outcome).toContain('0 people followed');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
});

test('a deletion that Intercom cannot explain waits for the merge, which may be told after it', async () => {
  const { leads, userId } = await leadsAndUser(1);
  const from = leads[0]?.contactId ?? '';
  // As after a merge by Intercom itself: not the answer to a merge by the API.
  app.sandbox.world.contacts.remove(from);
  const sent = deleted(from);
  // However slow this machine is, the deletion is not final before the merge is told.
  const { timing } = app.ctx;
  const { deletionSettlesMs } = timing;
  timing.deletionSettlesMs = 600_000;
  expect((await deliver(app.url, sent)).status).toBe(200);
  // For longer than merges settle: only a search may show where the contact is, and it lags.
  const looked = () =>
    app.query<{ state: string }>(
      `select state from deliveries where notification_id = $1 and (state <> 'received' or exists (
         select from pgboss.job where name = 'handle-deliveries' and start_after > created_on + interval '1.5 seconds'
           and data -> 'deliveryIds' @> to_jsonb(deliveries.id)))`,
      [sent.id],
    );
  await expect.poll(looked).toEqual([{ state: 'received' }]);
  expect((await tell(app, merged(userId, from))).outcome).toContain('1 person followed');
  timing.deletionSettlesMs = deletionSettlesMs;
  await app.query(
    "update pgboss.job set start_after = now() where name = 'handle-deliveries' and state = 'created'",
  );
  expect((await tell(app, sent)).outcome).toBe('The contact was already merged into another one.');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
});

test('a deletion is not a deletion where the merge history of the same person’s user names the contact', async () => {
  const { leads, userId } = await leadsAndUser(1);
  const { contactId: from = '', email = '' } = leads[0] ?? {};
  const { contacts } = app.sandbox.world;
  const user = contacts.get(userId);
  if (user) contacts.put({ ...user, email, merge_history: [{ from, at: app.sandbox.world.now() }] });
  contacts.remove(from);
  expect((await tell(app, deleted(from))).outcome).toContain('1 person followed a merge');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
});

test('a deletion that nothing speaks against erases the person, and one wrong answer does not hasten it', async () => {
  const { leads } = await leadsAndUser(1);
  const from = leads[0]?.contactId ?? '';
  await intercom(app, 'DELETE', `/contacts/${from}`);
  const sent = deleted(from);
  await fault({ method: 'GET', path: `/contacts/${from}` });
  expect((await deliver(app.url, sent)).status).toBe(200);
  expect((await tell(app, sent)).outcome).toContain('The person was erased');
  expect(await people(leads)).toEqual({ contactIds: [null], emails: 0 });
});

test('one 404 for a merged contact that is there does not erase anyone', async () => {
  const { leads, userId } = await leadsAndUser(1);
  const from = leads[0]?.contactId ?? '';
  await mergeInIntercom(from, userId);
  await fault({ method: 'GET', path: `/contacts/${from}` });
  expect((await tell(app, deleted(from))).outcome).toContain('1 person followed a merge');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
});

test.each([12, 160])(
  '%i merges into one contact that are told by one notification lose no person',
  async (count) => {
    const { leads, userId } = await leadsAndUser(Math.min(count, 12));
    for (const { contactId } of leads) await mergeInIntercom(contactId, userId);
    const { contacts } = app.sandbox.world;
    const user = contacts.get(userId);
    const others = Array.from({ length: count - leads.length }, (_, index) => ({
      from: `other-${index}`,
      at: app.sandbox.world.now() + index,
    }));
    if (user) contacts.put({ ...user, merge_history: [...user.merge_history, ...others] });
    expect((await tell(app, merged(userId))).outcome).toContain(`${leads.length} people followed`);
    expect(await people(leads)).toEqual({ contactIds: [userId], emails: leads.length });
  },
);

test('a merge history that is not found at first is asked for again', async () => {
  const { leads, userId } = await leadsAndUser(1);
  await mergeInIntercom(leads[0]?.contactId ?? '', userId);
  await fault({ method: 'GET', pattern: '/merge_history$' });
  expect((await tell(app, merged(userId))).outcome).toContain('1 person followed');
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
});

test('merges told in the wrong order lead to the last survivor', async () => {
  const { leads, userId: second } = await leadsAndUser(1);
  const { userId: last } = await leadsAndUser(1);
  const from = leads[0]?.contactId ?? '';
  await tell(app, merged(last, second));
  await tell(app, merged(second, from));
  expect((await people(leads)).contactIds).toEqual([last]);
  await settled(app);
});

test('an applied rule follows a merge that was never told', async () => {
  const { leads, userId } = await leadsAndUser(1);
  const { contactId: from = '', referralId = '' } = leads[0] ?? {};
  await mergeInIntercom(from, userId);
  await intercom(app, 'PUT', `/contacts/${userId}`, { custom_attributes: { plan: 'pro' } });
  await app.query('delete from contacts where contact_id = $1', [from]);
  const [rule] = await app.query<{ id: string }>(
    `select r.id from rules r join campaigns c on c.id = r.campaign_id where c.name = 'Spring'`,
  );
  await api(app, 'POST', `rules/${rule?.id}/apply`, {});
  expect(await people(leads)).toEqual({ contactIds: [userId], emails: 1 });
  const status = 'select status from referrals where id = $1';
  expect(await app.query(status, [referralId])).toEqual([{ status: 'qualified' }]);
});
