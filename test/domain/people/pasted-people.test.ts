// The reader of pasted emails, and the guess what the columns of a list are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPastedPeople } from '../../../src/domain/people/pasted-people.ts';
import { guessColumns, readPersonRow } from '../../../src/domain/people/people-import.ts';

const word = fc.stringMatching(/^[A-Za-zÀ-ÖØ-öø-ÿ'’.-]{1,12}$/).filter((text) => /[a-z]/i.test(text));
const email = fc
  .tuple(fc.stringMatching(/^[a-z0-9][a-z0-9._+-]{0,10}$/), fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/))
  .map(([local, host]) => `${local}@${host}.example`);
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));

type Person = { name: string; email: string };
const person: fc.Arbitrary<Person & { text: string }> = fc.oneof(
  email.map((address) => ({ name: '', email: address, text: address })),
  email.map((address) => ({ name: '', email: address, text: ` <${address}> ` })),
  email.map((address) => ({ name: '', email: address, text: `mailto:${address}` })),
  fc.tuple(name, email).map(([who, address]) => ({ name: who, email: address, text: `${who} <${address}>` })),
  fc.tuple(name, email).map(([who, address]) => ({ name: who, email: address, text: `${who}\t${address}` })),
  fc
    .tuple(word, word, email)
    .map(([last, first, address]) => [`${last}, ${first}`, address] as const)
    .map(([who, address]) => ({ name: who, email: address, text: `"${who}" <${address}>` })),
);
const separator = fc.constantFrom('\n', '\r\n', ', ', ';', ' ;\n', ',\n\n', '\r');

describe('A pasted list', () => {
  it('is read back, however its people are written and separated', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(person, separator), { minLength: 1, maxLength: 20 }), (list) => {
        const read = readPastedPeople(list.map(([{ text }, end]) => text + end).join(''));
        expect(read.map(({ name, email }) => ({ name, email }))).toEqual(
          list.map(([{ name, email }]) => ({ name, email })),
        );
      }),
    );
  });

  it('loses nothing that is not an email, and gives it with its line', () => {
    expect(readPastedPeople('a@x.example\n\nDana Reed\nb@x.example c@x.example;not@ an email')).toEqual([
      { line: 1, name: '', email: 'a@x.example' },
      { line: 3, name: '', email: 'Dana Reed' },
      { line: 4, name: '', email: 'b@x.example' },
      { line: 4, name: '', email: 'c@x.example' },
      { line: 4, name: '', email: 'not@ an email' },
    ]);
  });

  it('of any text ends, and names only lines that there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).length;
        for (const { line, email } of readPastedPeople(text)) {
          expect(line).toBeLessThanOrEqual(lines);
          expect(email).not.toBe('');
        }
      }),
    );
  });
});

describe('The columns of a list', () => {
  it.each([
    [
      ['E-Mail', 'First Name', 'last_name', 'User ID'],
      ['email', 'name', 'name', 'external_id'],
    ],
    [
      ['Friend’s email', 'Referred by', 'Referral code'],
      ['email', 'referrer_email', 'referrer_code'],
    ],
    [
      ['Email', 'email address', 'Plan', ''],
      ['email', null, null, null],
    ],
    [
      ['\ufeffEMAIL', '="Name"', 'customer id'],
      ['email', 'name', 'external_id'],
    ],
  ])('of %j are guessed', (header, guessed) => {
    expect(guessColumns(header, 'referrals')).toEqual(guessed);
  });

  it('name no referrer where the people are referrers themselves', () => {
    expect(guessColumns(['email', 'referred by'], 'referrers')).toEqual(['email', null]);
  });

  it('make one name of several, and say what is wrong with a cell', () => {
    const mapping = ['email', 'name', 'name', null] as const;
    expect(readPersonRow([' Dana@Example.com ', 'Dana', 'Reed', 'x'], [...mapping])).toMatchObject({
      person: { email: 'dana@example.com', name: 'Dana Reed', externalId: null },
    });
    expect(readPersonRow(['dana', 'Dana', '', ''], [...mapping])).toEqual({
      problem: 'Email is not an email address.',
    });
    expect(readPersonRow(['', 'Dana', '', ''], [...mapping])).toEqual({
      problem: 'Neither an email nor an external ID.',
    });
    const code = (text: string) => readPersonRow(['a@x.example', text], ['email', 'referrer_code']);
    expect(code('https://desk.example/r/K7m2pxr4tq')).toMatchObject({ referrer: { code: 'k7m2pxr4tq' } });
  });
});
