// Which person a contact is: link before external_id before email, and never a guess.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, matchContact, peopleNamedBy } from '../../../src/domain/program/contact-match.ts';

const contact = { id: 'c1', externalId: 'user-1', email: 'dana@example.com' };
const nobody: Candidate = { id: 'p0', contactId: null, externalId: null, email: null };
const linked: Candidate = { ...nobody, id: 'linked', contactId: 'c1' };
const named: Candidate = { ...nobody, id: 'named', externalId: 'user-1' };
const written: Candidate = { ...nobody, id: 'written', email: 'dana@example.com' };

test('a stored link decides, even when others have the external ID and the email', () => {
  expect(matchContact(contact, [written, named, linked])).toEqual({
    outcome: 'matched',
    by: 'link',
    personIds: ['linked'],
  });
});

test('several people linked to one contact, as a merge leaves them, are all theirs', () => {
  const other = { ...linked, id: 'other' };
  expect(matchContact(contact, [linked, other])).toMatchObject({
    by: 'link',
    personIds: ['linked', 'other'],
  });
});

test('without a link the external ID decides', () => {
  expect(matchContact(contact, [written, named])).toMatchObject({ by: 'external_id', personIds: ['named'] });
});

test('without both the email decides, trimmed and whatever its capitals', () => {
  const shouted = { ...contact, email: '  DANA@Example.com ' };
  expect(matchContact(shouted, [written])).toMatchObject({ by: 'email', personIds: ['written'] });
});

test('an email that several people share is not decided here', () => {
  const twin = { ...written, id: 'twin' };
  expect(matchContact(contact, [written, twin])).toEqual({
    outcome: 'several',
    by: 'email',
    personIds: ['written', 'twin'],
  });
});

test('a contact that no one is like is unknown', () => {
  expect(matchContact(contact, [nobody])).toEqual({ outcome: 'unknown' });
});

test('a contact with neither email nor external ID cannot be looked for', () => {
  const blank = { id: 'c1', externalId: null, email: '   ' };
  expect(matchContact(blank, [nobody, written])).toEqual({ outcome: 'no-identity' });
  expect(matchContact(blank, [linked])).toMatchObject({ by: 'link' });
});

test('what is missing on both sides is not a match', () => {
  expect(matchContact({ ...contact, externalId: null }, [{ ...nobody, externalId: null }])).toEqual({
    outcome: 'unknown',
  });
});

test('the order in which people are found makes no difference', () => {
  const some = <T>(value: T) => fc.constantFrom(value, null);
  const candidate = fc.record({
    id: fc.uuid(),
    contactId: some('c1'),
    externalId: some('user-1'),
    email: some('dana@example.com'),
  });
  const sorted = (people: Candidate[]) => {
    const match = matchContact(contact, people);
    return 'personIds' in match ? { ...match, personIds: match.personIds.toSorted() } : match;
  };
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 6 }), (people) => {
      expect(sorted(people.toReversed())).toEqual(sorted(people));
    }),
  );
});

test('a contact with a person gets further ones by its external ID and email, unless something speaks against it', () => {
  const other = { ...written, id: 'other', externalId: 'user-2' };
  const elsewhere = { ...written, id: 'elsewhere', contactId: 'c2' };
  const takenBack = { ...named, id: 'taken back', isExcluded: true };
  const people = [linked, named, written, other, elsewhere, takenBack, nobody];
  expect(peopleNamedBy(contact, people)).toEqual(['named', 'written']);
  expect(peopleNamedBy({ externalId: null, email: null }, people)).toEqual([]);
});
