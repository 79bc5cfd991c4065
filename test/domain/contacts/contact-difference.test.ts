// What has to be written where a contact is there already: only what says something else, however it is written.
import { describe, expect, test } from 'vitest';
import { differingFields, isOfDraft } from '../../../src/domain/contacts/contact-difference.ts';
import type { ContactDraft, IntercomContact } from '../../../src/domain/contacts/contact-draft.ts';
import { isOlder } from '../../../src/domain/qualification/snapshot.ts';
import { difference } from '../../../src/domain/runs/write-back.ts';

const contact: IntercomContact = {
  id: 'c1',
  role: 'user',
  email: 'Dana@Example.com',
  externalId: 'Cafe\u0301-1',
  name: 'Dana Café',
  pseudonym: null,
  phone: '+353871234567',
  ownerId: null,
  avatarUrl: null,
  unsubscribed: false,
  language: null,
  signedUpAt: new Date('2026-11-30T09:00:00Z'),
  createdAt: null,
  lastActiveAt: null,
  customAttributes: {
    seats: 5,
    renews: '2026-11-30T09:00:00.250+00:00',
    paid: true,
    plan: 'Pro',
    account: '9196877626998784',
  },
  blocked: false,
};
const draft: ContactDraft = { role: 'user', customAttributes: {}, tags: [] };
const ways = { fillOnly: false, user: true, convert: false };
const written = (changes: Partial<ContactDraft>) => differingFields({ ...draft, ...changes }, contact, ways);

describe('nothing is written for', () => {
  test.each<[string, Partial<ContactDraft>]>([
    ['an email in other capitals', { email: 'dana@EXAMPLE.com.' }],
    ['a phone that Intercom has rewritten', { phone: '00353 (87) 123-4567' }],
    ['an id in another form of Unicode', { externalId: 'Café-1' }],
    ['a name in another form of Unicode', { name: ' Dana Cafe\u0301' }],
    ['the same second', { signedUpAt: new Date('2026-11-30T09:00:00.900Z') }],
    ['a number that is a text', { customAttributes: { seats: '5.0' } }],
    ['a moment in seconds', { customAttributes: { renews: Date.UTC(2026, 10, 30, 9) / 1000 } }],
    ['true that is a text', { customAttributes: { paid: 'true' } }],
  ])('%s', (_what, changes) => {
    expect(written(changes)).toEqual({});
  });
});

describe('it is written', () => {
  test.each<[string, Partial<ContactDraft>]>([
    ['that capitals of a text differ', { customAttributes: { plan: 'pro' } }],
    ['that the last digit of a long number differs', { customAttributes: { account: '9196877626998785' } }],
    ['that a second differs', { customAttributes: { renews: Date.UTC(2026, 10, 30, 9) / 1000 + 1 } }],
    ['that a phone differs', { phone: '+353871234568' }],
  ])('%s', (_what, changes) => {
    expect(written(changes)).toEqual(changes);
  });
});

test('a contact is the draft in every spelling', () => {
  const spelled = { email: ' DANA@example.com', externalId: 'Café-1', phone: '00353 87 1234567' };
  expect(isOfDraft({ ...draft, ...spelled }, contact)).toBe(true);
  expect(isOfDraft({ ...draft, ...spelled, phone: '0871234567' }, contact)).toBe(false);
});

test('what was written back is not written again because Intercom shows it in another way', () => {
  const wanted = { referral_count: 5, referral_qualified_at: 1_795_000_000, referral_status: 'Pending' };
  const shown = {
    referral_count: '5',
    referral_qualified_at: '2026-11-18T11:06:40Z',
    referral_status: 'Pending',
  };
  expect(difference(wanted, shown)).toEqual({});
  expect(difference(wanted, { ...shown, referral_status: 'pending' })).toEqual({
    referral_status: 'Pending',
  });
});

test('a state of the same second as the known one is not taken for older', () => {
  const known = new Date('2026-11-30T09:00:00.900Z');
  expect(isOlder(new Date('2026-11-30T09:00:00Z'), known, known)).toBe(false);
  expect(isOlder(new Date('2026-11-30T08:59:59Z'), known, known)).toBe(true);
  expect(isOlder(new Date('2026-11-30T09:00:00.800Z'), known, known)).toBe(true);
});
