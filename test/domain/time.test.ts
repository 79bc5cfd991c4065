// The reader of moments: every spelling of a moment that is taken, and what is refused instead of being guessed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentOf, orderOf, pastMoment, readMoment, toSeconds } from '../../src/domain/time.ts';
import { edge } from '../support/spellings.ts';

const moments = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('a moment', () => {
  test('is the same in every spelling that keeps its milliseconds', () => {
    fc.assert(
      fc.property(
        moments,
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        fc.nat(999_999),
        (at, ahead, more) => {
          const shifted = new Date(at.getTime() + ahead * 60_000).toISOString().slice(0, -1);
          const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60].map((part) =>
            String(part).padStart(2, '0'),
          );
          const sign = ahead < 0 ? '-' : '+';
          const iso = at.toISOString();
          const spellings = [
            at,
            iso,
            iso.toLowerCase(),
            ` ${iso.replace('T', ' ')}\uFEFF`,
            iso.replace('.', ','),
            iso.replace('Z', ' UTC'),
            `${shifted}${sign}${hours}:${minutes}`,
            `${shifted}${sign}${hours}${minutes}`,
            `${shifted}${more}${sign}${hours}:${minutes}`,
          ];
          for (const written of spellings) expect(momentOf(written), String(written)).toEqual(at);
        },
      ),
    );
  });

  test('is the same whatever draws nothing around it', () => {
    fc.assert(
      fc.property(moments, edge, edge, (at, before, after) => {
        expect(momentOf(`${before}${at.toISOString()}${after}`)).toEqual(at);
      }),
    );
  });

  test('is the same as seconds, as a text of seconds and as ISO without a fraction', () => {
    fc.assert(
      fc.property(moments, (at) => {
        const seconds = toSeconds(at);
        const floored = new Date(seconds * 1000);
        const iso = floored.toISOString().replace('.000', '');
        for (const written of [seconds, String(seconds), iso]) {
          expect(readMoment(written), String(written)).toEqual({ at: floored, precision: 'second' });
        }
      }),
    );
  });

  test('is the same as milliseconds, from the size on that no second has', () => {
    fc.assert(
      fc.property(moments, (at) => {
        if (at.getTime() < 1e11) return;
        expect(readMoment(at.getTime())).toMatchObject({ at, precision: 'millisecond' });
        expect(momentOf(String(at.getTime()))).toEqual(at);
      }),
    );
  });

  test.each([
    ['2026-11-30', 'Europe/Berlin', '2026-11-29T23:00:00.000Z'],
    ['2026-11-30 09:00', 'America/New_York', '2026-11-30T14:00:00.000Z'],
    ['2026-07-30 09:00', 'America/New_York', '2026-07-30T13:00:00.000Z'],
    ['30.11.2026 09:00:30', 'Europe/Berlin', '2026-11-30T08:00:30.000Z'],
    ['11/30/2026 12:05 AM', 'UTC', '2026-11-30T00:05:00.000Z'],
    ['11/30/2026 12:05 pm', 'UTC', '2026-11-30T12:05:00.000Z'],
    ['2026-11-30T09:00:00Z', 'America/New_York', '2026-11-30T09:00:00.000Z'],
  ])('%s in %s is %s', (written, timeZone, iso) => {
    expect(momentOf(written, { timeZone })?.toISOString()).toBe(iso);
  });
});

describe('a day', () => {
  test('is taken in the orders in which people write it', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom('/', '.', '-'), (at, between) => {
        const [year = '', month = '', day = ''] = at.toISOString().slice(0, 10).split('-');
        const start = new Date(`${year}-${month}-${day}T00:00:00Z`);
        const dayFirst = `${day}${between}${month}${between}${year}`;
        const monthFirst = `${month}${between}${day}${between}${year}`;
        const isClear = Number(day) > 12 || day === month;
        const told = { at: start, precision: 'day' };
        expect(readMoment([year, month, day].join(between))).toEqual(told);
        expect(readMoment(dayFirst, { dayFirst: true })).toEqual(told);
        expect(readMoment(monthFirst, { dayFirst: false })).toEqual(told);
        if (isClear) {
          expect(readMoment(dayFirst)).toEqual(told);
          expect(readMoment(monthFirst)).toEqual(told);
        } else {
          const both = expect.stringContaining(`${year}-${month}-${day}`);
          expect(readMoment(dayFirst)).toEqual({ problem: both });
          expect(readMoment(monthFirst)).toEqual({ problem: both });
        }
      }),
    );
  });

  test('that can be read in two ways is refused with both', () => {
    expect(readMoment('03/04/2026')).toEqual({
      problem: 'is ambiguous: use 2026-04-03 or 2026-03-04, or set whether the day comes first',
    });
  });

  test('of an order that the file does not have is refused', () => {
    expect(readMoment('24/12/2026', { dayFirst: false })).toHaveProperty('problem');
    expect(readMoment('12/24/2026', { dayFirst: true })).toHaveProperty('problem');
  });
});

test.each([
  0,
  -1,
  46_357,
  20_261_130,
  2026,
  4.2e9,
  5e12,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '0',
  '46357',
  '20261130',
  '2026',
  '1989-12-31',
  '2100-01-01',
  '0001-01-01',
  '2026-02-30',
  '2025-02-29',
  '2026-13-01',
  '2026-11-30T24:00:00Z',
  '2026-11-30T09:60:00Z',
  '2026-11-30T09:00:00+25:00',
  '11/30/2026 13:00 PM',
  '24/12/26',
  '2026-W48-1',
  '2026-11',
  'tomorrow',
  '',
  true,
  null,
  undefined,
  {},
  [],
  new Date(0),
  new Date(Number.NaN),
])('%s is no moment', (given) => {
  expect(readMoment(given)).toEqual({ problem: expect.stringMatching(/^is (not a date|outside)/) });
});

test('nothing makes the reader throw, and what it takes is believable and reads the same again', () => {
  fc.assert(
    fc.property(fc.anything(), (given) => {
      const at = momentOf(given);
      if (at === null) return;
      expect(at.getUTCFullYear()).toBeGreaterThanOrEqual(1990);
      expect(at.getUTCFullYear()).toBeLessThan(2100);
      expect(momentOf(at.toISOString())).toEqual(at);
    }),
  );
});

describe('of two states', () => {
  const at = (iso: string) => new Date(iso);
  const now = at('2026-11-30T09:01:00Z');

  test('the later one is newer, by milliseconds where both have them', () => {
    expect(orderOf(at('2026-11-30T09:00:00.200Z'), at('2026-11-30T09:00:00.100Z'), now)).toBe('newer');
    expect(orderOf(at('2026-11-30T09:00:00.100Z'), at('2026-11-30T09:00:00.200Z'), now)).toBe('older');
    expect(orderOf(at('2026-11-30T09:00:01Z'), at('2026-11-30T09:00:00.999Z'), now)).toBe('newer');
    expect(orderOf(at('2026-11-30T09:00:00.100Z'), at('2026-11-30T09:00:00.100Z'), now)).toBe('same');
  });

  test('within one second that one is known by alone, the order is unknown', () => {
    expect(orderOf(at('2026-11-30T09:00:00Z'), at('2026-11-30T09:00:00.900Z'), now)).toBe('unknown');
    expect(orderOf(at('2026-11-30T09:00:00.900Z'), at('2026-11-30T09:00:00Z'), now)).toBe('unknown');
    expect(orderOf(at('2026-11-30T09:00:00Z'), at('2026-11-30T09:00:00Z'), now)).toBe('unknown');
    expect(orderOf(null, at('2026-11-30T09:00:00Z'), now)).toBe('unknown');
  });

  test('one from the future is believed for the minutes that clocks differ by, and then of unknown order', () => {
    const past = fc.integer({ min: Date.UTC(1990, 0), max: now.getTime() }).map((ms) => new Date(ms));
    const ahead = fc.integer({ min: 5 * 60_000 + 1, max: 70 * 365 * 86_400_000 });
    const soon = at('2026-11-30T09:05:59.100Z');
    fc.assert(
      fc.property(past, ahead, ahead, (known, further, another) => {
        const wrong = new Date(now.getTime() + further);
        expect(orderOf(wrong, known, now)).toBe('unknown');
        expect(orderOf(known, wrong, now)).toBe('unknown');
        expect(orderOf(wrong, new Date(now.getTime() + another), now)).toBe('unknown');
        expect(pastMoment(wrong, now)).toBeNull();
        expect(pastMoment(known, now)).toEqual(known);
        expect(orderOf(soon, known, now)).toBe('newer');
        // Once it has come, it is a time like any other.
        expect(orderOf(known, wrong, new Date(wrong))).toBe('older');
      }),
    );
  });

  test('each order is the other one seen from the other side', () => {
    const opposite = { newer: 'older', older: 'newer', same: 'same', unknown: 'unknown' };
    const near = fc.integer({ min: 0, max: 3_000 }).map((ms) => new Date(1_795_000_000_000 + ms));
    fc.assert(
      fc.property(near, near, (one, two) => {
        expect(orderOf(two, one, now)).toBe(opposite[orderOf(one, two, now)]);
      }),
    );
  });
});
