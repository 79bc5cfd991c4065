// Makes of a value what a field of an Intercom contact takes, or says why that cannot be.
import { z } from 'zod';
import type { ValueType } from './mapping.ts';

/** What is known, and what Intercom takes; a date is Unix seconds there. */
export type Fact = string | number | boolean | Date | null;
export type FieldValue = string | number | boolean;

/** `note`: it fits, and something was lost. */
export type Converted = { value: FieldValue; note?: string } | { problem: string };

/** Of custom attributes: https://www.intercom.com/help/en/articles/179-send-custom-user-attributes-to-intercom */
export const longestText = 255;

/** `options` are the only values that a list takes. */
export function convert(
  fact: Exclude<Fact, null>,
  type: ValueType,
  options: readonly string[] | null,
): Converted {
  switch (type) {
    case 'text':
      return shortened(asText(fact));
    case 'options':
      return option(asText(fact), options ?? []);
    case 'integer':
      return integer(fact);
    case 'float':
      return float(fact);
    case 'boolean':
      return boolean(fact);
    case 'date':
      return date(fact);
    case 'email':
      return matching(asText(fact), z.regexes.unicodeEmail, 'no email address');
    case 'phone':
      return matching(asText(fact), /^[+()\d\s./-]*\d[+()\d\s./-]*$/, 'no phone number');
    case 'admin':
      return matching(asText(fact), /^\d{1,20}$/, 'no id of a teammate');
    case 'language':
      return matching(asText(fact), /^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i, 'no code of a language');
    case 'address':
      return URL.parse(asText(fact))?.protocol.startsWith('http')
        ? { value: asText(fact) }
        : { problem: `${quoted(fact)} is no web address` };
    case 'other':
      return { value: fact instanceof Date ? asText(fact) : fact };
  }
}

/** As people read it: a date without its time. */
export function asText(fact: Exclude<Fact, null>): string {
  return fact instanceof Date ? fact.toISOString().slice(0, 10) : String(fact).trim();
}

function shortened(text: string): Converted {
  if (text.length <= longestText) return { value: text };
  // None is cut inside a character.
  const value = text
    .slice(0, longestText)
    .toWellFormed()
    .replace(/\uFFFD$/, '');
  return { value, note: `cut to ${longestText} characters` };
}

function option(text: string, options: readonly string[]): Converted {
  const wanted = text.toLowerCase();
  const value = options.find((one) => one.trim().toLowerCase() === wanted);
  if (value !== undefined) return { value };
  return { problem: `${quoted(text)} is none of ${options.join(', ').slice(0, 300)}` };
}

function float(fact: Exclude<Fact, null>): Converted {
  if (typeof fact === 'number' && Number.isFinite(fact)) return { value: fact };
  if (typeof fact === 'string' && /^[+-]?\d{1,300}(\.\d+)?$/.test(fact.trim()))
    return { value: Number(fact) };
  return { problem: `${quoted(fact)} is no number` };
}

function integer(fact: Exclude<Fact, null>): Converted {
  const read = float(fact);
  if ('problem' in read || Number.isSafeInteger(read.value)) return read;
  return { problem: `${quoted(fact)} is no whole number` };
}

const words = { true: ['true', 'yes', 'y', 'on', '1'], false: ['false', 'no', 'n', 'off', '0'] };

function boolean(fact: Exclude<Fact, null>): Converted {
  const word = fact instanceof Date ? '' : String(fact).trim().toLowerCase();
  if (words.true.includes(word)) return { value: true };
  if (words.false.includes(word)) return { value: false };
  return { problem: `${quoted(fact)} is neither true nor false` };
}

// Until the year 5138; what is larger counts milliseconds.
const mostSeconds = 1e11;
const iso = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })]);

function date(fact: Exclude<Fact, null>): Converted {
  const at = fact instanceof Date ? fact : moment(fact);
  if (at === null || Number.isNaN(at.getTime())) {
    return { problem: `${quoted(fact)} is no date; ISO dates and Unix times are` };
  }
  return { value: Math.floor(at.getTime() / 1000) };
}

function moment(fact: string | number | boolean): Date | null {
  const text = typeof fact === 'string' ? fact.trim() : fact;
  const number = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (typeof number === 'number') return new Date(number < mostSeconds ? number * 1000 : number);
  if (typeof number !== 'string') return null;
  const written = number.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T');
  if (!iso.safeParse(written).success) return null;
  // Without a zone it is meant in UTC, whatever the zone of this machine is.
  return new Date(/T/.test(written) && !/(z|[+-]\d\d:?\d\d)$/i.test(written) ? `${written}Z` : written);
}

function matching(text: string, form: RegExp, what: string): Converted {
  return form.test(text) ? { value: text } : { problem: `${quoted(text)} is ${what}` };
}

function quoted(fact: Exclude<Fact, null>): string {
  return JSON.stringify(asText(fact).slice(0, 60).toWellFormed());
}
