// Helpers for texts that people read.

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const numberFormat = new Intl.NumberFormat('en-US');

/** "1 run", "2,000 runs" */
export const counted = (number: number, singular: string, plural: string) =>
  `${numberFormat.format(number)} ${number === 1 ? singular : plural}`;

/** The beginning of a text, never cut inside a character. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return text
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/\uFFFD$/, '');
}

/** "Spring, Autumn, 3 more" */
export function listFirst(words: readonly string[], between: string, max: number): string {
  const more = words.length - max;
  return more <= 0 ? words.join(between) : [...words.slice(0, max), `${more} more`].join(between);
}
