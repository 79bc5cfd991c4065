// Converting a lead to a user on the card: previews, merges, conflicts, repeats, and Intercom's bad days.

import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { Contact } from '../../sandbox/world.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { inboxBody, openCard, pressId, send, sendAgain } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  // A busy machine is not a slow Intercom.
  app.ctx.timing.conversionPatienceMs = 9_000;
});
afterAll(() => app?.close());
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));

const inIntercom = (id: string): Contact => {
  const found = app.sandbox.world.contacts.get(id);
  if (!found) throw new Error(`no contact ${id}`);
  return found;
};
const notesOn = (id: string) => app.sandbox.world.notes.all().filter((note) => note.contact_id === id);
const converted = (contactId: string) =>
  app.query<{ state: string; kind: string }>('select state, kind from conversions where contact_id = $1', [
    contactId,
  ]);

/** A lead of its own for each test, with a referral when `referred`. */
async function newLead(email: string | null, more: Partial<Contact> = {}): Promise<Contact> {
  const maya = inIntercom(seededContact('pending.lead@example.com').id);
  const { world } = app.sandbox;
  return world.contacts.put({
    ...structuredClone(maya),
    id: world.newHexId(),
    external_id: crypto.randomUUID(),
    email,
    name: 'Dana Whitlock',
    phone: null,
    tag_ids: [],
    company_ids: [],
    custom_attributes: { plan: 'free' },
    ...more,
  });
}

const newUser = (email: string | null, more: Partial<Contact> = {}) =>
  newLead(email, { role: 'user', name: 'Dana W.', ...more });

async function refer(email: string): Promise<void> {
  const token = await app.apiToken();
  const [referrer] = await app.query<{ code: string }>(
    "select code from referrers r join people p on p.id = r.person_id where email = 'top.referrer@example.com'",
  );
  const answer = await fetch(`${app.url}/api/v1/referrals`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: referrer?.code, person: { email, name: 'Dana Whitlock' } }),
  });
  expect(answer.status).toBe(201);
}

async function noteArrives(contactId: string) {
  await expect.poll(() => notesOn(contactId).length).toBe(1);
  const [note] = notesOn(contactId);
  return note?.body ?? '';
}

/** The work of leaving notes is over, retries and all: what is there by then is all that ever comes. */
async function notesAreLeft(contactId: string) {
  const states = async () => {
    const text = "select state from runs where kind = 'note' and contact_id = $1";
    return (await app.query<{ state: string }>(text, [contactId])).map((run) => run.state);
  };
  await expect.poll(states).toEqual(['done']);
}

test('a lead without a twin becomes a user with the external ID that the teammate set', async () => {
  await refer('dana.one@example.com');
  const lead = await newLead('dana.one@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  expect(preview.text).toContain('Convert Dana Whitlock to a user');
  expect(preview.text).toContain('1 referral stays');
  expect(inIntercom(lead.id).role).toBe('lead');

  const done = await preview.press('Confirm', { external_id: ' acct_1042 ' });
  expect(done.text).toContain('is now a user');
  expect(done.text).toContain('acct_1042');
  expect(inIntercom(lead.id)).toMatchObject({
    role: 'user',
    external_id: 'acct_1042',
    email: 'dana.one@example.com',
  });
  expect(inIntercom(lead.id).signed_up_at).toBeGreaterThan(0);

  const after = await done.press('Done');
  expect(after.text).toContain('Spring');
  expect(after.text).toMatch(/Matched by a stored link/);
  expect(after.labels).not.toContain('Convert to user');
  expect((await after.press('More')).text).toContain('Converted from lead to user');
  expect(await noteArrives(lead.id)).toMatch(/Aoife Brennan converted this lead to a user.*acct_1042/);
});

test('without an external ID from the teammate, none is made up', async () => {
  const lead = await newLead('dana.two@example.com');
  await (await (await openCard(app, lead)).press('Convert to user')).press('Confirm', { external_id: '' });
  expect(inIntercom(lead.id).role).toBe('user');
  // What happens to the id that Intercom gave the lead is not documented; the app leaves it to Intercom.
  expect([lead.external_id, null]).toContain(inIntercom(lead.id).external_id);
});

test('a lead without an email is asked for one, and refuses what is none', async () => {
  const lead = await newLead(null);
  const preview = await (await openCard(app, lead)).press('Convert to user');
  expect(preview.components.map((one) => one.id)).toContain('email');
  const empty = await preview.press('Confirm', {});
  expect(empty.text).toContain('Enter an email or an external ID.');
  const wrong = await empty.press('Confirm', { email: 'dana at example', external_id: 'acct_7' });
  expect(wrong.text).toContain('not an email address');
  expect(wrong.components.find((one) => one.id === 'external_id')).toMatchObject({ value: 'acct_7' });
  expect(inIntercom(lead.id).role).toBe('lead');
  await wrong.press('Confirm', { email: 'dana.three@example.com' });
  expect(inIntercom(lead.id)).toMatchObject({ role: 'user', email: 'dana.three@example.com' });
});

test('a user with the same email leads to a merge, shown side by side before anything changes', async () => {
  const lead = seededContact('twin@example.com', 'lead');
  const user = seededContact('twin@example.com', 'user');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  for (const words of ['Jon Bell', 'Jonathan Bell', 'Kept', 'Filled', 'Discarded', '2 tags', '1 referral']) {
    expect(preview.text).toContain(words);
  }
  expect(preview.labels).toEqual(['Merge into existing user', 'Cancel']);
  expect(inIntercom(lead.id).merged_into).toBeNull();

  const notesBefore = notesOn(lead.id).length + notesOn(user.id).length;
  const done = await preview.press('Merge into existing user');
  expect(done.text).toMatch(/merged/i);
  expect(inIntercom(lead.id).merged_into).toBe(user.id);
  expect(inIntercom(user.id).phone).toBe('+353871234567');

  const card = await openCard(app, user);
  expect(card.text).toContain('Spring');
  expect(card.text).toMatch(/Matched by a stored link/);
  expect((await card.press('More')).text).toContain('by merging into an existing user');
  await expect.poll(() => notesOn(user.id).length).toBe(notesBefore + 1);
});

test('a card that still shows the merged lead finds the conversion done', async () => {
  const lead = await newLead('dana.four@example.com');
  const user = await newUser('dana.four@example.com');
  searchView(app.sandbox.world).catchUp();
  const before = inboxBody(app, lead);
  await (await (await openCard(app, lead)).press('Convert to user')).press('Merge into existing user');
  const stale = {
    path: '/intercom/inbox/submit',
    raw: JSON.stringify({ ...before, component_id: 'start-conversion' }),
  };
  const opened = await sendAgain(app, { path: '/intercom/inbox/initialize', raw: JSON.stringify(before) });
  expect(opened.labels).not.toContain('Convert to user');
  const again = await sendAgain(app, stale);
  expect(again.text).toContain('already a user');
  expect(inIntercom(lead.id).merged_into).toBe(user.id);
  expect(await converted(lead.id)).toEqual([{ state: 'done', kind: 'merge' }]);
});

test('a confirm sent twice at once, and again later, converts once', async () => {
  const lead = await newLead('dana.five@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  const request = preview.requestOf('Confirm', { external_id: 'acct_5' });
  const [one, two] = await Promise.all([sendAgain(app, request), sendAgain(app, request)]);
  expect(one?.text).toContain('is now a user');
  expect(two?.text).toContain('is now a user');
  const third = await sendAgain(app, request);
  expect(third.text).toMatch(/user/);
  expect(await converted(lead.id)).toEqual([{ state: 'done', kind: 'role-change' }]);
  await notesAreLeft(lead.id);
  expect(notesOn(lead.id)).toHaveLength(1);
});

test('a user that search does not know yet is met through the conflict, and nothing is changed unseen', async () => {
  const lead = await newLead('dana.seven@example.com');
  changeSettings(app.sandbox.world, { search_lag_ms: 60_000 });
  const user = await newUser('dana.seven@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  expect(preview.labels).toContain('Confirm');
  const merge = await preview.press('Confirm', {});
  expect(merge.text).toContain('Nothing was changed');
  expect(merge.labels).toContain('Merge into existing user');
  expect(inIntercom(lead.id)).toMatchObject({ role: 'lead', merged_into: null });
  await merge.press('Merge into existing user');
  expect(inIntercom(lead.id).merged_into).toBe(user.id);
  changeSettings(app.sandbox.world, { search_lag_ms: 0 });
});

test('an external ID of another user leads to a merge with a warning, since they share no email or phone', async () => {
  const lead = await newLead('dana.eight@example.com');
  const user = await newUser('somebody.else@example.com', { external_id: 'acct_taken' });
  const preview = await (await openCard(app, lead)).press('Convert to user');
  const merge = await preview.press('Confirm', { external_id: 'acct_taken' });
  expect(merge.text).toMatch(/neither email nor phone/i);
  await merge.press('Merge into existing user');
  expect(inIntercom(lead.id).merged_into).toBe(user.id);
});

test('two who share nothing any more when the merge is confirmed are not merged before the teammate was warned', async () => {
  const lead = await newLead('dana.parted@example.com');
  const user = await newUser('dana.parted@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  expect(preview.text).not.toMatch(/neither email nor phone/);
  app.sandbox.world.contacts.put({ ...inIntercom(user.id), email: 'somebody.new@example.com' });
  const warning = await preview.press('Merge into existing user');
  expect(warning.text).toMatch(/no longer share an email or a phone number. Nothing was changed/);
  expect(warning.text).toMatch(/neither email nor phone/);
  expect(inIntercom(lead.id)).toMatchObject({ role: 'lead', merged_into: null });
  expect((await warning.press('Merge into existing user')).text).toContain('was merged into');
  expect(inIntercom(lead.id).merged_into).toBe(user.id);
});

test.each([
  {
    now: 'a lead',
    change: (user: Contact) => app.sandbox.world.contacts.put({ ...user, role: 'lead' }),
    says: /no longer a user. Nothing was changed/,
    offers: 'Confirm',
  },
  {
    now: 'gone',
    change: (user: Contact) => app.sandbox.world.contacts.remove(user.id),
    says: /is archived or deleted. Nothing was changed/,
    offers: 'Confirm',
  },
  {
    now: 'merged into another user',
    change: async (user: Contact) => {
      const other = await newUser(user.email);
      app.sandbox.world.contacts.put({ ...user, merged_into: other.id });
    },
    says: /The user was merged into another one. Nothing was changed/,
    offers: 'Merge into existing user',
  },
])('a user who is $now when the merge is confirmed leads to a new preview', async ({ now, ...given }) => {
  const email = `dana.${now.replaceAll(' ', '.')}@example.com`;
  const lead = await newLead(email);
  const user = await newUser(email);
  const preview = await (await openCard(app, lead)).press('Convert to user');
  await given.change(user);
  const anew = await preview.press('Merge into existing user');
  expect(anew.text).toMatch(given.says);
  expect(anew.labels).toContain(given.offers);
  expect(inIntercom(lead.id)).toMatchObject({ role: 'lead', merged_into: null });
});

test('a user who was archived when the merge is confirmed is not merged into', async () => {
  const lead = await newLead('dana.archived.late@example.com');
  const user = await newUser('dana.archived.late@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  app.sandbox.world.contacts.put({ ...inIntercom(user.id), archived: true });
  const refused = await preview.press('Merge into existing user');
  expect(refused.text).toContain('The user to merge into is archived or deleted. Nothing was changed.');
  expect(inIntercom(lead.id)).toMatchObject({ role: 'lead', merged_into: null });
});

test("a merge keeps the user's own referral on the card beside the lead's", async () => {
  await refer('dana.own@example.com');
  await refer('dana.brought@example.com');
  const user = await newUser('dana.own@example.com', { external_id: 'shop-own' });
  const lead = await newLead('dana.brought@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  const conflict = await preview.press('Confirm', { external_id: 'shop-own' });
  expect((await conflict.press('Merge into existing user')).text).toContain(
    'Dana Whitlock was merged into the existing user',
  );
  expect((await openCard(app, user)).text.match(/Referred in Spring/g)).toHaveLength(2);
});

test('a lead without a name is called by the email that the teammate gave', async () => {
  const lead = await newLead('', { name: '' });
  const preview = await (await openCard(app, lead)).press('Convert to user');
  expect(preview.text).toContain('Convert this contact to a user');
  expect(preview.text).not.toContain('0 referrals');
  const done = await preview.press('Confirm', { email: 'dana.given@example.com' });
  expect(done.text).toContain('dana.given@example.com is now a user');
});

test('an archived match that Intercom never brings back is told in its words', async () => {
  const email = 'dana.never.back@example.com';
  const lead = await newLead(email);
  const user = await newUser(email, { archived: true });
  const explained = await (await openCard(app, lead))
    .press('Convert to user')
    .then((it) => it.press('Confirm', {}));
  await app.misbehave('/faults', {
    ...{ on: 'api', kind: 'status', status: 400, code: 'bad_request' },
    match: { method: 'POST', path: `/contacts/${user.id}/unarchive` },
    message: 'User has been merged and is not restorable.',
  });
  const told = await explained.press('Unarchive and preview merge');
  expect(told.text).toContain('User has been merged and is not restorable.');
  expect(told.text).not.toMatch(/did not answer/);
});

test('an archived match is explained, and can be brought back for the merge', async () => {
  const lead = seededContact('greta.holm@example.com', 'lead');
  const archived = seededContact('greta.holm@example.com', 'user');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  const explained = await preview.press('Confirm', {});
  expect(explained.text).toMatch(/archived/i);
  expect(inIntercom(lead.id).role).toBe('lead');
  const merge = await explained.press('Unarchive and preview merge');
  expect(inIntercom(archived.id).archived).toBe(false);
  expect(merge.labels).toContain('Merge into existing user');
  await merge.press('Merge into existing user');
  expect(inIntercom(lead.id).merged_into).toBe(archived.id);
});

test('a Facebook lead with an existing user cannot be merged, and the card says what to do instead', async () => {
  const lead = seededContact('sam.whitaker@example.com', 'lead');
  const refused = await (await openCard(app, lead)).press('Convert to user');
  expect(refused.text).toContain('Facebook');
  expect(refused.labels).not.toContain('Merge into existing user');
  expect(refused.labels.length).toBeGreaterThan(0);
  expect(inIntercom(lead.id)).toMatchObject({ role: 'lead', merged_into: null });
});

test("Intercom's own refusal of a merge is shown in its words", async () => {
  const lead = await newLead('dana.nine@example.com', { channel: 'whatsapp' });
  await newUser('dana.nine@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  const refused = await preview.press('Merge into existing user');
  expect(refused.text).toMatch(/merge/i);
  expect(refused.labels).not.toContain('Merge into existing user');
  expect(inIntercom(lead.id).merged_into).toBeNull();
  expect(await converted(lead.id)).toEqual([{ state: 'failed', kind: 'merge' }]);
});

test('several users of one email are all offered, and the chosen one is previewed', async () => {
  const lead = await newLead('dana.ten@example.com');
  await newUser('dana.ten@example.com', { name: 'Dana at work' });
  const home = await newUser('dana.ten@example.com', { name: 'Dana at home' });
  const choice = await (await openCard(app, lead)).press('Convert to user');
  const preview = await choice.choose('Dana at home');
  await preview.press('Merge into existing user');
  expect(inIntercom(lead.id).merged_into).toBe(home.id);
});

test('a lead that became a user meanwhile is found done, not converted again', async () => {
  const lead = await newLead('dana.eleven@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  app.sandbox.world.contacts.put({ ...inIntercom(lead.id), role: 'user' });
  const request = preview.requestOf('Confirm', {});
  const asLead = { ...request, raw: request.raw.replace('"role":"user"', '"role":"lead"') };
  expect((await sendAgain(app, asLead)).text).toMatch(/user/);
  expect(inIntercom(lead.id).role).toBe('user');
});

test('a lead that is deleted meanwhile is said to be gone', async () => {
  const lead = await newLead('dana.twelve@example.com');
  const card = await openCard(app, lead);
  const { raw } = card.requestOf('Convert to user');
  app.sandbox.world.contacts.remove(lead.id);
  const gone = await sendAgain(app, { path: '/intercom/inbox/submit', raw });
  expect(gone.text).toMatch(/no longer|gone|deleted/i);
  expect(gone.labels.length).toBeGreaterThan(0);
});

test('a user is never offered the conversion, and pressing it anyway finds them a user', async () => {
  const card = await openCard(app, { email: 'stranger@example.com' });
  expect(card.labels).not.toContain('Convert to user');
  expect((await pressId(app, { email: 'stranger@example.com' }, 'start-conversion')).text).toContain(
    'already a user',
  );
});

test('a visitor, or a kind of contact that is not known, is not a lead to convert', async () => {
  const lead = await newLead('dana.visitor@example.com');
  const contact = { id: lead.id, role: 'visitor', email: lead.email };
  expect((await openCard(app, lead, { contact })).labels).not.toContain('Convert to user');
  const raw = JSON.stringify(inboxBody(app, lead, { contact, component_id: 'start-conversion' }));
  const refused = await sendAgain(app, { path: '/intercom/inbox/submit', raw });
  expect(refused.text).toMatch(/Only a lead can become a user/);
  expect(refused.labels.length).toBeGreaterThan(0);
});

test('a stored link to the lead follows into the user that it is merged into', async () => {
  await refer('dana.linked@example.com');
  const lead = await newLead('dana.linked@example.com');
  const user = await newUser('dana.linked@example.com');
  const person = "where email = 'dana.linked@example.com'";
  await app.query(`update people set contact_id = $1 ${person}`, [lead.id]);
  await (await (await openCard(app, lead)).press('Convert to user')).press('Merge into existing user');
  expect(await app.query(`select contact_id from people ${person}`)).toEqual([{ contact_id: user.id }]);
});

test('while Intercom is down the card says so, nothing changes, and one press tries again', async () => {
  const lead = await newLead('dana.thirteen@example.com');
  const card = await openCard(app, lead);
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, times: 'always' });
  const down = await card.press('Convert to user');
  expect(down.text).toMatch(/Intercom/);
  expect(down.labels).toContain('Try again');
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  const preview = await down.press('Try again');
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 500, times: 'always' });
  const failed = await preview.press('Confirm', {});
  expect(failed.labels).toContain('Try again');
  expect(inIntercom(lead.id).role).toBe('lead');
  expect(await converted(lead.id)).toEqual([{ state: 'failed', kind: 'role-change' }]);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await (await failed.press('Try again')).press('Confirm', {});
  expect(inIntercom(lead.id).role).toBe('user');
  await noteArrives(lead.id);
});

test('a revoked token is told apart from Intercom being down', async () => {
  const lead = await newLead('dana.fourteen@example.com');
  const card = await openCard(app, lead);
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 401, times: 'always' });
  const refused = await card.press('Convert to user');
  expect(refused.text).toContain('no longer accepts the access');
  expect(refused.labels).toEqual(['Try again', 'Reconnect Intercom', 'Done']);
  expect(refused.components.find((one) => one.label === 'Reconnect Intercom')).toMatchObject({
    style: 'link',
    action: { type: 'url', url: `${app.url}/install` },
  });
  const agent = { type: 'admin', id: '7310099', name: 'Priya Raman', email: 'priya@northwind.example' };
  const body = inboxBody(app, lead, { admin: agent, component_id: 'start-conversion', input_values: {} });
  const answer = await (await send(app, '/intercom/inbox/submit', JSON.stringify(body))).text();
  expect(answer).toContain('Ask Aoife Brennan to reconnect Intercom.');
  expect(answer).not.toContain('Reconnect Intercom"');
  expect(inIntercom(lead.id).role).toBe('lead');
});

test('an answer that is cut after Intercom did the work is found out, and counts as done once', async () => {
  const lead = await newLead('dana.fifteen@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'cut',
    after: true,
    match: { method: 'PUT', path: `/contacts/${lead.id}` },
    times: 1,
  });
  const done = await preview.press('Confirm', {});
  expect(done.text).toContain('is now a user');
  expect(await converted(lead.id)).toEqual([{ state: 'done', kind: 'role-change' }]);
  await noteArrives(lead.id);
});

test('a slow Intercom: the card says that the work goes on, and a refresh shows it done', async () => {
  app.ctx.timing.conversionPatienceMs = 1_500;
  onTestFinished(() => {
    app.ctx.timing.conversionPatienceMs = 9_000;
  });
  const lead = await newLead('dana.sixteen@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'slow',
    ms: 5_000,
    match: { method: 'PUT', path: `/contacts/${lead.id}` },
    times: 1,
  });
  const waiting = await preview.press('Confirm', {});
  expect(waiting.labels).toContain('Refresh');
  expect(waiting.text).not.toContain('is now a user');
  await expect.poll(() => converted(lead.id)).toEqual([{ state: 'done', kind: 'role-change' }]);
  const after = await waiting.press('Refresh');
  expect(after.labels).not.toContain('Convert to user');
});

test('the note is left once although its answer was cut', async () => {
  const lead = await newLead('dana.seventeen@example.com');
  const preview = await (await openCard(app, lead)).press('Convert to user');
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'cut',
    after: true,
    match: { method: 'POST', path: `/contacts/${lead.id}/notes` },
    times: 1,
  });
  await preview.press('Confirm', {});
  await notesAreLeft(lead.id);
  expect(notesOn(lead.id)).toHaveLength(1);
});
