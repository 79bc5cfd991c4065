// Characters that draw nothing, which copied texts have at their ends.

/** Controls, direction marks, U+200B, U+FEFF, U+00AD, the Braille blank. Of a character class with the flag u. */
export const unseen = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC`;

const edges = new RegExp(`^[\\s${unseen}]+|[\\s${unseen}]+$`, 'gu');

/** Without white space and unseen characters at both ends. */
export const trimUnseen = (text: string): string => text.replace(edges, '');
