// Makes external text safe for a card: plain, short and harmless in Canvas Kit's Markdown.
import { isWebUrl } from './kit.ts';

/** Lengths in graphemes (user-perceived characters). A notice on a first canvas has three lines. */
export const lengths = { short: 30, name: 80, notice: 100, value: 255 } as const;

// Most names and emails are this plain, and cards are drawn too often to run the full cleanup on them.
const plain = /^[A-Za-z0-9@.,'+/:-]+(?: [A-Za-z0-9@.,'()+/:-]+)*$/;

// Line breaks and tabs are not drawn, and names contain no other controls. Unpaired surrogates are removed earlier.
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu;

// Invisible characters can reverse, hide or blank out text. Kept: joiners (below), marks of right-to-left
// scripts, variation selectors, and the tags in flags such as Scotland's.
const invisible =
  /[\p{Default_Ignorable_Code_Point}--[\u200C-\u200F\u061C\uFE00-\uFE0F\u{E0020}-\u{E007F}\u{E0100}-\u{E01EF}]]/gv;

// A joiner is meaningful between emoji (a family is four of them) and inside caseless scripts (Persian, Hindi).
const strayJoiner =
  /(?<!\uFE0F|[\p{Lo}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200C\u200D]|[\u200C\u200D](?![\p{Lo}\p{M}\p{Extended_Pictographic}])/gu;

const visible = /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{M}\u2800]/u;

// Canvas Kit does not document escapes, so these signs become their full-width twins. Parentheses do nothing
// without brackets, and an underscore inside a word is common in emails.
const markdown = /[[\]*~`\\]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const fullWidth = (sign: string) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** External text cleaned for any place on a card, at most `max` graphemes; `fallback` when nothing visible is left. */
export function safe(words: string | null, max: number = lengths.name, fallback = 'No name'): string {
  if (words === null || words === '') return fallback;
  if (words.length <= max && plain.test(words)) return words;
  // Cut before cleaning as well, so that a 10,000-character name does not slow down the card.
  const spaced = start(words, max * 16)
    .toWellFormed()
    .replace(breaks, ' ');
  const cleaned = spaced.replace(invisible, '').replace(strayJoiner, '').replace(/ {2,}/g, ' ').trim();
  if (!visible.test(cleaned)) return fallback;
  // Cut first: what follows decides whether an underscore is inside a word.
  return shorten(cleaned, max).replace(markdown, fullWidth);
}

/** The value of an input exactly as typed, except for unpaired surrogates and excess length. */
export function asTyped(value: string): string {
  return start(value, lengths.value).toWellFormed();
}

/** A Markdown link for `text` components, or only the label when a card cannot open the address. */
export function link(label: string | null, url: string | null, max: number = lengths.name): string {
  const shown = safe(label, max);
  const target = url === null ? null : linkTarget(url);
  return target === null ? shown : `[${shown}](${target})`;
}

function linkTarget(url: string): string | null {
  if (!isWebUrl(url)) return null;
  // A parenthesis would end the link early and leave the rest of the address as text.
  return new URL(url).href.replace(/[()*`\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function shorten(words: string, max: number): string {
  if (words.length <= max) return words;
  // Four units each on average: enough for any script, while it cuts off letters with a thousand accents.
  const allowance = start(words, max * 4);
  let count = 0;
  let cut = 0;
  for (const { index } of graphemes.segment(allowance)) {
    if (count === max) return `${words.slice(0, cut).trimEnd()}…`;
    cut = index;
    count += 1;
  }
  if (allowance.length === words.length) return words;
  return `${words.slice(0, cut).trimEnd()}…`;
}

/** At most `units` UTF-16 units, without splitting a surrogate pair. */
function start(words: string, units: number): string {
  return words.length <= units ? words : words.slice(0, units).replace(/[\uD800-\uDBFF]$/, '');
}
