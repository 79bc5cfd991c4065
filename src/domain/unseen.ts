// Characters that draw nothing, which copied texts have at their ends.

/** Controls, direction marks, U+200B, U+FEFF, U+00AD, the Braille blank. Of a character class with the flag u. */
export const unseen = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC`;

// A sequence is tried only from its first character. Trying from each of its characters took seconds for a long one.
const edges = new RegExp(`^[\\s${unseen}]+|(?<![\\s${unseen}])[\\s${unseen}]+$`, 'gu');

/** Without white space and unseen characters at both ends. */
export const trimUnseen = (text: string): string => text.replace(edges, '');

/**
 * White space and unseen characters as ranges of code points in hexadecimal, for regular expressions that know no
 * properties of Unicode, such as PostgreSQL's.
 */
export const edgeRanges = [
  ...['1-20', '7f-a0', 'ad', '34f', '600-605', '61c', '6dd', '70f', '890-891', '8e2', '115f-1160', '1680'],
  ...['17b4-17b5', '180b-180f', '2000-200f', '2028-202f', '205f-206f', '2800', '3000', '3164', 'fe00-fe0f'],
  ...[
    'feff',
    'ffa0',
    'fff0-fffc',
    '110bd',
    '110cd',
    '13430-1343f',
    '1bca0-1bca3',
    '1d173-1d17a',
    'e0000-e0fff',
  ],
].map((range): readonly [from: number, to: number] => {
  const [from = '', to = from] = range.split('-');
  return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
});
