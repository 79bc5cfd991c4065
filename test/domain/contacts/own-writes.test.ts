// Which notifications only report the app's own writes.
import { expect, test } from 'vitest';
import { changedNames, isOwnWrite, type OwnWrite } from '../../../src/domain/contacts/own-writes.ts';
import type { Facts, Value } from '../../../src/domain/qualification/notification.ts';

const at = new Date('2026-11-30T10:00:00Z');
const later = (ms: number) => new Date(at.getTime() + ms);

function write(written: Facts, more: Partial<OwnWrite> & { answer?: Facts } = {}): OwnWrite {
  const { answer, ...rest } = more;
  const is = (facts: Facts, name: string, value: Value) =>
    JSON.stringify(facts[name] ?? null) === JSON.stringify(value);
  return {
    id: '1',
    updatedAt: at,
    isAnswered: true,
    wrote: (name, value) => name in written && is(written, name, value),
    showed: (name, value) => (answer ? is(answer, name, value) : null),
    tag: null,
    forget: () => {},
    ...rest,
  };
}

const told = (
  before: Facts | null,
  after: Facts,
  more: { updatedAt?: Date | null; becameUser?: boolean } = {},
) => {
  const { updatedAt = later(400), becameUser = false } = more;
  return { change: { before, after, becameUser }, updatedAt, tag: null };
};
const plan = (value: Value) => ({ plan: value });

test('without a write of that moment, a notification is a change by others', () => {
  expect(isOwnWrite(told(plan('free'), plan('pro')), [])).toBe(false);
  for (const ms of [-1_000, 3_000])
    expect(isOwnWrite(told(plan('free'), plan('pro'), { updatedAt: later(ms) }), [write(plan('pro'))])).toBe(
      false,
    );
});

test('a notification that shows what the write left, and nothing else new, is its own', () => {
  expect(isOwnWrite(told(plan('free'), plan('pro')), [write(plan('pro'))])).toBe(true);
  expect(isOwnWrite(told(plan('pro'), plan('pro')), [write({ seats: 2 })])).toBe(true);
});

test('an attribute that others changed decides, though it comes with a write, or as another value of what was written', () => {
  expect(isOwnWrite(told(plan('free'), plan('pro')), [write({ seats: 2 })])).toBe(false);
  expect(isOwnWrite(told(plan('free'), plan('team')), [write(plan('pro'))])).toBe(false);
});

test('what is seen for the first time is news only if the answer to the write did not show it', () => {
  const answered = write({ seats: 2 }, { answer: { seats: 2, plan: 'pro' } });
  expect(isOwnWrite(told(null, plan('pro')), [answered])).toBe(true);
  expect(isOwnWrite(told(null, plan('team')), [answered])).toBe(false);
  expect(isOwnWrite(told({}, plan('team')), [write({ seats: 2 }, { answer: { seats: 2 } })])).toBe(false);
});

test('before its answer, a write explains what it sends, whatever the clocks say', () => {
  const asked = write(plan('pro'), { isAnswered: false, updatedAt: null });
  expect(isOwnWrite(told(plan('free'), plan('pro'), { updatedAt: null }), [asked])).toBe(true);
  expect(isOwnWrite(told(plan('free'), plan('team'), { updatedAt: null }), [asked])).toBe(false);
  // Answered without a time, it explains nothing more.
  expect(isOwnWrite(told(plan('free'), plan('pro')), [write(plan('pro'), { updatedAt: null })])).toBe(false);
});

test('a lead that became a user did so by the app only if the app wrote that', () => {
  const before = { role: 'lead' };
  const after = { role: 'user' };
  expect(isOwnWrite(told(before, after, { becameUser: true }), [write(after)])).toBe(true);
  expect(isOwnWrite(told(after, after, { becameUser: true }), [write(plan('pro'))])).toBe(false);
});

test('tags are told apart by which were added and removed', () => {
  const tagged = write({}, { tag: { id: '7', added: true }, updatedAt: null });
  const change = { before: { tags: ['1'] }, after: { tags: ['1', '7'] }, becameUser: false };
  const about = (tag: { id: string; added: boolean } | null, over = {}) => ({
    change: { ...change, ...over },
    updatedAt: at,
    tag,
  });
  expect(isOwnWrite(about({ id: '7', added: true }), [tagged])).toBe(true);
  expect(isOwnWrite(about(null), [tagged])).toBe(true);
  expect(isOwnWrite(about({ id: '7', added: false }), [tagged])).toBe(false);
  expect(isOwnWrite(about({ id: '7', added: true }, { after: { tags: ['1', '7', '8'] } }), [tagged])).toBe(
    false,
  );
  expect(isOwnWrite(about({ id: '7', added: true }, { after: { tags: ['7'] } }), [tagged])).toBe(false);
});

test('what others changed is named for the attributes and the tags', () => {
  const before = { plan: 'free', seats: 1, tags: ['1', '2'] };
  const after = { plan: 'pro', seats: 1, tags: ['2', '3'], name: 'New' };
  expect(changedNames({ before, after, becameUser: false })).toEqual(['plan', 'tags', 'tag:1', 'tag:3']);
  expect(changedNames({ before: null, after, becameUser: false })).toEqual([]);
});
