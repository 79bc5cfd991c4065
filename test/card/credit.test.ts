// Credit by hand: an unknown contact is added as a referral from the card, once, under the limit, and undone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard, pressId, type ShownCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

const stranger = { email: 'stranger@example.com' };
const form = async () => (await openCard(app, stranger)).press('Add as referral');
const campaignId = async (name: string) =>
  (await app.query<{ id: string }>('select id from campaigns where name = $1', [name]))[0]?.id ?? '';
const rows = () =>
  app.query<{ status: string; source: string; campaign: string; referrer: string; contact_id: string }>(
    `select r.status, r.source, c.name as campaign, giver.email as referrer, p.contact_id from referrals r
     join people p on p.id = r.person_id join campaigns c on c.id = r.campaign_id
     left join referrers f on f.id = r.referrer_id left join people giver on giver.id = f.person_id
     where p.email = $1`,
    [stranger.email],
  );
const add = async (referrer: string, more: object = {}): Promise<ShownCard> =>
  (await form()).press('Add as referral', { referrer, campaign: await campaignId('Spring'), ...more });
const undo = async (card: ShownCard) =>
  (await (await card.press('More')).press('Undo credit')).press('Undo credit');

test('an unknown contact can be added; what is missing or unknown is said beside the field', async () => {
  const asked = await form();
  expect(asked.labels).toEqual(['Add as referral', 'Cancel']);
  expect((await add('')).text).toContain('Enter the referrer’s email, code or name.');
  expect((await add('nobody@example.com')).text).toContain('No referrer of this campaign has this');
  expect((await add('top.referrer@example.com', { campaign: 'no-campaign' })).text).toContain(
    'Choose a campaign',
  );
  expect(await rows()).toEqual([]);
});

test('it is a pending referral of that referrer, by the teammate, with the reason, linked to the contact', async () => {
  const card = await add('top.referrer@example.com', { reason: 'Came by phone' });
  expect(card.text).toContain('✅ Added as referral');
  expect(card.text).toContain('Pending');
  const details = await card.press('More');
  expect(details.text).toContain('Came by phone');
  expect(details.text).toContain('**Joined the campaign** by Aoife Brennan');
  const shown = await rows();
  expect(shown).toMatchObject([
    { status: 'pending', source: 'manual', campaign: 'Spring', referrer: 'top.referrer@example.com' },
  ]);
  expect(shown[0]?.contact_id).not.toBeNull();
  const audit = await app.query(
    "select actor_name from audit_log where action = 'referral.create' order by id desc limit 1",
  );
  expect(audit).toEqual([{ actor_name: 'Aoife Brennan' }]);
});

test('the credit is undone while nothing was paid, and can be given to another', async () => {
  const undone = await undo(await openCard(app, stranger));
  expect(undone.text).toContain('✅ Credit undone');
  expect(undone.labels).toContain('Add as referral');
  expect(await rows()).toEqual([]);
  const actions = await app.query<{ action: string }>(
    'select action from audit_log order by id desc limit 1',
  );
  expect(actions).toEqual([{ action: 'referral.undo_credit' }]);
});

test('a referrer is found by code and by name; pressed twice, there is one referral', async () => {
  const [{ code } = { code: '' }] = await app.query<{ code: string }>(
    `select code from referrers f join people p on p.id = f.person_id join campaigns c on c.id = f.campaign_id
     where p.email = 'top.referrer@example.com' and c.name = 'Spring'`,
  );
  const request = (await form()).requestOf('Add as referral', {
    referrer: ` ${code.toLowerCase()} `,
    campaign: await campaignId('Spring'),
  });
  const answers = await Promise.all([sendAgain(app, request), sendAgain(app, request)]);
  for (const answer of answers) expect(answer.text).toContain('Referred by');
  expect(await rows()).toHaveLength(1);
  await undo(await openCard(app, stranger));
  expect((await add('tomás herrera')).text).toContain('✅ Added as referral');
});

test('what was paid, qualified or added in another way is not undone', async () => {
  const [row] = await app.query<{ id: string }>(
    'select r.id from referrals r join people p on p.id = r.person_id where p.email = $1',
    [stranger.email],
  );
  await app.query("update referrals set status = 'qualified' where id = $1", [row?.id]);
  expect((await (await openCard(app, stranger)).press('More')).labels).not.toContain('Undo credit');
  expect((await pressId(app, stranger, `confirm-undo-credit:${row?.id}`)).text).toContain(
    'Set it back to pending',
  );
  await app.query("update referrals set status = 'pending' where id = $1", [row?.id]);
  const [other] = await app.query<{ id: string }>(
    "select r.id from referrals r join people p on p.id = r.person_id where p.email = 'layla.haddad@example.com'",
  );
  const layla = { email: 'layla.haddad@example.com' };
  expect((await pressId(app, layla, `confirm-undo-credit:${other?.id}`)).text).toContain('added by hand');
  expect(await rows()).toHaveLength(1);
  await undo(await openCard(app, stranger));
});

test('it counts against the limit of the day, which is told before anything is typed', async () => {
  const asked = await form();
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', '{"card_actions": {"daily_cap": 0}}', now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
  );
  expect((await form()).text).toContain('The daily limit of 0 changes');
  const inputs = { referrer: 'top.referrer@example.com', campaign: await campaignId('Spring') };
  expect((await asked.press('Add as referral', inputs)).text).toContain('The daily limit of 0 changes');
  expect(await rows()).toEqual([]);
});
