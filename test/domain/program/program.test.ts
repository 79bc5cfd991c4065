// Which person a request means among those who share an email or an external_id, and who counts as the same person.
import { describe, expect, test } from 'vitest';
import {
  type Identity,
  isSamePerson,
  type Person,
  recognize,
  withGapsFilled,
} from '../../../src/domain/program/program.ts';

const blank: Person = { id: 'p0', email: null, externalId: null, name: null, contactId: null };
const by = (identity: Partial<Identity>): Identity => ({
  email: null,
  externalId: null,
  name: null,
  ...identity,
});
const email = 'dana@example.com';
const old: Person = { ...blank, id: 'old', email, externalId: 'user-1' };
const newer: Person = { ...blank, id: 'newer', email, externalId: 'user-2' };
const alone: Person = { ...blank, id: 'alone', email };

describe('a request means', () => {
  test('a person who has the external ID, whatever email it gives', () => {
    expect(recognize(by({ externalId: 'user-2', email: 'else@example.com' }), [old, newer])).toBe(newer);
  });
  test('the person known by that email alone, when the external ID is new', () => {
    expect(recognize(by({ externalId: 'user-3', email }), [old, alone])).toBe(alone);
  });
  test('someone new, when the external ID is new and everyone with that email has another', () => {
    expect(recognize(by({ externalId: 'user-3', email }), [old, newer])).toBeNull();
  });
  test('by email the person without an external ID, else the oldest', () => {
    expect(recognize(by({ email }), [old, newer, alone])).toBe(alone);
    expect(recognize(by({ email }), [old, newer])).toBe(old);
  });
  test('no one by something that is missing on both sides', () => {
    expect(recognize(by({ externalId: 'user-3' }), [alone])).toBeNull();
    expect(recognize(by({ email }), [{ ...blank, externalId: 'user-1' }])).toBeNull();
  });
});

test('what is new about a person is added, and what is known is kept', () => {
  const known = { ...alone, name: 'Dana' };
  expect(withGapsFilled(known, by({ email, externalId: 'user-9', name: 'Danielle' }))).toEqual({
    ...known,
    externalId: 'user-9',
  });
  expect(withGapsFilled(known, by({ email: 'other@example.com', name: 'Danielle' }))).toBeNull();
});

test('people are the same by record, by linked contact or by email, and by nothing that both lack', () => {
  expect(isSamePerson(old, { ...old })).toBe(true);
  expect(isSamePerson(old, newer)).toBe(true);
  expect(isSamePerson({ ...blank, id: 'a', contactId: 'c1' }, { ...blank, id: 'b', contactId: 'c1' })).toBe(
    true,
  );
  expect(isSamePerson({ ...blank, id: 'a' }, { ...blank, id: 'b' })).toBe(false);
  expect(isSamePerson(old, { ...newer, email: 'else@example.com' })).toBe(false);
});
