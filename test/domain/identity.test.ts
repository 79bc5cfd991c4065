// One form of every identity: all spellings of one meet, no two of different ones do, and what hides something is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emailKey,
  foldText,
  idKey,
  phoneKey,
  readEmail,
  readHost,
  readId,
  readPhone,
  readText,
  tidy,
} from '../../src/domain/identity.ts';

const unseen = [
  '\u200B',
  '\u200D',
  '\u00AD',
  '\u202E',
  '\u2060',
  '\uFEFF',
  '\u061C',
  '\u3164',
  '\u0000',
  '\u007F',
  '\u{E0001}',
];
const around = fc
  .array(fc.constantFrom(...unseen, ' ', '\t', '\u00A0', '\n', '\u3000'), { maxLength: 4 })
  .map((all) => all.join(''));
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const local = fc.stringMatching(/^[a-z][a-z0-9_+.-]{0,12}[a-zäéñ]$/u);
const host = fc.tuple(label, label).map((labels) => labels.join('.'));

describe('an email', () => {
  test('is one in all its spellings', () => {
    fc.assert(
      fc.property(
        local,
        host,
        around,
        around,
        fc.array(fc.boolean(), { maxLength: 40 }),
        (name, at, before, after, caps) => {
          const address = `${name}@${at}`.normalize('NFC');
          const written = [...address]
            .map((sign, index) => (caps[index] ? sign.toUpperCase() : sign))
            .join('');
          const spellings = [
            written,
            written.normalize('NFD'),
            `${written}.`,
            written.replace(/\.(?=[a-z0-9]+$)/i, '。'),
          ];
          for (const spelling of spellings) {
            expect(readEmail(`${before}${spelling}${after}`)).toEqual(readEmail(address));
          }
          expect(readEmail(address)).toEqual({ value: address.toLowerCase() });
        },
      ),
    );
  });

  test.each([
    ['dana@bücher.example', 'dana@xn--bcher-kva.example'],
    ['dana@BU\u0308CHER.example', 'dana@xn--bcher-kva.example'],
    ['dana@xn--bcher-kva.example', 'dana@xn--bcher-kva.example'],
    ['dana@example。com', 'dana@example.com'],
    ['dana@ＥＸＡＭＰＬＥ.com', 'dana@example.com'],
    ["o'brien+a.b@example.com", "o'brien+a.b@example.com"],
  ])('%j is %j', (given, value) => {
    expect(readEmail(given)).toEqual({ value });
  });

  test.each([
    'nobody',
    'dana@localhost',
    'dana@example..com',
    'dana@example.com..',
    'dana@@example.com',
    'dana@x@example.com',
    'dana<dana@example.com>',
    'Dana <dana@example.com>',
    'dana@example.com, eve@example.com',
    'dana@example.com;eve@example.com',
    'mailto:dana@example.com',
    '"dana"@example.com',
    "'dana@example.com'",
    'dana reed@example.com',
    'da\u200Bna@example.com',
    'dana@exam\u00ADple.com',
    'dana@exa\u202Emple.com',
    'dana@127.0.0.1',
    'dana@[127.0.0.1]',
    'dana@example.com:25',
    'dana@example.com/x',
    'dana@-example.com',
    'dana@exam_ple.com',
    '@example.com',
    'dana@',
    `${'x'.repeat(65)}@example.com`,
    'dana@ex\uFFFDmple.com',
    '\uD800dana@example.com',
  ])('%j is none', (given) => {
    expect(readEmail(given)).toHaveProperty('problem');
  });

  test('with an alias is another one', () => {
    expect(emailKey('dana+a@example.com')).not.toBe(emailKey('dana@example.com'));
    expect(emailKey('da.na@example.com')).not.toBe(emailKey('dana@example.com'));
  });

  test('is compared without what hides in it, even where it would be refused', () => {
    expect(emailKey('da\u200Bna@exam\u00ADple.com')).toBe('dana@example.com');
    expect(emailKey(' Nobody ')).toBe('nobody');
    expect(emailKey('\u200B ')).toBeNull();
  });
});

describe('a form', () => {
  const strings = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom(...unseen, 'a', 'É', 'ß', 'İ', '.', '@', '1', '+', ' ', '❤️', '👨‍👩‍👧'), {
        maxLength: 12,
      })
      .map((all) => all.join('')),
    fc.tuple(local, host).map(([name, at]) => `${name}@${at}`),
  );

  test.each(Object.entries({ readEmail, readHost, readPhone, readId, readText }))(
    'of %s stays what it is when it is read again',
    (_name, read) => {
      fc.assert(
        fc.property(strings, (given) => {
          const first = read(given);
          if ('value' in first) expect(read(first.value)).toEqual(first);
          else expect(first.problem).toMatch(/^(is|has|was|stands) /);
        }),
        { numRuns: 1_000 },
      );
    },
  );

  test.each(Object.entries({ emailKey, phoneKey, foldText, tidy }))(
    'of %s stays what it is when it is made again',
    (_name, fold) => {
      fc.assert(
        fc.property(strings, (given) => {
          const first = fold(given);
          if (first !== null) expect(fold(first)).toBe(first);
        }),
        { numRuns: 1_000 },
      );
    },
  );
});

describe('a host', () => {
  test.each([
    ['Example.COM.', 'example.com'],
    ['shop.bücher.example', 'shop.xn--bcher-kva.example'],
  ])('%j is %j', (given, value) => expect(readHost(given)).toEqual({ value }));

  test.each([
    'localhost',
    '',
    '.',
    'a..b',
    '10.0.0.1',
    '0x7f.1',
    'exa mple.com',
    'a\u200B.com',
    'user@a.com',
    'a.com/b',
    '%61.com',
  ])('%j is none', (given) => expect(readHost(given)).toHaveProperty('problem'));
});

describe('a phone', () => {
  test('is one in all its spellings', () => {
    const separators = fc.constantFrom('', ' ', '-', '.', '/', '\u00A0', '\u2011');
    fc.assert(
      fc.property(
        fc.stringMatching(/^[1-9]\d{8}$/),
        fc.array(separators, { minLength: 9, maxLength: 9 }),
        around,
        (rest, between, edge) => {
          const digits = `353${rest}`;
          const apart = [...rest].map((digit, at) => digit + (at < 8 ? between[at] : '')).join('');
          const keys = [
            `+${digits}`,
            `00${digits}`,
            `+353 ${apart}`,
            `${edge}+353 (0)${apart}${edge}`,
            digits,
          ].map(phoneKey);
          expect(new Set(keys)).toEqual(new Set([digits]));
        },
      ),
    );
  });

  test.each([
    ['+353 (1) 555-0100', '+35315550100'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['00353875551234', '+353875551234'],
    ['\u202A+353 87 555 1234\u202C', '+353875551234'],
    ['0171 123-45', '017112345'],
    ['123987456', '123987456'],
    [353_875_551_234, '353875551234'],
  ])('%j is %j', (given, value) => expect(readPhone(given)).toEqual({ value }));

  test.each([
    'call me',
    '+',
    '12',
    '1234567890123456789012',
    '+353 87 555 1234 ext. 5',
    '0171+123',
    '3.53876E+11',
    9.2e18,
  ])('%j is none', (given) => expect(readPhone(given)).toHaveProperty('problem'));
});

describe('an id', () => {
  test('keeps every digit, or is refused', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (number) => {
        const digits = String(number);
        expect(readId(digits)).toEqual({ value: digits });
        const asNumber = readId(Number(digits));
        if (number <= BigInt(Number.MAX_SAFE_INTEGER)) expect(asNumber).toEqual({ value: digits });
        else expect(asNumber).toEqual({ problem: expect.stringContaining('must be text') });
      }),
    );
  });

  test.each([
    1e21,
    1.5,
    Number.NaN,
    '9.19688E+15',
    '9,2E+15',
    '',
    '\u200B',
    'a\u200Bb',
    'a\u00A0b',
    'x'.repeat(256),
  ])('%j is none', (given) => expect(readId(given)).toHaveProperty('problem'));

  test.each([
    'null',
    'NULL',
    'undefined',
    'NaN',
    'N/A',
    '#N/A',
    '#REF!',
    '#VALUE!',
    '#DIV/0!',
    '[object Object]',
    '-',
    '—',
    'none',
    '(blank)',
    'Unknown',
    'N.A.',
    '?',
  ])('%j stands for none, so that two people who have it are not the same', (given) => {
    expect(readId(given)).toEqual({ problem: 'is a placeholder, not an ID: leave the field empty' });
    expect(idKey(given)).toBeNull();
  });

  test.each([
    ['00817', '00817'],
    [' user 817\u200B', 'user 817'],
    ['Cafe\u0301', 'Café'],
    ['1e21', '1e21'],
    ['ABC', 'ABC'],
  ])('%j is %j', (given, value) => expect(readId(given)).toEqual({ value }));
});

describe('a text', () => {
  test.each([
    ['VIP ❤️ ', 'VIP ❤️'],
    ['👨‍👩‍👧', '👨‍👩‍👧'],
    ['می‌خواهم', 'می‌خواهم'],
    ['\u202Apro\u202C', 'pro'],
    ['Cafe\u0301', 'Café'],
  ])('%j is %j', (given, value) => expect(readText(given)).toEqual({ value }));

  test.each(['pr\u200Bo', 'pr\u202Eo', 'a\u0000b', 'pr\u200Do', '', '\uFEFF', 'a\uFFFDb'])(
    '%j is none',
    (given) => expect(readText(given)).toHaveProperty('problem'),
  );

  test('is compared without what no one sees', () => {
    const spellings = [
      'Café Oslo',
      ' CAFE\u0301  oslo',
      'café\u00A0oslo',
      'ca\u200Bfé\u202E Oslo',
      'café\nOslo',
    ];
    expect(new Set(spellings.map(foldText))).toEqual(new Set(['café oslo']));
  });
});
