// Every kind of row and every type of field: what a value becomes, what is left out and why, and what setup asks for.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { enrollmentSide, missingAttributes, setupOf } from '../../../src/domain/enrollment/enrollment.ts';
import { contactDraftOf, fill, type MappingFacts } from '../../../src/domain/enrollment/filled-mapping.ts';
import {
  type ContactAttribute,
  mapping,
  type Row,
  sources,
  standardTargets,
  type ValueType,
} from '../../../src/domain/enrollment/mapping.ts';
import { convert, type Fact } from '../../../src/domain/enrollment/mapping-values.ts';
import {
  campaignChanges,
  changedCampaign,
  defaultCampaignSettings,
} from '../../../src/domain/workspace/settings.ts';

const joinedAt = new Date('2026-11-20T09:30:00Z');
const facts: MappingFacts = {
  'person.email': 'dana@example.com',
  'person.name': 'Dana Reed',
  'person.external_id': 'user-817',
  'person.joined_at': joinedAt,
  'campaign.name': 'Spring',
  'referrer.name': null,
  'extra.seats': '12',
  'extra.newsletter': 'Yes',
};
const attributes: ContactAttribute[] = [
  { name: 'campaign', type: 'text', options: null },
  { name: 'plan', type: 'options', options: ['free', 'pro'] },
  { name: 'seats', type: 'integer', options: null },
  { name: 'worth', type: 'float', options: null },
  { name: 'paid', type: 'boolean', options: null },
  { name: 'joined', type: 'date', options: null },
];
const field = (from: string, to: string): Row => ({ type: 'field', from, to });
const fixed = (from: string | number | boolean, to: string): Row => ({ type: 'fixed', from, to });
const template = (from: string, to: string): Row => ({ type: 'template', from, to });
const draft = (rows: Row[], role: 'lead' | 'user' = 'lead') =>
  contactDraftOf(role, fill(mapping.parse(rows), facts, attributes, role, { timeZone: 'UTC' }));
const whyOf = (row: Row, role: 'lead' | 'user' = 'lead') =>
  fill([row], facts, attributes, role, { timeZone: 'UTC' })[0]?.why;

describe('a value becomes', () => {
  const becomes: [Exclude<Fact, null>, ValueType, string | number | boolean][] = [
    [' Dana ', 'text', 'Dana'],
    [12, 'text', '12'],
    [true, 'text', 'true'],
    [joinedAt, 'text', '2026-11-20'],
    ['PRO ', 'options', 'pro'],
    ['12', 'integer', 12],
    [-3, 'integer', -3],
    ['12.50', 'float', 12.5],
    ['yes', 'boolean', true],
    ['OFF', 'boolean', false],
    [1, 'boolean', true],
    ['1.0', 'boolean', true],
    ['0.0', 'boolean', false],
    ['1795167000.0', 'date', 1_795_167_000],
    [joinedAt, 'date', 1_795_167_000],
    ['2026-11-20', 'date', 1_795_132_800],
    ['2026-11-20T09:30:00Z', 'date', 1_795_167_000],
    ['2026-11-20T10:30:00+01:00', 'date', 1_795_167_000],
    ['2026-11-20 09:30:00', 'date', 1_795_167_000],
    ['1795167000', 'date', 1_795_167_000],
    [1_795_167_000_123, 'date', 1_795_167_000],
    ['dana@example.com', 'email', 'dana@example.com'],
    ['+353 (1) 555-0100', 'phone', '+35315550100'],
    ['1,5', 'float', 1.5],
    ['-12,50', 'float', -12.5],
    ['1.234,5', 'float', 1234.5],
    ['1,234.5', 'float', 1234.5],
    ['1.234.567', 'integer', 1_234_567],
    ['1 234\u00A0567', 'integer', 1_234_567],
    ['1.0', 'integer', 1],
    ['.5', 'float', 0.5],
    ['-,5', 'float', -0.5],
    ['5.', 'integer', 5],
    ['5,', 'integer', 5],
    ['1.234', 'float', 1.234],
    ['1e21', 'float', 1e21],
    ['24/12/2026', 'date', 1_798_070_400],
    ['24.12.2026', 'date', 1_798_070_400],
    ['9196877626998785', 'text', '9196877626998785'],
    ['00817', 'id', '00817'],
    ['\u200BVIP ❤️', 'tag', 'VIP ❤️'],
    [7310001, 'admin', '7310001'],
    ['https://example.com/a.png', 'address', 'https://example.com/a.png'],
    ['pt-BR', 'language', 'pt-BR'],
    [5, 'other', 5],
  ];
  test.each(becomes)('%s as %s: %s', (fact, type, value) => {
    expect(convert(fact, type, ['free', 'pro'])).toEqual({ value });
  });
});

describe('left out, with words for it, is', () => {
  const refused: [Exclude<Fact, null>, ValueType, RegExp][] = [
    ['gold', 'options', /"gold" is none of free, pro/],
    ['12.5', 'integer', /"12.5" is not a whole number/],
    ['twelve', 'integer', /not a number/],
    ['9007199254740993', 'integer', /more digits/],
    ['1,234', 'float', /use 1\.234 or 1234/],
    ['1,2,3', 'float', /not a number/],
    ['.', 'float', /not a number/],
    [',', 'float', /not a number/],
    ['1.2.3', 'float', /not a number/],
    ['9007199254740993', 'float', /more digits/],
    [1e21, 'text', /must be text/],
    [9_007_199_254_740_992, 'id', /must be text/],
    ['9.19688E+15', 'id', /shortened by a spreadsheet/],
    ['46357', 'date', /between 1990 and 2100/],
    [0, 'date', /between 1990 and 2100/],
    ['03/04/2026', 'date', /2026-04-03 or 2026-03-04/],
    ['da\u200Bna@example.com', 'email', /invisible character inside \(U\+200B\)/],
    ['0x10', 'float', /not a number/],
    [joinedAt, 'float', /not a number/],
    ['maybe', 'boolean', /neither true nor false/],
    [2, 'boolean', /neither true nor false/],
    ['tomorrow', 'date', /not a date/],
    ['2026-02-31', 'date', /not a date/],
    [true, 'date', /not a date/],
    ['dana at example', 'email', /not an email address/],
    ['call me', 'phone', /not a phone number/],
    ['353871234567.0', 'phone', /changed to a decimal number/],
    ['087 123 4567 / 087 999 1234', 'phone', /not a phone number/],
    ['2.0', 'boolean', /neither true nor false/],
    ['Aoife', 'admin', /not the ID of a teammate/],
    ['javascript:alert(1)', 'address', /not a web address/],
    ['English, please', 'language', /not a language code/],
  ];
  test.each(refused)('%s as %s', (fact, type, words) => {
    expect(convert(fact, type, ['free', 'pro'])).toEqual({ problem: expect.stringMatching(words) });
  });

  test('what lies beyond the 255th character of a text, never half of one', () => {
    const read = convert(`${'x'.repeat(254)}🌱 and more`, 'text', null);
    expect(read).toEqual({ value: 'x'.repeat(254), note: 'cut to 255 characters' });
  });
});

describe('a row', () => {
  test('of each type fills its field', () => {
    const rows = [
      field('person.email', 'email'),
      field('person.name', 'name'),
      field('extra.seats', 'custom_attributes.seats'),
      field('extra.newsletter', 'custom_attributes.paid'),
      field('person.joined_at', 'custom_attributes.joined'),
      fixed('Referred', 'tags'),
      fixed(19.9, 'custom_attributes.worth'),
      template('In {campaign.name} since { person.joined_at }', 'custom_attributes.campaign'),
      template('{campaign.name} 2026', 'tags'),
    ];
    expect(draft(rows)).toEqual({
      role: 'lead',
      email: 'dana@example.com',
      name: 'Dana Reed',
      customAttributes: {
        seats: 12,
        paid: true,
        joined: 1_795_167_000,
        worth: 19.9,
        campaign: 'In Spring since 2026-11-20',
      },
      tags: ['Referred', 'Spring 2026'],
    });
  });

  test('reaches every field of Intercom', () => {
    const rows = [
      fixed('+353 1 555 0100', 'phone'),
      field('person.external_id', 'external_id'),
      fixed(7310001, 'owner_id'),
      fixed('https://example.com/a.png', 'avatar'),
      fixed(true, 'unsubscribed_from_emails'),
      fixed('de', 'language_override'),
      field('person.joined_at', 'signed_up_at'),
      fixed('acme', 'company.id'),
      fixed('Acme Ltd', 'company.name'),
    ];
    expect(draft(rows, 'user')).toEqual({
      role: 'user',
      phone: '+35315550100',
      externalId: 'user-817',
      ownerId: '7310001',
      avatarUrl: 'https://example.com/a.png',
      unsubscribed: true,
      language: 'de',
      signedUpAt: joinedAt,
      company: { id: 'acme', name: 'Acme Ltd', create: true },
      customAttributes: {},
      tags: [],
    });
  });

  test('without a value is left out, a template already when one of its fields has none', () => {
    expect(draft([field('referrer.name', 'name')])).not.toHaveProperty('name');
    expect(whyOf(field('extra.shoe_size', 'name'))).toBe('extra.shoe_size is not known');
    expect(whyOf(template('By {referrer.name} in {campaign.name}', 'name'))).toBe(
      'referrer.name is not known',
    );
    expect(whyOf(field('constructor', 'name'))).toBe('constructor is not known');
  });

  test('of a date of signing up suits users and not leads', () => {
    const row = field('person.joined_at', 'signed_up_at');
    expect(draft([row], 'lead')).not.toHaveProperty('signedUpAt');
    expect(whyOf(row)).toMatch(/Intercom keeps no sign-up date for leads/);
  });

  test('of a company without a name attaches it and makes none', () => {
    expect(draft([fixed('acme', 'company.id')])).toMatchObject({ company: { id: 'acme', create: false } });
  });

  test.each([
    ['an unknown field', field('person.shoes', 'name'), /must be one of person.email/],
    ['an unknown target', field('person.name', 'nickname'), /must be one of email/],
    ['a misspelled field', field('person.nmae', 'name'), /; did you mean person.name\?/],
    ['a misspelled target', field('person.name', 'nmae'), /; did you mean \\"name\\"\?/],
    ['a placeholder of nothing', template('Hi {shoes}', 'name'), /\{shoes\} must be one of/],
    ['a misspelled placeholder', template('By {referer.name}', 'name'), /Did you mean \{referrer.name\}\?/],
    ['a placeholder cut short', template('Hi {first_name}', 'name'), /Did you mean \{person.first_name\}\?/],
    [
      'an attribute of our own',
      fixed('Pending', 'custom_attributes.referral_status'),
      /written by Referral Desk/,
    ],
    ['one email for everybody', fixed('all@example.com', 'email'), /must come from a field/],
    ['a NUL', fixed('a\0b', 'name'), /unprintable/],
  ])('is refused when it names %s', (_what, row, words) => {
    expect(mapping.safeParse([row]).error?.message).toMatch(words);
  });

  test('is refused when its field is mapped already, unless that is the tags', () => {
    const name = field('person.name', 'name');
    expect(mapping.safeParse([name, name]).error?.message).toMatch(/earlier row/);
    expect(mapping.safeParse([fixed('a', 'tags'), fixed('b', 'tags')]).success).toBe(true);
  });
});

describe('setup', () => {
  const side = (more: object) => enrollmentSide.parse(more);
  const email = field('person.email', 'email');

  test('wants an email, unless leads may do without or nothing is done', () => {
    expect(setupOf(side({}), attributes).missing).toEqual([expect.stringContaining('Map a field to email')]);
    expect(setupOf(side({ mapping: [email] }), attributes)).toEqual({ complete: true, missing: [] });
    expect(setupOf(side({ email: 'optional' }), attributes).complete).toBe(true);
    expect(setupOf(side({ email: 'optional', action: 'create-user' }), attributes).complete).toBe(false);
    expect(setupOf(side({ action: 'nothing' }), attributes).complete).toBe(true);
  });

  test.each([
    [fixed('x', 'custom_attributes.color'), /Create the attribute custom_attributes.color/],
    [field('person.name', 'custom_attributes.seats'), /takes a whole number/],
    [field('person.joined_at', 'custom_attributes.worth'), /takes a number/],
    [template('{extra.seats}', 'custom_attributes.paid'), /takes true or false/],
    [fixed('gold', 'custom_attributes.plan'), /"gold" is none of free, pro/],
    [fixed('Acme Ltd', 'company.name'), /Map a field to company.id/],
  ])('says of %s what is missing', (row, words) => {
    expect(setupOf(side({ mapping: [email, row] }), attributes).missing).toEqual([
      expect.stringMatching(words),
    ]);
  });

  test('takes from the platform’s own fields whatever they hold, and asks nothing when Intercom cannot be asked', () => {
    const rows = [email, field('extra.seats', 'custom_attributes.seats')];
    expect(setupOf(side({ mapping: rows }), attributes).complete).toBe(true);
    const unknown = [email, fixed('x', 'custom_attributes.color')];
    expect(setupOf(side({ mapping: unknown }), null).complete).toBe(true);
  });

  test('knows which type a missing attribute should have', () => {
    const rows = [
      email,
      field('person.joined_at', 'custom_attributes.since'),
      field('referrer.name', 'custom_attributes.by'),
      fixed(true, 'custom_attributes.referred'),
      fixed(3, 'custom_attributes.level'),
      fixed(3, 'custom_attributes.seats'),
    ];
    expect(missingAttributes(side({ mapping: rows }), attributes)).toEqual([
      { name: 'since', type: 'date' },
      { name: 'by', type: 'string' },
      { name: 'referred', type: 'boolean' },
      { name: 'level', type: 'float' },
    ]);
  });
});

test('a new mapping takes the place of the old one, and the rest of the settings stays', () => {
  const change = (given: object) => campaignChanges.parse({ enrollment: { leads: given } });
  const first = changedCampaign(
    defaultCampaignSettings,
    change({ mapping: [field('person.email', 'email'), field('person.name', 'name')], duplicates: 'fill' }),
  );
  const second = changedCampaign(first, change({ mapping: [field('person.email', 'email')] }));
  expect(second.enrollment.leads).toMatchObject({
    duplicates: 'fill',
    mapping: [{ type: 'field', from: 'person.email', to: 'email' }],
  });
  expect(changedCampaign(second, change({ mapping: null })).enrollment.leads.mapping).toEqual([]);
  expect(second.enrollment.referrers).toEqual(defaultCampaignSettings.enrollment.referrers);
});

test('docs/enrollment.md names every source and every field', () => {
  const documentation = readFileSync(new URL('../../../docs/enrollment.md', import.meta.url), 'utf8');
  const [, mappings = ''] = documentation.split('\n## Map fields\n');
  const [section = ''] = mappings.split('\n## ');
  // "`person.email`, `.name`" stands for person.email and person.name.
  const named = section.split('\n').flatMap((line) => {
    const [, cell = ''] = line.split('|');
    const names = [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name);
    const [group = ''] = names[0]?.split('.') ?? [];
    return names.map((name) => (name.startsWith('.') ? `${group}${name}` : name));
  });
  const known = [...Object.keys(sources), ...Object.keys(standardTargets)];
  expect(known.filter((name) => !named.includes(name))).toEqual([]);
});
