// Texts that others wrote, made safe to be read out: nothing in them can pass for an instruction's markup or a link.
import { unseen } from '../unseen.ts';
import { cutText } from '../words.ts';

const invisible = new RegExp(`[${unseen}]`, 'gu');
const markdownLink = /!?\[([^[\]]*)\]\([^()]*\)/g;
const address = /(?:\b[a-z][a-z0-9+.-]{0,100}:\/\/|\bwww\.|\bmailto:|\bjavascript:|\bdata:)\S*/gi;
const markup = /[<>{}`*_#|\\[\]]+/g;

/** One line without control characters, links or markup. Names of campaigns and rewards are short: `max` cuts them. */
export function spokenText(text: string, max = 80): string {
  const plain = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .replace(invisible, '')
    .replace(markdownLink, '$1')
    .replace(address, '')
    .replace(markup, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return cutText(plain, max).trim();
}

/** What a customer said, for a teammate to read: some lines without control characters. */
export function saidText(text: string): string {
  const plain = text
    .toWellFormed()
    .normalize('NFC')
    .split(/\r?\n/)
    .map((line) => line.replace(/\s+/g, ' ').replace(invisible, '').trim())
    .join('\n')
    .trim();
  return cutText(plain, 1_000);
}
