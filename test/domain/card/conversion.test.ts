// What a merge would keep, fill in and discard, as a teammate reads it.
import { expect, test } from 'vitest';
import { type ContactRecord, mergeOutcome } from '../../../src/domain/card/conversion.ts';

const contact = (more: Partial<ContactRecord>): ContactRecord => ({
  id: '1',
  role: 'lead',
  email: null,
  phone: null,
  name: null,
  externalId: null,
  createdAt: null,
  ownerId: null,
  customAttributes: {},
  counts: { tags: 0, notes: 0, companies: 0 },
  socialProfiles: [],
  updatedAt: null,
  ...more,
});

const valuesOf = (customAttributes: ContactRecord['customAttributes']) =>
  mergeOutcome(contact({ customAttributes }), contact({}), 'UTC').map(({ field, lead }) => [field, lead]);

test('days are written as days, and amounts as amounts', () => {
  expect(
    valuesOf({ last_order_at: 1795046400, signup_date: 1792627200, points: 1795046400, visited_at: 12 }),
  ).toEqual([
    ['last_order_at', 'Nov 19, 2026'],
    ['points', '1795046400'],
    ['signup_date', 'Oct 22, 2026'],
    ['visited_at', '12'],
  ]);
});

test('an owner of unknown name is not bare number', () => {
  const [owner] = mergeOutcome(contact({ ownerId: '7310002' }), contact({}), 'UTC');
  expect(owner).toEqual({ field: 'Owner', lead: 'teammate 7310002', user: null, outcome: 'filled' });
});

test('the values are compared as they are, whatever they are shown as', () => {
  const at = (seconds: number) => contact({ customAttributes: { seen_at: seconds } });
  const [seen] = mergeOutcome(at(1795046400), at(1795046401), 'UTC');
  expect(seen?.outcome).toBe('discarded');
});

test('attributes named like what every object inherits are compared as any other', () => {
  const named = contact({
    customAttributes: JSON.parse('{"constructor":"ACME","__proto__":"x","toString":1}'),
  });
  expect(mergeOutcome(named, contact({}), 'UTC')).toEqual([
    { field: '__proto__', lead: 'x', user: null, outcome: 'filled' },
    { field: 'constructor', lead: 'ACME', user: null, outcome: 'filled' },
    { field: 'toString', lead: '1', user: null, outcome: 'filled' },
  ]);
  expect(mergeOutcome(contact({}), named, 'UTC').map((field) => field.outcome)).toEqual([
    'kept',
    'kept',
    'kept',
  ]);
});
