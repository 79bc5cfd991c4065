// The subject of an erasure, and the patterns that find its identifiers in texts about other people.

import { domainToUnicode } from 'node:url';
import { edgeRanges } from '../unseen.ts';

/** Identifiers of the erased person, kept only until the erasure is done. */
export type Sought = Record<'personIds' | 'contactIds' | 'emails' | 'externalIds' | 'names', string[]>;

export type ErasedCounts = Record<string, number>;

export function addErasedCounts(a: ErasedCounts, b: ErasedCounts): ErasedCounts {
  const tables = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const counts = tables.map((table): [string, number] => [table, (a[table] ?? 0) + (b[table] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** PostgreSQL regular expressions, for every spelling; null when there is nothing to search for. */
export type Patterns = {
  /** Emails anywhere in a text, in any case. */
  emails: string | null;
  /** Only in fields about people, because these may be any word; the first group stays. */
  others: string | null;
  /** An email or external ID that makes the whole contact this person's. */
  contact: string | null;
  /** A cell with nothing else in it. */
  wholeEmail: string | null;
  wholeId: string | null;
  wholeName: string | null;
};

export function patternsFor({ emails, externalIds, names }: Sought): Patterns {
  const addresses = emails.map(emailPattern);
  const ids = externalIds.map((id) => spelled(id));
  const field = (keys: string, values: readonly string[], end = '') =>
    values.length === 0 ? [] : [`("(?:${keys})"\\s*:\\s*"${edge})${oneOf(values)}${end}${edge}(?=")`];
  const others = [
    ...field('[^"]*(?:[eE]xternal_?[iI]d|user_?[iI]d)', ids),
    ...field(
      '[^"]*[rR]eferrer[^"]*',
      names.map((name) => spelled(name)),
    ),
    ...(ids.length === 0 ? [] : [`(\\mexternal:)${oneOf(ids)}(?![[:alnum:]_-])`]),
  ];
  const contact = [...field('email', addresses, finalDot), ...field('external_id|user_id', ids)];
  return {
    emails: addresses.length === 0 ? null : `${noAddressBefore}${oneOf(addresses)}${noAddressAfter}`,
    others: joined(others),
    contact: joined(contact),
    wholeEmail: addresses.length === 0 ? null : `^${edge}${oneOf(addresses)}${finalDot}${edge}$`,
    wholeId: ids.length === 0 ? null : `^${edge}${oneOf(ids)}${edge}$`,
    wholeName: names.length === 0 ? null : `^${edge}${oneOf(names.map((name) => spelled(name)))}${edge}$`,
  };
}

const oneOf = (patterns: readonly string[]) => `(?:${patterns.join('|')})`;
const joined = (patterns: readonly string[]) => (patterns.length === 0 ? null : patterns.join('|'));
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** What draws nothing, as it is and as JSON may write it. */
const unseen = String.raw`(?:[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]|\\u(?:00ad|034f|061c|200[b-f]|202[a-e]|206[0-9a-f]|3164|feff))`;
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const inClass = (code: number) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`);

/** What may surround a text, as it is and as JSON may write it. */
const edge = `(?:[${edgeRanges.map(([from, to]) => `${inClass(from)}-${inClass(to)}`).join('')}]|${escapedEdges()})*`;

/** Each as its escape in JSON, `\u200b`; those beyond U+FFFF as two of them. Grouped by all digits but the last. */
function escapedEdges(): string {
  const groups = new Map<string, Set<string>>();
  const escapesOf = (code: number) =>
    jsonEscaped(String.fromCodePoint(code)).replaceAll('\\', String.raw`\\`);
  const whole: string[] = [];
  for (const [from, to] of edgeRanges) {
    for (let code = from; code <= to; code += 1) {
      const escapes = escapesOf(code);
      if (code % 256 === 0 && code + 255 <= to) {
        whole.push(`${escapes.slice(0, -2)}[0-9a-f]{2}`);
        code += 255;
      } else {
        const before = escapes.slice(0, -1);
        groups.set(before, (groups.get(before) ?? new Set()).add(escapes.slice(-1)));
      }
    }
  }
  const grouped = [...groups].map(([before, last]) => `${before}[${[...last].join('')}]`);
  return [String.raw`\\[tnrbf]`, ...grouped, ...whole].join('|');
}

const finalDot = String.raw`\.?`;
/** Letters to a database, that draw nothing. */
const filler = String.raw`[\u115f\u1160\u3164\uffa0]`;
/** An escaped character ends in a letter or digit, too. */
const noAddressBefore = String.raw`(?:(?<![[:alnum:]._%+-])|(?<=\\u[0-9a-fA-F]{4})|(?<=\\[tnr])|(?<=${filler}))`;
const noAddressAfter = String.raw`(?:(?![[:alnum:]-]|\.[[:alnum:]])|(?=\.?${filler}))`;

/** The text however its accents are composed and whatever is invisible between its characters. */
function spelled(text: string, wide = false): string {
  return [...text.normalize('NFC')].map((char) => characterPattern(char, wide)).join(`${unseen}*`);
}

function characterPattern(char: string, wide: boolean): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '.' && wide) return String.raw`(?:[.\u3002\uff0e\uff61]|\\u(?:3002|ff0e|ff61))`;
  if (code < 0x7f) {
    const plain = JSON.stringify(char).slice(1, -1);
    const forms = [char, plain, ...(wide ? [String.fromCodePoint(code + 0xfee0)] : [])];
    return oneOf([...new Set(forms)].map(escaped));
  }
  const forms = [char, char.normalize('NFD')];
  return oneOf([...new Set(forms.flatMap((form) => [form, jsonEscaped(form)]))].map(escaped));
}

function jsonEscaped(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

/** The host in ASCII and in its own letters; capitals are left to the search, and those of letters with accents named. */
function emailPattern(email: string): string {
  const at = email.lastIndexOf('@');
  const [local, host] = [email.slice(0, at), email.slice(at + 1)];
  const hosts = [...new Set([host, domainToUnicode(host) || host])].flatMap(inBothCases);
  const locals = inBothCases(local);
  return `${oneOf(locals.map((name) => spelled(name)))}${unseen}*@${unseen}*${oneOf(hosts.map((name) => spelled(name, true)))}`;
}

/** PostgreSQL may know the capitals of ASCII letters only. */
const inBothCases = (text: string) => [...new Set([text, text.toUpperCase()])];
