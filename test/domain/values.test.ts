// Values compared by their meaning: an equivalence for every type, which no way of writing a value changes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comparable, type ComparedAs, decimalOf, numberOf, sameValue } from '../../src/domain/values.ts';

const types: ComparedAs[] = ['text', 'number', 'yes-no', 'date', 'tags', 'email', 'phone', 'other'];
const twins: Comparable[] = [
  5,
  '5',
  '5.0',
  ' 5 ',
  '5e0',
  1_795_000_000,
  '1795000000',
  1_795_000_000_000,
  '2026-11-18T09:46:40.250Z',
  '2026-11-18T10:46:40+01:00',
  '2026-11-18',
  true,
  'TRUE',
  'true',
  false,
  'Pro',
  'pro ',
  'pr\u200Bo',
  '',
  null,
  [],
  ['a', 'b'],
  ['b', 'a'],
  'Dana@Example.com',
  'dana@example.com.',
  '+353 87 555 1234',
  '00353875551234',
  '9196877626998785',
  '9196877626998784',
];
const anyValue = fc.oneof(
  fc.constantFrom(...twins),
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
);

describe('for every type', () => {
  test.each(types)('%s, to be the same is an equivalence', (type) => {
    fc.assert(
      fc.property(anyValue, anyValue, anyValue, (a, b, c) => {
        expect(sameValue(type, a, a)).toBe(true);
        expect(sameValue(type, a, b)).toBe(sameValue(type, b, a));
        if (sameValue(type, a, b) && sameValue(type, b, c)) expect(sameValue(type, a, c)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each(types)('%s, all that is empty is the same and nothing else is', (type) => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const isEmpty = value === '' || value === null || (Array.isArray(value) && value.length === 0);
        for (const empty of ['', null, []]) expect(sameValue(type, value, empty)).toBe(isEmpty);
      }),
    );
  });
});

const same: [ComparedAs, Comparable, Comparable][] = [
  ['number', 5, '5.0'],
  ['number', '1e3', 1000],
  ['number', -0, 0],
  ['number', 0.5, '.5'],
  ['number', 5, '5.'],
  ['yes-no', true, 'true'],
  ['yes-no', true, 1],
  ['yes-no', false, 'No'],
  ['date', '2026-11-18T09:46:40.250Z', 1_794_995_200],
  ['date', '2026-11-18T10:46:40+01:00', 1_794_995_200_000],
  ['date', '2026-11-18', 1_794_960_000],
  ['text', 'Pro', ' pro\u200B'],
  ['text', 5, '5'],
  ['email', 'Dana@Example.com', 'dana@example.com.'],
  ['phone', '+353 (87) 555-1234', '00353875551234'],
  ['tags', ['a', 'b'], ['b', 'a']],
  ['other', '2026-11-18T09:46:40.250Z', 1_794_995_200],
  ['other', 5, '5.0'],
  ['other', true, 'true'],
];
test.each(same)('as %s, %j and %j are the same', (type, one, other) => {
  expect(sameValue(type, one, other)).toBe(true);
});

const different: [ComparedAs, Comparable, Comparable][] = [
  ['number', '9196877626998785', '9196877626998784'],
  ['other', '9196877626998785', '9196877626998784'],
  ['number', 5, '5 seats'],
  ['number', 0, '.'],
  ['yes-no', true, false],
  ['text', '1.1', '1.10'],
  ['text', '5', '5.0'],
  ['date', 1_794_995_200, 1_794_995_201],
  ['email', 'dana+a@example.com', 'dana@example.com'],
  ['tags', ['a'], ['a', 'b']],
  ['tags', ['1'], '1'],
];
test.each(different)('as %s, %j and %j differ', (type, one, other) => {
  expect(sameValue(type, one, other)).toBe(false);
});

test('a number and its text are one number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      expect(numberOf(String(number)) === number).toBe(true);
      expect(sameValue('number', number, String(number))).toBe(true);
    }),
  );
});

test('the digits of a number are kept, however many there are', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (one, other) => {
      expect(decimalOf(String(one)) === decimalOf(String(other))).toBe(one === other);
    }),
  );
});
