// A person who joins on an outside platform becomes a contact too, with the platform's own fields: by its hook, and by a poll.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { settled } from '../support/changes.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';

let app: TestApp;
let desk: Enrolling;
let campaign: string;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    overrides: { everyMs: { scheduleReconciles: 300, planWaitingEnrollments: 300 } },
  });
  desk = await enrollingIn(app);
  const [row] = await app.query<{ id: string }>(`select id from campaigns where name = 'Autumn'`);
  campaign = row?.id ?? '';
  const link = { type: 'field', from: 'share_link', to: 'custom_attributes.referral_code' };
  await desk.change(campaign, {
    leads: {
      mapping: [
        email,
        name,
        { type: 'field', from: 'extra.Phone number', to: 'phone' },
        { type: 'field', from: 'extra.seats', to: 'custom_attributes.seats' },
        {
          type: 'template',
          from: '{referrer.name} at {campaign.platform}',
          to: 'custom_attributes.referral_code',
        },
        { type: 'field', from: 'extra.source', to: 'tags' },
      ],
    },
    referrers: { mapping: [email, link] },
  });
});
afterAll(() => app?.close());

const meta = [
  { field: 'Phone number', value: '+353 1 555 0123' },
  { field: 'seats', value: '7' },
];

test('a lead of Referral Factory is in Intercom with its own fields, whether or not a hook came', async () => {
  const { api } = referralFactoryOf(app.sandbox);
  const given = { campaign_id: autumn.campaign, referrer: { field: 'id', value: autumn.referrer }, meta };
  await api.post('/users', { ...given, first_name: 'Hooked Lead', email: 'hooked@example.com' });
  await expect.poll(() => desk.contactsOf('hooked@example.com').length).toBe(1);
  await settled(app);
  const [contact] = desk.contactsOf('hooked@example.com');
  expect(contact).toMatchObject({
    role: 'lead',
    name: 'Hooked Lead',
    phone: '+35315550123',
    custom_attributes: {
      seats: 7,
      referral_code: 'Astrid Berg at referral-factory',
      referral_status: 'Pending',
    },
  });
  expect(desk.tagsOf(contact?.id ?? null)).toEqual(expect.arrayContaining(['Api', 'Referred']));

  app.sandbox.world.referralFactory.hooks.clear();
  await api.post('/users', { ...given, first_name: 'Polled Lead', email: 'polled@example.com' });
  await desk.caller.post('/connections/compare', { platform: 'referral-factory', repair: true });
  await expect.poll(() => desk.contactsOf('polled@example.com').length).toBe(1);
  expect(desk.contactsOf('polled@example.com')[0]).toMatchObject({ phone: '+35315550123' });
});

test('a referrer of Referral Factory carries the link that it gave them', async () => {
  const { api } = referralFactoryOf(app.sandbox);
  const given = {
    campaign_id: autumn.campaign,
    first_name: 'New Referrer',
    email: 'refers.there@example.com',
  };
  const { data } = await api.post('/users', given);
  await desk.caller.post('/connections/compare', { platform: 'referral-factory', repair: true });
  await expect.poll(() => desk.contactsOf('refers.there@example.com').length).toBe(1);
  const [contact] = desk.contactsOf('refers.there@example.com');
  expect(contact?.custom_attributes.referral_code).toBe(data.data.url);
});

test('who was copied before anyone asked for contacts is not sent', async () => {
  await settled(app);
  const [before] = await app.query<{ n: number }>(
    `select count(*)::int as n from enrollments e join people p on p.id = e.person_id where p.email = 'factory.lead@example.com'`,
  );
  expect(before?.n).toBe(0);
});
