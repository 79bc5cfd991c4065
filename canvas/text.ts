// Words from outside made fit for a card: plain, short and harmless in Canvas Kit's Markdown.
import { isWebUrl } from './kit.ts';

/** Lengths in graphemes, what a reader calls characters. A notice on a first canvas has three lines. */
export const lengths = { short: 30, name: 80, notice: 100, value: 255 } as const;

// Most names and emails are this plain, and the card is drawn too often to take the long way for them.
const plain = /^[A-Za-z0-9@.,'+/:-]+(?: [A-Za-z0-9@.,'()+/:-]+)*$/;

// Line breaks and tabs are not drawn; other controls are nobody's name. Unpaired surrogates are gone by then.
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu;

// Characters that draw nothing turn text around (U+202E), hide in it (U+200B) or make a blank name of it. What is left
// in: joiners, looked at below; the marks that right-to-left writing needs; variation selectors of emoji and kanji; the
// tags of which flags like Scotland's consist.
const invisible =
  /[\p{Default_Ignorable_Code_Point}--[\u200C-\u200F\u061C\uFE00-\uFE0F\u{E0020}-\u{E007F}\u{E0100}-\u{E01EF}]]/gv;

// A joiner has work to do between emoji (a family is four of them) and inside caseless scripts (Persian, Hindi).
const strayJoiner =
  /(?<!\uFE0F|[\p{Lo}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200C\u200D]|[\u200C\u200D](?![\p{Lo}\p{M}\p{Extended_Pictographic}])/gu;

const visible = /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{M}\u2800]/u;

// Whether a backslash escapes Markdown in Canvas Kit is written nowhere, so the signs give way to full-width twins.
// Parentheses can stay, they link nothing without brackets; so can an underscore inside a word, as emails have it.
const markdown = /[[\]*~`\\]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const fullWidth = (sign: string) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Text from outside as it may stand anywhere on a card, at most `most` graphemes; `fallback` when nothing shows. */
export function safe(words: string | null, most: number = lengths.name, fallback = 'No name'): string {
  if (words === null || words === '') return fallback;
  if (words.length <= most && plain.test(words)) return words;
  // Cut before cleaning too: the cost of a 10,000-character name should not be the reader's.
  const spaced = start(words, most * 16)
    .toWellFormed()
    .replace(breaks, ' ');
  const cleaned = spaced.replace(invisible, '').replace(strayJoiner, '').replace(/ {2,}/g, ' ').trim();
  if (!visible.test(cleaned)) return fallback;
  return shorten(cleaned.replace(markdown, fullWidth), most);
}

/** What an input shows and sends back: exactly what was typed, as far as it is text and not endless. */
export function asTyped(value: string): string {
  return start(value, lengths.value).toWellFormed();
}

/** A Markdown link for `text` components, or the label alone where the address is none that a card may open. */
export function link(label: string | null, url: string | null, most: number = lengths.name): string {
  const shown = safe(label, most);
  const target = url === null ? null : linkTarget(url);
  return target === null ? shown : `[${shown}](${target})`;
}

function linkTarget(url: string): string | null {
  if (!isWebUrl(url)) return null;
  // A parenthesis would end the link early and leave the rest of the address as text.
  return new URL(url).href.replace(/[()*`\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function shorten(words: string, most: number): string {
  if (words.length <= most) return words;
  // Four units each on average: enough for any writing, and an end to letters with a thousand accents.
  const allowance = start(words, most * 4);
  let count = 0;
  let cut = 0;
  for (const { index } of graphemes.segment(allowance)) {
    if (count === most) return `${words.slice(0, cut).trimEnd()}…`;
    cut = index;
    count += 1;
  }
  if (allowance.length === words.length) return words;
  return `${words.slice(0, cut).trimEnd()}…`;
}

/** At most `units` UTF-16 units, and never half of a pair. */
function start(words: string, units: number): string {
  return words.length <= units ? words : words.slice(0, units).replace(/[\uD800-\uDBFF]$/, '');
}
