// An attribute changes in Intercom, and the referral is qualified: on the built-in platform and on Referral Factory.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

const setPlan = (email: string, plan: string) =>
  intercom(app, 'PUT', `/contacts/${seededContact(email).id}`, { custom_attributes: { plan } });
const cardOf = async (email: string) => (await openCard(app, { email })).text;
/** As the workspace's people read it. */
const today = () =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'Europe/Dublin' }).format(new Date());
const count = async (from: string) => (await app.query(`select 1 from ${from}`)).length;
const rowsOf = (email: string, columns: string) =>
  app.query(`select ${columns} from referrals r join people p on p.id = r.person_id where p.email = $1`, [
    email,
  ]);

test('a change that does not meet the rule is explained on the card, and nothing else happens', async () => {
  await setPlan('layla.haddad@example.com', 'team');
  await expect
    .poll(() => cardOf('layla.haddad@example.com'), { interval: 40 })
    .toContain(`Qualifies when plan is pro. Plan is team as of ${today()}.`);
  expect(await cardOf('layla.haddad@example.com')).toContain('Pending');
  await settled(app);
  expect(await count(`runs where kind = 'change-status'`)).toBe(0);
});

test('the card says Qualified and why, on the built-in platform', async () => {
  await setPlan('pending.lead@example.com', 'pro');
  await expect
    .poll(() => cardOf('pending.lead@example.com'), { interval: 40 })
    .toContain(`Reason: Qualified by rule Paid plan on ${today()}: plan is pro`);
  const card = await openCard(app, { email: 'pending.lead@example.com' });
  expect(card.text).toContain('Qualified');
  expect(card.text).not.toContain('Needs');
  expect((await card.press('More')).text).toMatch(/\*\*Qualified\*\* by Paid plan/);
});

test('of someone seen before, the reason says what changed', async () => {
  await setPlan('layla.haddad@example.com', 'pro');
  await expect
    .poll(() => cardOf('layla.haddad@example.com'), { interval: 40 })
    .toContain(`Qualified by rule Paid plan on ${today()}: plan changed from team to pro`);
});

test('it is qualified on Referral Factory as well, by one write', async () => {
  const { users } = app.sandbox.world.referralFactory;
  await setPlan('factory.lead@example.com', 'pro');
  await expect
    .poll(() => cardOf('factory.lead@example.com'), { interval: 40 })
    .toContain(`Reason: Qualified by rule Paid plan on ${today()}: plan is pro`);
  await setPlan('factory.lead@example.com', 'team');
  await setPlan('factory.lead@example.com', 'pro');
  await settled(app);
  const user = users.get(autumn.lead);
  expect(user?.qualified_at).not.toBeNull();
  expect(user?.qualification_writes).toBe(1);
  expect(await rowsOf('factory.lead@example.com', 'r.status, r.reward_status')).toEqual([
    { status: 'qualified', reward_status: 'due' },
  ]);
});

test('the decision keeps the notification that caused it, and what was wanted and seen', async () => {
  const decided = await app.query(
    `select d.outcome, d.explanation, d.reasons, v.topic, v.contact_id from decisions d
     join deliveries v on v.id = d.delivery_id join referrals r on r.id = d.referral_id
     join people p on p.id = r.person_id where p.email = 'layla.haddad@example.com' order by d.id`,
  );
  const { id, role } = seededContact('layla.haddad@example.com');
  const from = { topic: `contact.${role}.updated`, contact_id: id };
  const wanted = 'plan to be pro';
  expect(decided).toEqual([
    {
      ...from,
      outcome: 'not-met',
      explanation: `Needs plan to be pro; it is team (${today()})`,
      reasons: [{ wanted, seen: 'plan is team', met: false }],
    },
    {
      ...from,
      outcome: 'met',
      explanation: `Qualified by rule Paid plan on ${today()}: plan changed from team to pro`,
      reasons: [{ wanted, seen: 'plan changed from team to pro', met: true }],
    },
  ]);
});

test('what the app itself writes to Intercom comes back as notifications, and changes nothing', async () => {
  await settled(app);
  const { id } = seededContact('pending.lead@example.com');
  const contact = app.sandbox.world.contacts.get(id);
  expect(contact?.custom_attributes).toMatchObject({ referral_status: 'Qualified', plan: 'pro' });
  const echoes = `deliveries where contact_id = '${id}' and body like '%"referral_status":"Qualified"%'`;
  expect(await count(echoes)).toBeGreaterThan(0);
  expect(await count(`deliveries where state = 'failed'`)).toBe(0);
  const told = () => app.sandbox.world.deliveries.all().length;
  const before = { runs: await count('runs'), decisions: await count('decisions'), told: told() };
  // Of a write that changes nothing, Intercom tells nothing.
  await intercom(app, 'PUT', `/contacts/${id}`, { custom_attributes: { referral_status: 'Pending' } });
  await settled(app);
  // The one notification of this very write, and none that the app caused by answering it.
  expect({ runs: await count('runs'), decisions: await count('decisions'), told: told() }).toEqual({
    ...before,
    told: before.told + 1,
  });
});
