// Makes the code of a share link: short enough to read out, too rare to guess.
import { randomInt } from 'node:crypto';

/** No vowels (no accidental words), no 0, 1 and l (no mistaken ones). */
const alphabet = '23456789bcdfghjkmnpqrstvwxyz';

/** Ten letters of 28: about 48 bits, so a million codes leave one guess in 300 million a chance. */
export function newShareCode(): string {
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
