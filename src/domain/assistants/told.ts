// What is told to an AI assistant: texts of other people as plain data, without links or characters that draw nothing.
import { unseen } from '../unseen.ts';
import { cutText } from '../words.ts';

const unseenOnes = new RegExp(`[${unseen}]`, 'gu');
/** `[text](address)`, of which the text stays. */
const markdownLink = /!?\[([^[\]]*)\]\([^()]*\)/g;
const address = /\b(?:[a-z][a-z0-9+.-]{0,100}:\/\/|www\.|(?:javascript|data|mailto):)\S*/gi;
const markup = /[<>`]/g;

/** On one line, at most `max` long. A text that gives orders stays a text in its field. */
export function toldText(text: string, max = 300): string {
  const plain = text
    .replace(/\s+/g, ' ')
    .replace(unseenOnes, '')
    .replace(markdownLink, '$1')
    .replace(address, '(link removed)')
    .replace(markup, '')
    .trim();
  return cutText(plain, max);
}

/** They hold links of ours; any other link is left out. */
const linkFields: ReadonlySet<string> = new Set(['url', 'share_link']);
/** Already told: the record of `fetch` as a text, and what we signed. */
const ownTexts: ReadonlySet<string> = new Set(['text', 'confirmation', 'next_cursor']);

/** Every text in a tool's result, whatever its depth. `publicUrl` is where our own links lead. */
export function told<T>(value: T, publicUrl: string): T {
  return toldIn(value, '', publicUrl) as T;
}

function toldIn(value: unknown, field: string, publicUrl: string): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') {
    if (linkFields.has(field)) return value.startsWith(`${publicUrl}/`) ? value : null;
    return ownTexts.has(field) ? value : toldText(value);
  }
  if (Array.isArray(value)) return value.map((item) => toldIn(item, field, publicUrl));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, toldIn(inner, name, publicUrl)]),
  );
}
