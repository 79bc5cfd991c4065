// Who counts as one person, and what else keeps a referral from qualifying.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  blockOf,
  type KnownIdentity,
  sharedIdentity,
} from '../../../src/domain/program/qualification-block.ts';

const nobody = (personId: string): KnownIdentity => ({
  personId,
  contactId: null,
  emails: [null, null],
  externalIds: [null, null],
});

test.each<[string, Partial<KnownIdentity>, Partial<KnownIdentity>, ReturnType<typeof sharedIdentity>]>([
  ['one contact', { contactId: 'c1' }, { contactId: 'c1' }, 'contact'],
  ['another contact', { contactId: 'c1' }, { contactId: 'c2' }, null],
  [
    'an email in other capitals',
    { emails: ['Ann@Example.com'] },
    { emails: [null, 'ann@example.com'] },
    'email',
  ],
  [
    'an external ID of one’s contact',
    { externalIds: [null, 'u1'] },
    { externalIds: ['u1', null] },
    'externalId',
  ],
  ['external IDs in other capitals', { externalIds: ['U1'] }, { externalIds: ['u1'] }, null],
  ['empty texts', { emails: ['', ' '], externalIds: [''] }, { emails: [''], externalIds: [' '] }, null],
  ['nothing', {}, {}, null],
])('two records with %s', (_what, first, second, shared) => {
  const [a, b] = [
    { ...nobody('a'), ...first },
    { ...nobody('b'), ...second },
  ];
  expect(sharedIdentity(a, b)).toBe(shared);
  expect(sharedIdentity(b, a)).toBe(shared);
});

test('whatever else is known, a record is itself, and the order of what is known does not count', () => {
  const text = fc.option(fc.constantFrom('a@example.com', 'B@example.com', 'u1', 'u2', '', ' '));
  const identity = (personId: string) =>
    fc.record({
      personId: fc.constant(personId),
      contactId: fc.option(fc.constantFrom('c1', 'c2')),
      emails: fc.array(text, { maxLength: 2 }),
      externalIds: fc.array(text, { maxLength: 2 }),
    });
  fc.assert(
    fc.property(identity('a'), identity('b'), (first, second) => {
      expect(sharedIdentity(first, first)).toBe('person');
      expect(sharedIdentity(first, second)).toBe(sharedIdentity(second, first));
      const turned = {
        ...second,
        emails: second.emails.toReversed(),
        externalIds: second.externalIds.toReversed(),
      };
      expect(sharedIdentity(first, turned)).toBe(sharedIdentity(first, second));
    }),
  );
});

test('a self-referral is told before a second one, and without a referrer there is no self-referral', () => {
  const [friend, referrer] = [nobody('a'), nobody('b')];
  expect(blockOf({ friend, referrer, hasFirstReferral: false, wasUser: false, held: null })).toBeNull();
  expect(
    blockOf({ friend, referrer: null, hasFirstReferral: true, wasUser: false, held: null }),
  ).toMatchObject({
    code: 'second_referral',
  });
  expect(
    blockOf({ friend, referrer: friend, hasFirstReferral: true, wasUser: false, held: null }),
  ).toMatchObject({
    code: 'self_referral',
  });
});
