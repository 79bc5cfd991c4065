// Names as the search compares them: in lower case, without accents, so that "tomas" finds Tomás. SQL and TypeScript do the same.
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/** Letters that have no accent to take away, and what people type for them. */
const letters = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' };
const accents = '\u0300-\u036f';

export function foldName(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(new RegExp(`[${accents}]`, 'g'), '')
    .normalize('NFC');
  return plain.toLowerCase().replace(new RegExp(`[${Object.keys(letters).join('')}]`, 'g'), (letter) => {
    return letters[letter as keyof typeof letters];
  });
}

/** The ways in which a word may be stored: Müller, Mueller, Muller. Each folded. */
export function spellingsOf(word: string): string[] {
  const expanded = word
    .toLowerCase()
    .normalize('NFC')
    .replace(/[äöü]/g, (letter) => `${letter.normalize('NFD')[0]}e`);
  const folded = foldName(word);
  return [...new Set([folded, foldName(expanded), folded.replace(/([ao]|(?<!q)u)e/g, '$1')])];
}

/** What people_by_name indexes. */
export function nameVector(name: SQLWrapper): SQL {
  const plain = sql`lower(normalize(regexp_replace(normalize(coalesce(${name}, ''), NFKD), '[${sql.raw(accents)}]', '', 'g'), NFC))`;
  const folded = Object.entries(letters).reduce(
    (text, [letter, typed]) => sql`replace(${text}, '${sql.raw(letter)}', '${sql.raw(typed)}')`,
    plain,
  );
  return sql`to_tsvector('simple', ${folded})`;
}
