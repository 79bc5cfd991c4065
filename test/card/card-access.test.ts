// Who may change something from the card, by role and by the workspace's setting; refused where the work is done.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { inboxBody, openCard, send } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

const who = { email: 'layla.haddad@example.com' };
const referral = async () =>
  (
    await app.query<{ id: string; status: string }>(
      'select r.id, r.status from referrals r join people p on p.id = r.person_id where p.email = $1',
      [who.email],
    )
  )[0];

/** The text of the answer to a press of this teammate, whatever their card offered. */
async function pressAs(teammate: { id: string; email: string }, componentId: string): Promise<string> {
  const admin = { type: 'admin', name: 'Priya Raman', ...teammate };
  const body = inboxBody(app, who, { admin, component_id: componentId, input_values: {} });
  return (await send(app, '/intercom/inbox/submit', JSON.stringify(body))).text();
}

async function allow(card_actions: object): Promise<void> {
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', $1, now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
    [JSON.stringify({ card_actions })],
  );
}

async function member(id: string, role: 'viewer' | 'administrator', removed = false): Promise<void> {
  await app.query(
    `insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at, removed_at)
     values ('sandbox', $1, $2, $3, $4, now(), now(), case when $5 then now() end)`,
    [id, `Member ${id}`, `${id}@northwind.example`, role, removed],
  );
}

const unknown = { id: 'never-signed-in', email: 'new@northwind.example' };

test('a viewer is refused at every button that changes something, and told who can help', async () => {
  await member('v1', 'viewer');
  const { id } = (await referral()) ?? { id: '' };
  const viewer = { id: 'v1', email: 'v1@northwind.example' };
  const presses = [
    `ask-status:${id}:qualify`,
    `confirm-status:${id}:qualify:n1`,
    `confirm-status:${id}:disqualify:n2`,
    'start-conversion',
    'confirm-role-change:n3',
    `confirm-unlink:${id}`,
    'confirm-merge:1:n4:no',
    `answer-review:${id}:update`,
    `choose-person:${id}`,
  ];
  for (const press of presses) {
    const text = await pressAs(viewer, press);
    expect(text, press).toMatch(/Viewers can’t change anything here\. Ask .+\./);
  }
  expect(await referral()).toMatchObject({ status: 'pending' });
  expect(await app.query("select 1 from runs where deduplication_key like 'card:%'")).toEqual([]);
  expect(await pressAs(viewer, `show-referral:${id}`)).not.toContain('Viewers');
});

test('a removed teammate is refused, a teammate who never signed in is not', async () => {
  await member('gone', 'administrator', true);
  const { id } = (await referral()) ?? { id: '' };
  expect(await pressAs({ id: 'gone', email: '' }, `ask-status:${id}:qualify`)).toContain(
    'access was removed',
  );
  expect(await pressAs(unknown, `ask-status:${id}:qualify`)).toContain('Qualify referral');
});

test('the workspace lists who may act, or lets no one', async () => {
  const { id } = (await referral()) ?? { id: '' };
  const press = `confirm-status:${id}:qualify:n5`;
  await allow({ allowed: 'nobody' });
  expect(await pressAs(unknown, press)).toContain('allows no changes from the card');
  await allow({ allowed: 'listed', allowed_emails: ['other@northwind.example'] });
  expect(await pressAs(unknown, press)).toContain('You are not on the list');
  expect(await referral()).toMatchObject({ status: 'pending' });
  await allow({ allowed: 'listed', allowed_emails: ['New@Northwind.example'] });
  expect(await pressAs(unknown, press)).toContain('✅ Qualified');
  expect(await referral()).toMatchObject({ status: 'qualified' });
});

test('the limit is told before anything is typed', async () => {
  await allow({ daily_cap: 0 });
  const details = await (await openCard(app, { email: 'zoe.kallio@example.com' })).press('More');
  const refused = await details.press('Disqualify');
  expect(refused.text).toContain('The daily limit of 0 changes');
  expect(refused.labels).not.toContain('Disqualify referral');
});

test('without Intercom’s access, an administrator can reconnect, and an agent is told who can help', async () => {
  await app.query("update installations set status = 'revoked' where workspace_id = 'sandbox'");
  const installer = await openCard(app, who);
  expect(installer.labels).toEqual(['Install Referral Desk', 'Refresh']);
  const agent = await openCard(app, who, { admin: { type: 'admin', name: 'Priya Raman', ...unknown } });
  expect(agent.text).toMatch(/Ask Aoife Brennan( or another administrator)? to reconnect Intercom\./);
  expect(agent.labels).toEqual(['Refresh']);
  await app.query("update installations set status = 'active' where workspace_id = 'sandbox'");
});
