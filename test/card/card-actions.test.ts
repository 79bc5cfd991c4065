// Qualify, Disqualify and Back to pending from the card: asked first, done once, capped, and on record.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard, pressId, type ShownCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

async function details(email: string, role?: 'lead' | 'user'): Promise<ShownCard> {
  return (await openCard(app, role ? { email, role } : { email })).press('More');
}

async function change(settings: object): Promise<void> {
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', $1, now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
    [JSON.stringify(settings)],
  );
}

const rowsOf = (email: string) =>
  app.query<{ status: string; reward_status: string; round: number; local_only: boolean; id: string }>(
    `select r.id, r.status, r.reward_status, r.round, r.local_only from referrals r join people p on p.id = r.person_id where p.email = $1`,
    [email],
  );

test('a teammate qualifies a referral, having read what will happen', async () => {
  const shown = await details('layla.haddad@example.com');
  expect(shown.labels).toEqual(expect.arrayContaining(['Qualify', 'Disqualify']));
  expect(shown.labels).not.toContain('Back to pending');
  const asked = await shown.press('Qualify');
  expect(asked.text).toContain('becomes qualified, and the reward due: 10 EUR credit');
  expect((await rowsOf('layla.haddad@example.com'))[0]?.status).toBe('pending');
  const done = await asked.press('Qualify referral');
  expect(done.text).toContain('✅ Qualified');
  expect(done.text).toContain('Aoife Brennan');
  expect(done.labels).toContain('Back to pending');
  expect(await rowsOf('layla.haddad@example.com')).toMatchObject([
    { status: 'qualified', reward_status: 'due' },
  ]);
});

test('a person who is acted upon is linked, so that Intercom is told about them', async () => {
  const { id } = seededContact('layla.haddad@example.com');
  const linked = await app.query('select contact_id from people where email = $1', [
    'layla.haddad@example.com',
  ]);
  expect(linked).toEqual([{ contact_id: id }]);
  const attributes = () => app.sandbox.world.contacts.get(id)?.custom_attributes;
  await expect.poll(attributes).toMatchObject({ referral_status: 'Qualified' });
});

test('put back to pending, it can be qualified again, and the history tells both', async () => {
  const asked = await (await details('layla.haddad@example.com')).press('Back to pending');
  const reopened = await asked.press('Back to pending');
  expect(reopened.text).toContain('✅ Back to pending');
  const again = await (await reopened.press('Qualify')).press('Qualify referral');
  expect(again.text).toContain('✅ Qualified');
  expect(await rowsOf('layla.haddad@example.com')).toMatchObject([{ status: 'qualified', round: 1 }]);
  expect(again.text.match(/\*\*Qualified\*\* by Aoife Brennan/g)).toHaveLength(2);
});

test('a disqualification needs a reason, which the history keeps', async () => {
  const asked = await (await details('sam.whitaker@example.com', 'lead')).press('Disqualify');
  const missing = await asked.press('Disqualify referral', { reason: '   ' });
  expect(missing.text).toContain('Enter a reason');
  const done = await missing.press('Disqualify referral', { reason: 'Bought nothing <b>at all</b>' });
  expect(done.text).toContain('✅ Disqualified');
  expect(done.text).toContain('Bought nothing <b>at all</b>');
  expect(await rowsOf('sam.whitaker@example.com')).toMatchObject([{ status: 'disqualified' }]);
});

test('a reason can be given for qualifying, and the history has each act once with its actor once', async () => {
  const asked = await (await details('greta.holm@example.com', 'lead')).press('Qualify');
  expect(asked.text).toContain('Reason (optional)');
  expect(asked.labels).toEqual(['Qualify referral', 'Cancel']);
  const done = await asked.press('Qualify referral', { reason: 'Confirmed by phone' });
  expect(done.text).toContain('Confirmed by phone');
  const acts = done.text.split('\n').filter((line) => line.includes('by Aoife Brennan'));
  expect(acts).toEqual([
    expect.stringMatching(/^\*\*Qualified\*\* by Aoife Brennan(\. Referrer reward now due)?$/),
  ]);
});

test('a confirm that arrives twice at once changes the referral once', async () => {
  const asked = await (await details('pending.lead@example.com')).press('Qualify');
  const request = asked.requestOf('Qualify referral');
  const [one, two] = await Promise.all([sendAgain(app, request), sendAgain(app, request)]);
  expect(one?.text).toContain('✅ Qualified');
  expect(two?.text).toContain('✅ Qualified');
  const [row] = await rowsOf('pending.lead@example.com');
  const history = await app.query(
    "select 1 from referral_history where referral_id = $1 and what = 'status'",
    [row?.id],
  );
  expect(history).toHaveLength(1);
});

test('what the status no longer allows is refused, and so are actions that no one knows', async () => {
  const [row] = await rowsOf('qualified.user@example.com');
  const who = { email: 'qualified.user@example.com' };
  expect((await pressId(app, who, `ask-status:${row?.id}:qualify`)).text).toContain('Nothing was changed');
  expect((await pressId(app, who, `confirm-status:${row?.id}:qualify:n1`)).text).toContain(
    'Nothing was changed',
  );
  expect((await pressId(app, who, `ask-status:${row?.id}:explode`)).text).toContain('The card has changed');
  expect(
    (await pressId(app, { email: 'stranger@example.com' }, `ask-status:${row?.id}:disqualify`)).text,
  ).not.toContain('Disqualify referral');
  expect(await rowsOf('qualified.user@example.com')).toMatchObject([{ status: 'qualified' }]);
});

test('what a platform cannot store is kept here, and the card says so before and after', async () => {
  const asked = await (await details('factory.lead@example.com')).press('Disqualify');
  expect(asked.text).toContain('Referral Factory cannot store it');
  const done = await asked.press('Disqualify referral', { reason: 'Self-referral' });
  await expect
    .poll(async () => (await rowsOf('factory.lead@example.com'))[0])
    .toMatchObject({ status: 'disqualified', local_only: true });
  expect((await done.press(done.labels.includes('Refresh') ? 'Refresh' : 'Done')).text).toContain(
    'Disqualified',
  );
  expect((await details('factory.lead@example.com')).text).toContain('Referral Factory cannot store it');
});

test('each action can be switched off for the workspace', async () => {
  await change({ card_actions: { qualify: false, reopen: false } });
  const shown = await details('zoe.kallio@example.com');
  expect(shown.labels).not.toContain('Qualify');
  expect(shown.labels).toContain('Disqualify');
  const [row] = await rowsOf('zoe.kallio@example.com');
  const forced = await pressId(
    app,
    { email: 'zoe.kallio@example.com' },
    `confirm-status:${row?.id}:qualify:n2`,
  );
  expect(forced.text).toContain('switched off in your workspace');
  expect(await rowsOf('zoe.kallio@example.com')).toMatchObject([{ status: 'pending' }]);
});

test('the daily cap holds, also for presses at the same moment', async () => {
  const [{ count } = { count: 0 }] = await app.query<{ count: number }>(
    "select count(*)::int as count from runs where deduplication_key like 'card:%'",
  );
  await change({ card_actions: { daily_cap: count + 1 } });
  const one = (await (await details('zoe.kallio@example.com')).press('Qualify')).requestOf(
    'Qualify referral',
  );
  const two = (await (await details('twin@example.com', 'lead')).press('Qualify')).requestOf(
    'Qualify referral',
  );
  const answers = await Promise.all([sendAgain(app, one), sendAgain(app, two)]);
  const texts = answers.map((answer) => answer.text);
  expect(texts.filter((text) => text.includes('✅ Qualified'))).toHaveLength(1);
  expect(texts.filter((text) => text.includes('limit of'))).toHaveLength(1);
});
