// What a row of a batch may hold, and what it becomes.
import { expect, test } from 'vitest';
import type { ContactAttribute } from '../../src/domain/enrollment/mapping.ts';
import { batchOptions, columnName, identityOf, readRow } from '../../src/domain/imports/batch.ts';

const options = batchOptions.parse({});
const attributes: ContactAttribute[] = [
  { name: 'seats', type: 'integer', options: null },
  { name: 'plan', type: 'options', options: ['Free', 'Pro'] },
];

test('a row becomes a contact: texts of a CSV file are converted, tags taken apart', () => {
  const given = {
    role: ' User ',
    email: 'Dana@Example.com',
    name: '=1+1',
    phone: '+49 30 1234',
    signed_up_at: '2026-11-01',
    tags: 'VIP; Partner, VIP',
    'company.id': 'acme',
    'custom_attributes.seats': '5',
    'custom_attributes.plan': 'pro',
  };
  expect(readRow(given, { ...options, email_verified: true }, attributes)).toEqual({
    draft: {
      role: 'user',
      email: 'dana@example.com',
      emailVerified: true,
      name: '=1+1',
      phone: '+49 30 1234',
      signedUpAt: new Date('2026-11-01T00:00:00Z'),
      tags: ['VIP', 'Partner'],
      company: { id: 'acme', create: false },
      customAttributes: { seats: 5, plan: 'Pro' },
    },
  });
});

test('emails are marked as verified only when the operator says so', () => {
  const read = readRow({ email: 'dana@example.com' }, options, []);
  expect(read).toEqual({
    draft: { role: 'lead', email: 'dana@example.com', tags: [], customAttributes: {} },
  });
});

test.each([
  ['a role that is none', { role: 'visitor', email: 'd@example.com' }, { role: 'must be lead or user' }],
  ['a user without an email', { role: 'user', name: 'Dana' }, { email: 'is required for a user' }],
  ['nothing but a role', { role: 'lead' }, { row: 'is empty' }],
  [
    'an unknown attribute',
    { email: 'd@example.com', 'custom_attributes.nope': 'x' },
    { 'custom_attributes.nope': 'does not exist in Intercom' },
  ],
  [
    'a value of another type',
    { email: 'd@example.com', 'custom_attributes.seats': 'many' },
    { 'custom_attributes.seats': '"many" is no number' },
  ],
  [
    'two things at once',
    { email: 'nobody', phone: 'none' },
    { email: '"nobody" is no email address', phone: '"none" is no phone number' },
  ],
  [
    'a text that would have to be cut',
    { email: 'd@example.com', name: 'x'.repeat(256) },
    { name: 'is too long: it would be cut to 255 characters' },
  ],
])('%s is refused, field by field', (_what, given, problems) => {
  expect(readRow(given, options, attributes)).toEqual({ problems });
});

test('a lead needs no email, and has not signed up', () => {
  expect(readRow({ name: 'Dana', signed_up_at: 1_700_000_000 }, options, [])).toEqual({
    draft: { role: 'lead', name: 'Dana', tags: [], customAttributes: {} },
  });
});

test.each([
  ['Email', 'refuse', 'email'],
  ['External ID', 'refuse', 'external_id'],
  ['company_id', 'refuse', 'company.id'],
  ['custom_attributes.Plan', 'refuse', 'custom_attributes.Plan'],
  ['Plan', 'refuse', null],
  ['Plan', 'attributes', 'custom_attributes.Plan'],
  ['', 'attributes', null],
] as const)('the column %j (%s) is known as %j', (given, otherwise, name) => {
  expect(columnName(given, otherwise)).toBe(name);
});

test('rows are of one identity by email, whatever its capitals, else by external id', () => {
  expect(identityOf({ email: 'Dana@Example.com', externalId: '7' })).toBe('email:dana@example.com');
  expect(identityOf({ externalId: '7' })).toBe('external:7');
  expect(identityOf({})).toBeNull();
});
