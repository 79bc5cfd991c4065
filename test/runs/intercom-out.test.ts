// Intercom cannot be written to for a while: referrals qualify all the same, and Intercom is told when it is back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { settled, silence, tell } from '../support/changes.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';

let app: TestApp;
let aheadMs = 0;
beforeAll(async () => {
  app = await startTestApp({ overrides: { now: () => new Date(Date.now() + aheadMs) } });
  await silence(app);
});
afterAll(() => app?.close());

const emails = ['pending.lead@example.com', 'factory.lead@example.com'];

async function change(email: string, plan: string, second: number) {
  const { id } = seededContact(email);
  const at = new Date(Date.now() - 60_000 + second * 1_000).toISOString();
  const item = contactItem({ id, email, role: 'lead', custom_attributes: { plan }, updated_at: at });
  const data = { type: 'notification_event_data', item };
  await tell(app, notification({ topic: 'contact.lead.updated', data }));
}

const toldTo = (email: string) =>
  app.query<{ kind: string; state: string; paused_for: string | null }>(
    `select kind, state, paused_for from runs where contact_id = $1 and kind in ('write-back', 'tag')`,
    [seededContact(email).id],
  );
const statusOf = async (email: string) =>
  (
    await app.query<{ status: string }>(
      'select r.status from referrals r join people p on p.id = r.person_id where p.email = $1',
      [email],
    )
  )[0]?.status;

test('what waits for Intercom does not keep its person from being qualified, on either platform', async () => {
  const pattern = '^/(contacts|tags|events|data_attributes|me)';
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 503,
    match: { pattern },
    times: 'always',
  });
  for (const email of emails) await change(email, 'free', 1);
  // The first of each in line.
  for (const email of emails)
    await expect
      .poll(async () => (await toldTo(email)).some((run) => run.paused_for === 'intercom'))
      .toBe(true);

  for (const email of emails) await change(email, 'pro', 2);
  for (const email of emails) await expect.poll(() => statusOf(email)).toBe('qualified');
  const factory = referralFactoryOf(app.sandbox);
  const [copy] = await app.query<{ platform_id: string }>(
    'select r.platform_id from referrals r join people p on p.id = r.person_id where p.email = $1',
    ['factory.lead@example.com'],
  );
  expect(factory.user(copy?.platform_id ?? '')).toMatchObject({ qualification_writes: 1 });
  for (const email of emails)
    expect(await toldTo(email)).not.toContainEqual(expect.objectContaining({ state: 'done' }));

  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  aheadMs += 61_000;
  await settled(app);
  for (const email of emails)
    expect(app.sandbox.world.contacts.get(seededContact(email).id)?.custom_attributes).toMatchObject({
      referral_status: 'Qualified',
    });
});
