// Dates as Intercom's guidelines want them.
import { expect, test } from 'vitest';
import { day, moment } from '../../canvas/dates.ts';

const afternoon = new Date('2026-11-22T13:05:00Z');

test('a date and a time are absolute, in the given zone and with its name', () => {
  expect(day(afternoon, 'Europe/London')).toBe('Nov 22, 2026');
  expect(moment(afternoon, 'Europe/London')).toBe('Nov 22, 2026 at 1:05PM GMT');
  expect(moment(afternoon, 'America/New_York')).toBe('Nov 22, 2026 at 8:05AM EST');
  expect(moment(afternoon, 'Asia/Kolkata')).toBe('Nov 22, 2026 at 6:35PM GMT+5:30');
  expect(day(new Date('2026-11-22T23:30:00Z'), 'Asia/Tokyo')).toBe('Nov 23, 2026');
});

test('midnight and noon are twelve, not zero', () => {
  expect(moment(new Date('2026-01-08T00:00:00Z'), 'UTC')).toBe('Jan 8, 2026 at 12:00AM UTC');
  expect(moment(new Date('2026-01-08T12:00:00Z'), 'UTC')).toBe('Jan 8, 2026 at 12:00PM UTC');
});

test.each(['', 'Nowhere/Land', '{{zone}}'])('the zone %j does not exist and means UTC', (zone) => {
  expect(moment(afternoon, zone)).toBe('Nov 22, 2026 at 1:05PM UTC');
});

test('a broken date is said to be unknown', () => {
  expect(day(new Date('?'), 'UTC')).toBe('unknown date');
  expect(moment(new Date('?'), 'UTC')).toBe('unknown date');
});
