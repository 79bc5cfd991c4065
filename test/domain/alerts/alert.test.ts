// When alerts are due: once, grouped, again when something is over, and in the workspace's own time zone.
import { describe, expect, test } from 'vitest';
import {
  type AlertFacts,
  type AlertMarks,
  againAfterMs,
  dueAlerts,
  noMarks,
} from '../../../src/domain/alerts/alert.ts';

const quiet: AlertFacts = {
  troubles: [],
  reviews: { open: 0, newestAt: null },
  rewards: { due: 0, newestAt: null },
  week: { joined: 1, qualified: 2_000, issued: 0 },
};
// A Tuesday.
const start = Date.parse('2026-12-01T12:00:00Z');
const hours = (count: number) => new Date(start + count * 3_600_000);

/** Asks at each of these hours, with the facts of that hour; returns the subjects by hour. */
function told(at: number[], factsAt: (hour: number) => Partial<AlertFacts>, timeZone = 'Europe/Dublin') {
  let marks: AlertMarks = noMarks;
  const subjects: Record<number, string[]> = {};
  for (const hour of at) {
    const due = dueAlerts({ ...quiet, ...factsAt(hour) }, marks, { now: hours(hour), timeZone });
    marks = due.marks;
    if (due.alerts.length > 0) subjects[hour] = due.alerts.map(({ subject }) => subject);
  }
  return subjects;
}

const failed = (key: string, count: number, newest: number) => ({
  key,
  words: `${count} runs failed: ${key}`,
  newestAt: hours(newest),
  href: '/console/run-log?state=failed',
});

describe('failures', () => {
  test('are told once, together, and told to be over when they are', () => {
    const subjects = told([0, 1, 2, 3, 4, 5], (hour) => ({
      troubles: hour < 4 ? [failed('tag', 2, 0), ...(hour < 3 ? [failed('event', 1, 0)] : [])] : [],
    }));
    expect(subjects).toEqual({
      0: ['2 issues need attention'],
      3: ['Resolved: 1 runs failed: event'],
      4: ['Resolved: 2 runs failed: tag'],
    });
  });

  test('of another kind are told while the first still last', () => {
    const subjects = told([0, 1, 2], (hour) => ({
      troubles: [failed('tag', 1, 0), ...(hour > 0 ? [failed('event', 1, 1)] : [])],
    }));
    expect(subjects).toEqual({
      0: ['Attention needed: 1 runs failed: tag'],
      1: ['Attention needed: 1 runs failed: event'],
    });
  });

  test('that go on are told again after a day, and not when nothing was added', () => {
    const everyHour = Array.from({ length: 60 }, (_, hour) => hour);
    expect(Object.keys(told(everyHour, (hour) => ({ troubles: [failed('tag', hour + 1, hour)] })))).toEqual([
      '0',
      '24',
      '48',
    ]);
    expect(Object.keys(told(everyHour, () => ({ troubles: [failed('tag', 1, 0)] })))).toEqual(['0']);
  });

  test('that come back after they were over are told again', () => {
    const subjects = told([0, 1, 2], (hour) => ({ troubles: hour === 1 ? [] : [failed('tag', 1, hour)] }));
    expect(Object.keys(subjects)).toEqual(['0', '1', '2']);
  });
});

test('reviews are told at once, then at most once an hour and only new ones', () => {
  const subjects = told([0, 0.5, 0.9, 1.1, 2.2, 3], (hour) => ({
    reviews: { open: hour < 3 ? 2 : 0, newestAt: hours(hour < 2 ? hour : 1.1) },
  }));
  expect(subjects).toEqual({ 0: ['2 reviews wait for a decision'], 1.1: ['2 reviews wait for a decision'] });
});

test('due rewards are told at nine in the workspace’s morning, once a day, and only when some fell due since', () => {
  const facts = (hour: number) => ({ rewards: { due: 1, newestAt: hours(hour < 40 ? 0 : 40) } });
  const everyHour = Array.from({ length: 96 }, (_, hour) => hour);
  // Noon in London is after nine; in Auckland (UTC+13) it is one in the morning of the next day, in Honolulu two.
  expect(Object.keys(told(everyHour, facts, 'Europe/London'))).toEqual(['0', '45']);
  expect(Object.keys(told(everyHour, facts, 'Pacific/Auckland'))).toEqual(['8', '56']);
  expect(Object.keys(told(everyHour, facts, 'Pacific/Honolulu'))).toEqual(['7', '55']);
});

test('the digest comes on Mondays at nine in the workspace’s time zone, once, and says plain numbers', () => {
  const everyHour = Array.from({ length: 15 * 24 }, (_, hour) => hour);
  expect(told(everyHour, () => ({}), 'Europe/London')).toEqual({
    141: ['Your referral program last week'],
    309: ['Your referral program last week'],
  });
  expect(Object.keys(told(everyHour, () => ({}), 'Pacific/Auckland'))).toEqual(['128', '296']);
  const { alerts } = dueAlerts(quiet, noMarks, { now: hours(141), timeZone: 'Europe/London' });
  expect(alerts[0]?.lines).toEqual([
    '1 referred person joined',
    '2,000 referrals qualified',
    '0 rewards were issued',
  ]);
});

test('a message that could not be sent is tried again soon, then each minute', () => {
  expect([0, 5_000, 20_000, 60_000, 3_600_000].map(againAfterMs)).toEqual([
    5_000, 5_000, 20_000, 60_000, 60_000,
  ]);
});
