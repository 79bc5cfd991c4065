// What a teammate sees on the card, screen by screen, pressing what it offers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard, pressId, sendAgain } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

test('a referred lead shows status, referrer with a link to their contact, campaign, reward and how it was matched', async () => {
  const card = await openCard(app, { email: 'pending.lead@example.com' });
  expect(card.text).toContain('Pending');
  expect(card.text).toMatch(
    /Referred by \[Tomás Herrera\]\(http:\/\/127\.0\.0\.1:\d+\/a\/apps\/sandbox\/users\/\w+/,
  );
  expect(card.text).toContain('Campaign: Spring');
  expect(card.text).toContain('10 EUR credit');
  expect(card.text).toMatch(/Matched by email/);
  expect(card.text).toMatch(/As of \w{3} \d{1,2}, \d{4} at \d{1,2}:\d\d[AP]M/);
  expect(card.labels).toEqual(['Convert to user', 'More', 'Refresh', 'Settings']);
});

test('a pending referral says what it needs from the first second, before any notification', async () => {
  expect(await app.query("select 1 from contacts where values ? 'custom_attributes.plan'")).toEqual([]);
  const card = await openCard(app, { email: 'pending.lead@example.com' });
  expect(card.text).toMatch(/Qualifies when plan is pro\. Plan is \w+( set)? as of \w{3} \d+, \d{4}\./);
  await app.query("update rules set enabled = false where workspace_id = 'sandbox'");
  const without = await openCard(app, { email: 'pending.lead@example.com' });
  expect(without.text).toContain(
    'No rule applies: a teammate qualifies it under More, or your own system does.',
  );
  expect((await openCard(app, { email: 'factory.lead@example.com' })).text).toContain(
    'No rule applies: Referral Factory or a teammate qualifies it.',
  );
  await app.query("update rules set enabled = true where workspace_id = 'sandbox'");
});

test('a ready answer for the customer is behind More, in the words of the workspace', async () => {
  const pending = await (await openCard(app, { email: 'pending.lead@example.com' })).press('More');
  const answer = await pending.press('Answer for the customer');
  expect(answer.text).toMatch(
    /Hi Maya, your referral in Spring was registered on .+ not qualified yet\. It qualifies when plan is pro\./,
  );
  expect(answer.text).not.toContain('10 EUR');
  expect((await answer.press('Done')).text).toBe(pending.text);
  const settled = await (await openCard(app, { email: 'ben.adler@example.com' })).press('More');
  expect((await settled.press('Answer for the customer')).text).toContain(
    'We have not been able to send your reward yet',
  );
  const referrer = await (await openCard(app, { email: 'top.referrer@example.com' })).press('More');
  expect((await referrer.press('Answer for the customer')).text).toMatch(
    /you referred 9 people in Spring, and 1 qualified\..*Your link: http/,
  );
  const words = { answers: { pending: '{campaign} has you, {first_name}.' } };
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', $1, now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
    [JSON.stringify(words)],
  );
  expect((await pending.press('Answer for the customer')).text).toContain('Spring has you, Maya.');
});

test('the first screen has no primary button and no relative date', async () => {
  for (const { email } of [{ email: 'pending.lead@example.com' }, { email: 'top.referrer@example.com' }]) {
    const card = await openCard(app, { email });
    expect(card.components.filter((one) => one.style === 'primary')).toEqual([]);
    expect(card.text).not.toMatch(/\bago\b|yesterday|today/i);
  }
});

test('More tells the history with who did what and why, and Done leads to the card again', async () => {
  const card = await openCard(app, { email: 'qualified.user@example.com' });
  expect(card.text).toContain('Qualified');
  expect(card.labels).not.toContain('Convert to user');
  const details = await card.press('More');
  expect(details.text).toContain('Paid for the pro plan');
  expect(details.text).toContain('Aoife Brennan');
  expect(details.text).toContain('Joined');
  const back = await details.press('Done');
  expect(back.text).toBe(card.text);
});

test('both rewards say what happened to them: since when, by which teammate, with which receipt, or why not', async () => {
  const due = await openCard(app, { email: 'qualified.user@example.com' });
  expect(due.text).toContain('Referrer reward: Due, 10 EUR credit');
  expect((await due.press('More')).text).toMatch(/Referrer reward: due since \w{3} \d+, \d{4}/);
  const settled = await openCard(app, { email: 'ben.adler@example.com' });
  expect(settled.text).toContain('Referrer reward: Issued, One month free');
  expect(settled.text).toContain('Friend reward: Failed, 20 EUR voucher');
  const { text } = await settled.press('More');
  expect(text).toMatch(/Referrer reward: issued \w{3} \d+, \d{4} by Aoife Brennan, Invoice 2026-118/);
  expect(text).toContain('The voucher shop did not accept the email address');
});

test('a referrer shows their link, counts and latest referrals', async () => {
  const card = await openCard(app, { email: 'top.referrer@example.com' });
  expect(card.text).toContain(`${app.url}/r/`);
  expect(card.text).toMatch(/9 referred, 7 pending, 1 qualified, 1 \w+/);
  expect(card.text).toContain('Greta Holm: Pending');
  expect((await card.press('More')).text).toContain('Sam Whitaker');
});

test('someone referred in one campaign and referrer in another shows both', async () => {
  const card = await openCard(app, { email: 'two.campaigns@example.com' });
  expect(card.text).toContain('Spring');
  expect(card.text).toContain('Partners');
  expect((await card.choose('Referred in Spring')).text).toContain('Tomás Herrera');
  expect((await card.choose('Referrer in Partners')).text).toContain(`${app.url}/r/`);
});

test('a copy of an outside platform is shown with the date of the copy', async () => {
  const [row] = await app.query<{ copied_at: Date }>(
    'select copied_at from referrals where copied_at is not null',
  );
  const card = await openCard(app, { email: 'factory.lead@example.com' });
  expect(card.text).toContain('Campaign: Autumn');
  const time = new Intl.DateTimeFormat('en-US', {
    timeZone: 'Europe/Dublin',
    hour: 'numeric',
    minute: '2-digit',
  });
  const shown = time.format(row?.copied_at).replace(/\s/g, '');
  expect(card.text).toContain(`at ${shown}`);
});

test('a contact that no campaign knows gets a screen of its own with what to do', async () => {
  const card = await openCard(app, { email: 'stranger@example.com' });
  expect(card.text).toMatch(/not in any|no referral/i);
  expect(card.labels).toContain('Refresh');
  expect(card.labels).not.toContain('Convert to user');
});

test('a lead without email, external ID or link gets a screen of its own, and can be converted', async () => {
  const nobody = seededContact(null);
  const before = app.sandbox.world.contacts.get(nobody.id);
  if (!before) throw new Error('the story has no lead without email');
  app.sandbox.world.contacts.put({ ...before, external_id: null } as never);
  const card = await openCard(app, { id: nobody.id });
  expect(card.text).toMatch(/no email/i);
  expect(card.labels).toContain('Convert to user');
});

test('of several people with one email the teammate chooses, and the choice is kept', async () => {
  const who = { email: 'rafael.costa@example.com' };
  const card = await openCard(app, who);
  expect(card.text).toContain('Rafael Costa');
  expect(card.text).toContain('Rita Costa');
  const chosen = await card.choose('Rita');
  expect(chosen.text).toContain('Partners');
  expect(chosen.text).toMatch(/Matched by (a )?stored link/i);
  const again = await openCard(app, who);
  expect(again.text).toBe(chosen.text);
  expect(again.text).not.toContain('Spring');
});

test('who was chosen by mistake is taken back, after a question, and someone else can be chosen', async () => {
  const who = { email: 'rafael.costa@example.com' };
  const details = await (await openCard(app, who)).press('More');
  expect(details.labels).toContain('Not this person');
  const question = await details.press('Not this person');
  expect(question.text).toContain('Rita Costa');
  expect((await openCard(app, who)).text).toContain('Matched by a stored link');
  const request = question.requestOf('Unlink this person');
  const taken = await sendAgain(app, request);
  expect(taken.text).toContain('Unlinked');
  expect(taken.text).toContain('Several people have this email');
  await sendAgain(app, request);
  const entries = await app.query(
    `select "from" is null as chosen, "to" is null as taken_back, actor_name, reason from referral_history h
     join referrals r on r.id = h.referral_id join people p on p.id = r.person_id
     where p.name = 'Rita Costa' and what = 'linked' order by h.id`,
  );
  expect(entries).toEqual([
    expect.objectContaining({ chosen: true, taken_back: false }),
    { chosen: false, taken_back: true, actor_name: 'Aoife Brennan', reason: 'not this person' },
  ]);
  const again = await (await taken.choose('Rita')).press('More');
  expect(again.labels).toContain('Not this person');
});

test('a link that no teammate chose is none to take back, whatever button is pressed', async () => {
  const who = { email: 'pending.lead@example.com' };
  const { id } = seededContact(who.email);
  const person = "where email = 'pending.lead@example.com'";
  await app.query(`update people set contact_id = $1 ${person}`, [id]);
  const details = await (await openCard(app, who)).press('More');
  expect(details.text).toContain('Matched by a stored link');
  expect(details.labels).not.toContain('Not this person');
  const [row] = await app.query<{ id: string }>(
    `select r.id from referrals r join people p on p.id = r.person_id ${person}`,
  );
  expect((await pressId(app, who, `confirm-unlink:${row?.id}`)).text).toContain('Nothing was changed');
  expect(await app.query(`select contact_id from people ${person}`)).toEqual([{ contact_id: id }]);
});

test('a person may not be chosen for a contact that is matched already', async () => {
  const [rafael] = await app.query<{ id: string }>("select id from people where name = 'Rafael Costa'");
  const card = await pressId(app, { email: 'pending.lead@example.com' }, `choose-person:${rafael?.id}`);
  expect(card.text).toContain('Campaign: Spring');
  const linked = await app.query(
    "select 1 from people where name = 'Rafael Costa' and contact_id is not null",
  );
  expect(linked).toEqual([]);
});

test('an email is matched without regard to case and surrounding blanks', async () => {
  const card = await openCard(
    app,
    { email: 'pending.lead@example.com' },
    {
      contact: { type: 'contact', id: 'elsewhere-1', role: 'user', email: '  Pending.LEAD@Example.com ' },
    },
  );
  expect(card.text).toContain('Campaign: Spring');
});

test('an external ID is believed before an email, and a stored link before both', async () => {
  const contact = (more: object) => ({
    contact: { type: 'contact', id: 'elsewhere-2', role: 'user', ...more },
  });
  const byId = await openCard(
    app,
    { email: 'stranger@example.com' },
    contact({ external_id: 'shop-311', email: 'pending.lead@example.com' }),
  );
  expect(byId.text).toMatch(/Matched by external ID/i);
  expect(byId.text).not.toContain('Nov 19');
  const { id } = seededContact('top.referrer@example.com');
  const byLink = await openCard(
    app,
    { email: 'stranger@example.com' },
    contact({ id, external_id: 'shop-311', email: 'pending.lead@example.com' }),
  );
  expect(byLink.text).toMatch(/Matched by (a )?stored link/i);
});

test('a workspace that has not installed the app is led to the installation', async () => {
  const card = await openCard(
    app,
    { email: 'pending.lead@example.com' },
    { workspace_id: 'another-workspace' },
  );
  expect(card.components).toContainEqual(
    expect.objectContaining({ action: { type: 'url', url: `${app.url}/install` } }),
  );
  expect(card.text).not.toContain('Spring');
});

test('a request without a contact asks for one, and one with a single participant finds them', async () => {
  const nobody = await openCard(
    app,
    { email: 'pending.lead@example.com' },
    { contact: null, conversation: null },
  );
  expect(nobody.text).toMatch(/contact|participant/i);
  const { id } = seededContact('top.referrer@example.com');
  const conversation = { id: '1', contacts: { contacts: [{ id, external_id: null }] } };
  const only = await openCard(
    app,
    { email: 'pending.lead@example.com' },
    { contact: undefined, conversation },
  );
  expect(only.text).toContain('/r/');
});

test('the person may be called customer instead of contact', async () => {
  const customer = { type: 'contact', id: 'elsewhere-3', role: 'user', email: 'pending.lead@example.com' };
  const card = await openCard(app, { email: 'stranger@example.com' }, { contact: undefined, customer });
  expect(card.text).toContain('Campaign: Spring');
});

test('a button of another version shows the present card and says so', async () => {
  for (const id of ['launch-rocket', 'show-referral', 'refresh:extra', '', 'show-referral:%']) {
    const card = await pressId(app, { email: 'pending.lead@example.com' }, id);
    expect(card.text).toMatch(/The card has changed/);
    expect(card.text).toContain('Campaign: Spring');
  }
});

test('the referral of someone else is not shown, whatever the button says', async () => {
  const [other] = await app.query<{ id: string }>(
    "select r.id from referrals r join people p on p.id = r.person_id where p.email = 'qualified.user@example.com'",
  );
  const card = await pressId(app, { email: 'pending.lead@example.com' }, `show-referral:${other?.id}`);
  expect(card.text).not.toContain('Paid for the pro plan');
  expect(card.text).toContain('does not belong to this contact');
});

test('five initializes at once for one conversation are all answered', async () => {
  const cards = await Promise.all(
    Array.from({ length: 5 }, () => openCard(app, { email: 'pending.lead@example.com' })),
  );
  expect(new Set(cards.map((card) => card.text.replace(/As of.*/, ''))).size).toBe(1);
});
