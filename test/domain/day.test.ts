// Days of a workspace: where they begin, what they are called, and how long they are when the clocks change.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, dayAfter, dayOf, daysLater, startOfDay } from '../../src/domain/day.ts';

const zones = [
  'UTC',
  'Europe/Dublin',
  'America/New_York',
  'America/Santiago',
  'America/Havana',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
];
const anyZone = fc.constantFrom(...zones);
const anyMoment = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2040-01-01T00:00:00Z'),
  noInvalidDate: true,
});

test('a day begins with its first moment, in every zone and over every change of clocks', () => {
  fc.assert(
    fc.property(anyMoment, anyZone, (at, zone) => {
      const name = dayOf(at, zone);
      const start = startOfDay(name, zone);
      expect(dayOf(start, zone)).toBe(name);
      expect(dayOf(new Date(start.getTime() - 1), zone) < name).toBe(true);
      expect(start <= at && at < startOfDay(dayAfter(name), zone)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('some days later is the same time of day, whatever the clocks did meanwhile', () => {
  fc.assert(
    fc.property(anyMoment, anyZone, fc.integer({ min: -400, max: 400 }), (at, zone, days) => {
      const later = daysLater(at, days, zone);
      let name = dayOf(at, zone);
      for (let step = 0; step < days; step += 1) name = dayAfter(name);
      if (days > 0) expect(dayOf(later, zone)).toBe(name);
      const off = Math.abs(later.getTime() - at.getTime() - days * 86_400_000);
      expect(off).toBeLessThanOrEqual(2 * 3_600_000);
    }),
  );
});

test.each([
  ['America/New_York', '2026-03-07T17:00:00Z', 1, '2026-03-08T16:00:00Z'],
  ['America/New_York', '2026-10-31T16:00:00Z', 1, '2026-11-01T17:00:00Z'],
  ['America/New_York', '2026-03-07T07:30:00Z', 1, '2026-03-08T07:30:00Z'],
  ['UTC', '2026-03-07T17:00:00Z', 30, '2026-04-06T17:00:00Z'],
  ['UTC', '2026-03-07T17:00:00Z', 0.5, '2026-03-08T05:00:00Z'],
  ['Europe/Dublin', '2026-10-25T12:00:00Z', -7, '2026-10-18T11:00:00Z'],
])('in %s, %s and %s days is %s', (zone, from, days, to) => {
  expect(daysLater(new Date(from), days, zone)).toEqual(new Date(to));
});

test('where the clocks skip midnight, the day begins at one', () => {
  expect(startOfDay('2026-09-06', 'America/Santiago').toISOString()).toBe('2026-09-06T04:00:00.000Z');
});

test('an unknown zone is UTC', () => {
  const at = new Date('2026-11-22T23:30:00Z');
  expect(day(at, 'Nowhere/Land')).toBe('Nov 22, 2026');
  expect(day(at, 'Asia/Tokyo')).toBe('Nov 23, 2026');
  expect(startOfDay('2026-11-22', 'Nowhere/Land').toISOString()).toBe('2026-11-22T00:00:00.000Z');
});

test('an hour in which the clocks change has two offsets, however often it is asked', () => {
  // 00:01 in the morning: a clock change within an hour of UTC.
  const zone = 'America/St_Johns';
  const change = Date.parse('2010-03-14T03:31:00Z');
  for (const _ of [1, 2]) {
    expect(daysLater(new Date(change - 60_000), 0, zone)).toEqual(new Date(change - 60_000));
    expect(dayOf(new Date(change - 2 * 60_000), zone)).toBe('2010-03-13');
    expect(dayOf(new Date(change + 60_000), zone)).toBe('2010-03-14');
    expect(startOfDay('2010-03-14', zone)).toEqual(new Date('2010-03-14T03:30:00Z'));
    expect(startOfDay('2010-03-15', zone)).toEqual(new Date('2010-03-15T02:30:00Z'));
  }
});
