// Spellings of one identity, as people paste them and other systems write them.
import fc from 'fast-check';

/** They draw nothing at the ends of a text. */
const unseen = [
  '',
  '',
  ' ',
  '\t',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '\u200f',
  '\u2060',
  '\u00ad',
  '\u202a',
  '\u3000',
  '\u034f',
  '\u115f',
  '\u2028',
  '\u2800',
  '\u0085',
  '\ufffc',
  '\u{e0020}',
];
/** What may be around a text and is not part of it. */
export const edge = fc.array(fc.constantFrom(...unseen), { maxLength: 3 }).map((parts) => parts.join(''));

const inAnyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((char, at) => (upper[at] ? char.toUpperCase() : char)).join(''));

/** Of `local@host`; a host beyond ASCII is also written in its ASCII form. */
export function spellingsOfEmail(local: string, host: string): fc.Arbitrary<string> {
  const ascii = new URL(`http://${host}`).hostname;
  const hosts = fc.constantFrom(host, ascii, host.normalize('NFD'), host.replaceAll('.', '\u3002'));
  return fc
    .tuple(edge, inAnyCase(local), fc.boolean(), hosts.chain(inAnyCase), fc.constantFrom('', '.'), edge)
    .map(
      ([before, name, decomposed, hostName, dot, after]) =>
        `${before}${decomposed ? name.normalize('NFD') : name}@${hostName}${dot}${after}`,
    );
}

/** An external ID keeps its capitals. */
export const spellingsOfId = (id: string): fc.Arbitrary<string> =>
  fc
    .tuple(edge, fc.constantFrom(id.normalize('NFC'), id.normalize('NFD')), edge)
    .map((parts) => parts.join(''));

/** Of a number in E.164. */
export const spellingsOfPhone = (phone: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      edge,
      fc.constantFrom('+', '00'),
      fc.array(fc.constantFrom('', '', ' ', '-', '\u00a0', '.'), { minLength: 15, maxLength: 15 }),
      edge,
    )
    .map(([before, sign, between, after]) => {
      const digits = [...phone.slice(1)].map((digit, at) => `${at === 0 ? '' : between[at]}${digit}`);
      return `${before}${sign}${digits.join('')}${after}`;
    });
