// Reads people out of a pasted text: emails with or without names, one a line or separated by commas and semicolons.
import { readEmail, tidy } from '../identity.ts';

/** `email` is as written, and may be none: such an entry is refused later, with its line. */
export type PastedPerson = { line: number; name: string; email: string };

/** Quoted names and angle brackets keep their separators: "Reed, Dana" <dana@example.com>. */
const entry = /(?:"[^"\n\r]*"|<[^<>\n\r]*>|[^,;\n\r])+/g;

export function readPastedPeople(text: string): PastedPerson[] {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((content, at) =>
      (content.match(entry) ?? []).flatMap((each) =>
        peopleIn(each).map((person) => ({ line: at + 1, ...person })),
      ),
    );
}

type Named = Omit<PastedPerson, 'line'>;

function peopleIn(text: string): Named[] {
  const given = tidy(text);
  if (given === '') return [];
  const bracketed = /^(.*?)<([^<>]*)>\s*$/s.exec(given);
  if (bracketed) return [{ name: unquoted(bracketed[1] ?? ''), email: addressIn(bracketed[2] ?? '') }];
  const words = given.split(/\s+/);
  const emails = words.filter((word) => 'value' in readEmail(addressIn(word)));
  const [first] = emails;
  if (first === undefined) return [{ name: '', email: given }];
  if (emails.length === words.length) return emails.map((email) => ({ name: '', email: addressIn(email) }));
  if (emails.length > 1) return [{ name: '', email: given }];
  const others = words.filter((word) => word !== first).join(' ');
  return [{ name: unquoted(others), email: addressIn(first) }];
}

const addressIn = (text: string) => tidy(text).replace(/^mailto:/i, '');

/** Without the quotes or parentheses around a whole name. */
function unquoted(text: string): string {
  const name = tidy(text);
  return tidy(/^"(.*)"$/s.exec(name)?.[1] ?? /^\((.*)\)$/s.exec(name)?.[1] ?? name);
}
