// What a row of an import may hold, and what it becomes.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContactAttribute } from '../../../src/domain/enrollment/mapping.ts';
import {
  columnName,
  columnNames,
  identityOf,
  importOptions,
  readRow,
  unknownColumn,
} from '../../../src/domain/imports/contact-import.ts';

const options = importOptions.parse({});
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
  expect(readRow(given, { ...options, email_verified: true }, attributes, 'UTC')).toEqual({
    draft: {
      role: 'user',
      email: 'dana@example.com',
      emailVerified: true,
      name: '=1+1',
      phone: '+49301234',
      signedUpAt: new Date('2026-11-01T00:00:00Z'),
      tags: ['VIP', 'Partner'],
      company: { id: 'acme', create: false },
      customAttributes: { seats: 5, plan: 'Pro' },
    },
  });
});

test('emails are marked as verified only when the operator says so', () => {
  const read = readRow({ email: 'dana@example.com' }, options, [], 'UTC');
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
    'an attribute that is nearly spelled right',
    { email: 'd@example.com', 'custom_attributes.plann': 'x' },
    { 'custom_attributes.plann': 'does not exist in Intercom; did you mean "plan"?' },
  ],
  [
    'a value of another type',
    { email: 'd@example.com', 'custom_attributes.seats': 'many' },
    { 'custom_attributes.seats': '"many" is not a number' },
  ],
  [
    'two things at once',
    { email: 'nobody', phone: 'none' },
    { email: '"nobody" is not an email address', phone: '"none" is not a phone number' },
  ],
  [
    'a text that would have to be cut',
    { email: 'd@example.com', name: 'x'.repeat(256) },
    { name: 'is too long: it would be cut to 255 characters' },
  ],
])('%s is refused, field by field', (_what, given, problems) => {
  expect(readRow(given, options, attributes, 'UTC')).toEqual({ problems });
});

test('a lead needs no email, and has not signed up', () => {
  expect(readRow({ name: 'Dana', signed_up_at: 1_700_000_000 }, options, [], 'UTC')).toEqual({
    draft: { role: 'lead', name: 'Dana', tags: [], customAttributes: {} },
  });
});

test.each([
  ['Email', 'refuse', 'email'],
  ['\uFEFF e_MAIL\u200B', 'refuse', 'email'],
  ['="Email"', 'refuse', 'email'],
  ['User ID', 'refuse', 'external_id'],
  ['user_id', 'refuse', 'external_id'],
  ['Signed up', 'refuse', 'signed_up_at'],
  ['SIGNED_UP_AT', 'refuse', 'signed_up_at'],
  ['Company Name', 'refuse', 'company.name'],
  ['Custom Attributes.Plan', 'refuse', 'custom_attributes.Plan'],
  ['External ID', 'refuse', 'external_id'],
  ['company_id', 'refuse', 'company.id'],
  ['custom_attributes.Plan', 'refuse', 'custom_attributes.Plan'],
  ['Plan', 'refuse', null],
  ['Plan', 'attributes', 'custom_attributes.Plan'],
  ['', 'attributes', null],
] as const)('the column %j (%s) is known as %j', (given, otherwise, name) => {
  expect(columnName(given, otherwise)).toBe(name);
});

test('rows are of one identity by email, whatever its capitals, else by external ID', () => {
  expect(identityOf({ email: 'Dana@Example.com', externalId: '7' })).toBe('email:dana@example.com');
  expect(identityOf({ externalId: '7' })).toBe('external:7');
  expect(identityOf({})).toBeNull();
});

test('an unknown column is named with its nearest known one', () => {
  expect(unknownColumn('Emial')).toBe('is unknown; did you mean "email"?');
  expect(unknownColumn('external-idd')).toBe('is unknown; did you mean "external_id"?');
  expect(unknownColumn('Shoe size')).toBe('is unknown');
  expect(unknownColumn(' \u200B')).toBe('has no name');
});

test('a column means the attribute that differs from it by capitals, spaces and underscores alone', () => {
  const known: ContactAttribute[] = [{ name: 'Team_Size', type: 'integer', options: null }];
  const read = (column: string) =>
    readRow({ name: 'Dana', [`custom_attributes.${column}`]: '5' }, options, known, 'UTC');
  expect(read('team size')).toMatchObject({ draft: { customAttributes: { Team_Size: 5 } } });
  const twins: ContactAttribute[] = [...known, { name: 'team size', type: 'text', options: null }];
  expect(readRow({ name: 'Dana', 'custom_attributes.teamsize': '5' }, options, twins, 'UTC')).toHaveProperty(
    'problems',
  );
});

test('a day of a file is one of the workspace, and its order is never guessed', () => {
  const given = { role: 'user', email: 'd@example.com', signed_up_at: '03/04/2026' };
  const read = (dayFirst: boolean | undefined) =>
    readRow(given, { ...options, day_first: dayFirst }, [], 'Europe/Berlin');
  expect(read(true)).toMatchObject({ draft: { signedUpAt: new Date('2026-04-02T22:00:00Z') } });
  expect(read(false)).toMatchObject({ draft: { signedUpAt: new Date('2026-03-03T23:00:00Z') } });
  expect(read(undefined)).toMatchObject({
    problems: { signed_up_at: expect.stringMatching(/2026-04-03 or 2026-03-04/) },
  });
});

describe('of a number in a file', () => {
  const known: ContactAttribute[] = [{ name: 'worth', type: 'float', options: null }];
  const read = (worth: string | number, decimal_comma?: boolean) => {
    const row = readRow(
      { name: 'Dana', 'custom_attributes.worth': worth },
      { ...options, decimal_comma },
      known,
      'UTC',
    );
    return 'draft' in row ? row.draft.customAttributes.worth : row.problems['custom_attributes.worth'];
  };
  const groups = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 999 }));

  test('that can be a fraction or thousands, neither is guessed, and the file can say which it is', () => {
    fc.assert(
      fc.property(groups, ([isNegative, whole, rest]) => {
        const [sign, three] = [isNegative ? '-' : '', String(rest).padStart(3, '0')];
        const [fraction, thousands] = [`${sign}${whole}.${three}`, `${sign}${whole}${three}`];
        for (const written of [fraction, fraction.replace('.', ',')]) {
          expect(read(written)).toContain(`is ambiguous: use ${fraction} or ${thousands}, or set whether`);
          const isComma = written.includes(',');
          expect(read(written, isComma)).toBe(Number(fraction));
          expect(read(written, !isComma)).toBe(Number(thousands));
        }
        expect(read(Number(fraction))).toBe(Number(fraction));
      }),
    );
  });

  test('all others mean the same whatever the file says', () => {
    const plain = {
      '1.5': 1.5,
      '12.34': 12.34,
      '0.125': 0.125,
      '.5': 0.5,
      '5.': 5,
      '1,5': 1.5,
      '1.234,5': 1234.5,
    };
    for (const [written, value] of Object.entries({
      ...plain,
      '1,234.5': 1234.5,
      '1.2345': 1.2345,
      '1234.567': 1234.567,
    }))
      for (const said of [undefined, true, false]) expect(read(written, said), written).toBe(value);
  });
});

test('a custom date of a file is the day that Intercom shows, wherever the workspace is', () => {
  const known: ContactAttribute[] = [{ name: 'renews', type: 'date', options: null }];
  const read = readRow(
    { name: 'Dana', 'custom_attributes.renews': '24.12.2026' },
    options,
    known,
    'Asia/Tokyo',
  );
  expect(read).toMatchObject({ draft: { customAttributes: { renews: Date.UTC(2026, 11, 24) / 1000 } } });
});

test('docs/imports.md names every column', () => {
  const documentation = readFileSync(new URL('../../../docs/imports.md', import.meta.url), 'utf8');
  const columns = documentation.split('\n').find((line) => line.startsWith('| Columns |'));
  expect(columnNames.filter((name) => !columns?.includes(`\`${name}\``))).toEqual([]);
});
