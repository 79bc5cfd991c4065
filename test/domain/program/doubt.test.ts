// Hints that a friend looks like the referrer: mailboxes in any spelling, names, phones and rings.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emailKey } from '../../../src/domain/identity.ts';
import {
  type DoubtFacts,
  type DoubtIdentity,
  doubtWords,
  hintsOf,
  mailboxKey,
  nameKey,
} from '../../../src/domain/program/doubt.ts';
import { recognize } from '../../../src/domain/program/program.ts';

const person = (known: Partial<DoubtIdentity> = {}): DoubtIdentity => ({
  ...{ emails: [], phones: [], names: [] },
  ...known,
});
const hints = (friend: Partial<DoubtIdentity>, referrer: Partial<DoubtIdentity>, more: object = {}) => {
  const facts: DoubtFacts = {
    ...{ friend: person(friend), referrer: person(referrer), ringLength: null, friendsOfMailbox: 1 },
    ...more,
  };
  return hintsOf(facts);
};

const local = fc.stringMatching(/^[a-z][a-z0-9]{0,9}(\.[a-z0-9]{1,5}){0,2}$/);
const tag = fc.option(fc.stringMatching(/^[a-z0-9.+-]{0,8}$/), { nil: null });
const capitals = (text: string, mask: boolean[]) =>
  [...text].map((letter, at) => (mask[at % mask.length] ? letter.toUpperCase() : letter)).join('');
const mask = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
const tagged = (name: string, more: string | null) => (more === null ? name : `${name}+${more}`);

test('every spelling of a mailbox is one mailbox, by tag and capitals', () => {
  fc.assert(
    fc.property(local, tag, tag, mask, (name, first, second, letters) => {
      const one = `${tagged(name, first)}@shop.example`;
      const other = capitals(`${tagged(name, second)}@shop.example`, letters);
      expect(mailboxKey(one)).toBe(`${name}@shop.example`);
      expect(mailboxKey(other)).toBe(mailboxKey(one));
      const isSameAddress = emailKey(one) === emailKey(other);
      expect(hints({ emails: [one] }, { emails: [other] })).toEqual(isSameAddress ? [] : ['same_mailbox']);
    }),
  );
});

test('dots count, except in a mailbox of Gmail, under either of its names', () => {
  fc.assert(
    fc.property(local, fc.nat(9), tag, (name, at, more) => {
      const dotted = `${name.slice(0, 1 + (at % name.length))}.${name.slice(1 + (at % name.length))}`;
      const inGmail = mailboxKey(`${tagged(name, more)}@gmail.com`);
      expect(mailboxKey(`${dotted}@googlemail.com`)).toBe(inGmail);
      expect(mailboxKey(`${dotted}@shop.example`)).not.toBe(mailboxKey(`${name}@shop.example`));
    }),
  );
});

test('two mailboxes are never one, and a key is its own mailbox', () => {
  fc.assert(
    fc.property(local, local, tag, (first, second, more) => {
      fc.pre(first !== second);
      const one = mailboxKey(`${tagged(first, more)}@shop.example`);
      expect(one).not.toBe(mailboxKey(`${second}@shop.example`));
      expect(one).not.toBe(mailboxKey(`${first}@other.example`));
      expect(mailboxKey(one)).toBe(one);
    }),
  );
});

test('matching never folds an alias: ana+1 and ana are two people', () => {
  const ana = { id: 'ana', email: 'ana@x.example', externalId: null, name: null, contactId: null };
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,6}$/), (more) => {
      const alias = `ana+${more}@x.example`;
      expect(recognize({ email: alias, externalId: null, name: null }, [ana])).toBeNull();
      expect(emailKey(alias)).not.toBe(emailKey('ana@x.example'));
    }),
  );
});

test.each([
  ['Ana Silva', 'SILVA, Ána', true],
  ['Ana  Silva', 'ana silva', true],
  ['Ana', 'Ana', false],
  ['Ana Silva', 'Ana Souza', false],
  ['王小明', '王小明', true],
  ['O’Brien Sean', "Sean O'Brien", true],
  ['', ' ', false],
])('the names %s and %s are one name: %s', (first, second, isSame) => {
  expect(hints({ names: [first] }, { names: [second] })).toEqual(isSame ? ['same_name'] : []);
});

test('a phone is the same in any notation, and an extension is not a phone', () => {
  expect(hints({ phones: ['+353 87 123 4567'] }, { phones: ['00353871234567'] })).toEqual(['same_phone']);
  expect(hints({ phones: ['1234'] }, { phones: ['1234'] })).toEqual([]);
  expect(hints({ phones: [null] }, { phones: [null] })).toEqual([]);
});

test('a ring of up to four, and three friends of one mailbox, are hints also without a referrer known to be alike', () => {
  expect([2, 3, 4, 5, null].map((ringLength) => hints({}, {}, { ringLength }).length)).toEqual([
    1, 1, 1, 0, 0,
  ]);
  expect([1, 2, 3, 9].map((friendsOfMailbox) => hints({}, {}, { friendsOfMailbox }).length)).toEqual([
    ...[0, 0, 1, 1],
  ]);
  expect(hints({ emails: ['a@x.example'] }, {}, { referrer: null })).toEqual([]);
});

test('which of the two is the friend makes no difference, and whatever is known, hints have words', () => {
  const text = fc.option(fc.string({ maxLength: 12 }));
  const email = fc.option(
    fc.constantFrom('ana@x.example', 'ana+1@x.example', 'a.na@gmail.com', 'ana@gmail.com', '@'),
  );
  const known = fc.record({
    emails: fc.array(email, { maxLength: 2 }),
    phones: fc.array(text, { maxLength: 2 }),
    names: fc.array(text, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(known, known, (first, second) => {
      const found = hints(first, second);
      expect(hints(second, first)).toEqual(found);
      expect(doubtWords(found) === null).toBe(found.length === 0);
      for (const name of [...first.names, ...second.names])
        expect(nameKey(nameKey(name))).toBe(nameKey(name));
    }),
  );
});

test('words tell what looks alike', () => {
  expect(doubtWords(['same_mailbox'])).toBe(
    'Looks like the same person as the referrer: same mailbox without the +tag or dots',
  );
  expect(doubtWords(['ring'])).toBe('Looks doubtful: they refer each other in a ring');
});
