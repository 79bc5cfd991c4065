// What is known of a contact after each thing that is told of it.
import { expect, test } from 'vitest';
import { attributesAfter, isOlder, knowsAll, withTag } from '../../../src/domain/qualification/snapshot.ts';

const plan = 'custom_attributes.plan';

test('what is told replaces what was known, and only what is named is kept', () => {
  const told = { [plan]: 'pro', email: null, name: 'Ann' };
  expect(attributesAfter({ [plan]: 'free', email: 'ann@example.com' }, told, [plan, 'email'])).toEqual({
    [plan]: 'pro',
    email: null,
  });
});

test('a custom attribute that is not told is empty, another one is as it was', () => {
  const before = { [plan]: 'free', email: 'ann@example.com' };
  expect(attributesAfter(before, {}, [plan, 'email', 'phone'])).toEqual({
    [plan]: null,
    email: 'ann@example.com',
  });
  expect(attributesAfter(null, {}, ['email', 'constructor'])).toEqual({});
});

test('a tag more or less leaves the others', () => {
  expect(withTag({ tags: ['1', '2'] }, '3', true)).toEqual({ tags: ['1', '2', '3'] });
  expect(withTag({ tags: ['1', '2'] }, '2', true)).toEqual({ tags: ['1', '2'] });
  expect(withTag({ tags: ['1', '2'] }, '1', false)).toEqual({ tags: ['2'] });
  expect(withTag({ role: 'user' }, '1', true)).toEqual({ role: 'user', tags: ['1'] });
});

test('a snapshot that is older than a rule does not know all that the rule names', () => {
  expect(knowsAll({ [plan]: null, role: 'user' }, [plan, 'role'])).toBe(true);
  expect(knowsAll({ role: 'user' }, [plan, 'role'])).toBe(false);
  expect(knowsAll(null, [])).toBe(false);
});

test('only what is surely older is older', () => {
  const [early, late] = [new Date(1_000), new Date(2_000)];
  expect(isOlder(early, late, late)).toBe(true);
  expect([
    isOlder(late, early, late),
    isOlder(early, early, late),
    isOlder(null, late, late),
    isOlder(early, null, late),
  ]).toEqual([false, false, false, false]);
});
