// Amounts: one form for however people write them, and never a guess.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  amountText,
  isAbove,
  isSameAmount,
  readAmount,
  readCurrency,
} from '../../../src/domain/rewards/amount.ts';

describe('an amount', () => {
  test.each([
    ['10', 'EUR', '10.00'],
    ['10.00', 'EUR', '10.00'],
    ['10,00', 'EUR', '10.00'],
    [10, 'EUR', '10.00'],
    [0.1, 'EUR', '0.10'],
    ['0010,5', 'EUR', '10.50'],
    ['1.234,56', 'EUR', '1234.56'],
    ['1,234.56', 'EUR', '1234.56'],
    ['1 234,56 €', 'EUR', '1234.56'],
    ['1\u202f234\u00a0567', 'EUR', '1234567.00'],
    ["1'234.50", 'CHF', '1234.50'],
    ['1.234.567', 'EUR', '1234567.00'],
    ['EUR 10', 'EUR', '10.00'],
    ['eur10', 'EUR', '10.00'],
    ['$12.50', 'USD', '12.50'],
    ['１０，５０', 'EUR', '10.50'],
    ['1000', 'JPY', '1000'],
    ['1.234', 'KWD', '1.234'],
    ['0.500', 'EUR', '0.50'],
    ['10.00', null, '10'],
    ['10,5', null, '10.5'],
  ])('%j in %s is %s', (given, currency, value) => {
    expect(readAmount(given, currency)).toEqual({ value });
  });

  test.each([
    ['1.000', 'EUR', 'two amounts'],
    ['1,000', null, 'two amounts'],
    ['10.005', 'EUR', 'two amounts'],
    ['1000.005', 'EUR', 'at most 2 decimals'],
    ['10.5', 'JPY', 'at most 0 decimals'],
    ['0', 'EUR', 'more than 0'],
    ['0,00', null, 'more than 0'],
    ['-5', 'EUR', 'such as 10.00'],
    ['+5', 'EUR', 'such as 10.00'],
    ['1e3', 'EUR', 'such as 10.00'],
    [1e21, 'EUR', 'such as 10.00'],
    [Number.NaN, 'EUR', 'such as 10.00'],
    ['', 'EUR', 'such as 10.00'],
    ['1,23,45', 'EUR', 'such as 10.00'],
    ['1.23.456', 'EUR', 'such as 10.00'],
    ['1234567890123', 'EUR', 'below'],
    ['10 USD', 'EUR', 'must be in EUR'],
    ['$10', 'EUR', 'must be in EUR'],
    ['10 €', null, 'must not name a currency'],
  ])('%j in %s is refused: %s', (given, currency, problem) => {
    expect(readAmount(given, currency)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('is the same in every way of writing it, exactly, and in its own form stays as it is', () => {
    const separators = fc.constantFrom([',', '.'], ['.', ','], [' ', ','], ['’', '.'], ['', ','], ['', '.']);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 99_999_999_999_999n }),
        separators,
        (cents, [group = '', point = '.']) => {
          const whole = String(cents / 100n);
          const fraction = String(cents % 100n).padStart(2, '0');
          const written = `${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, group)}${point}${fraction}`;
          const own = `${whole}.${fraction}`;
          expect(readAmount(written, 'EUR')).toEqual({ value: own });
          expect(readAmount(own, 'EUR')).toEqual({ value: own });
          expect(readAmount(amountText(own, 'EUR'), 'EUR')).toEqual({ value: own });
        },
      ),
    );
  });

  test('is compared exactly, whatever its decimals', () => {
    expect(isAbove('100.01', '100')).toBe(true);
    expect(isAbove('100.00', '100')).toBe(false);
    expect(isSameAmount('10', '10.00')).toBe(true);
    expect(isAbove('999999999999.99', '999999999999.98')).toBe(true);
  });

  test('is shown with its currency', () => {
    expect(amountText('1234567.50', 'EUR')).toBe('1,234,567.50 EUR');
    expect(amountText('500', null)).toBe('500');
  });
});

test('a currency is a code that exists, in capitals', () => {
  expect(readCurrency(' eur ')).toEqual({ value: 'EUR' });
  for (const given of ['€', 'EURO', 'XQZ', ''])
    expect(readCurrency(given)).toEqual({ problem: expect.stringContaining('such as EUR') });
});
