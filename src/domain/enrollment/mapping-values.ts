// Converts a value to what a field of an Intercom contact accepts, or says why that is impossible.
import { dayOf } from '../day.ts';
import { foldText, readEmail, readId, readPhone, readText, type TextReading, tidy } from '../identity.ts';
import { type DateOptions, readMoment, toSeconds } from '../time.ts';
import { booleanOf, decimalOf } from '../values.ts';
import { cutText } from '../words.ts';
import type { ValueType } from './mapping.ts';

/** In a field value, a date is Unix seconds. */
export type Fact = string | number | boolean | Date | null;
export type FieldValue = string | number | boolean;

/** `note`: the value fits, but something was lost. */
export type Converted = { value: FieldValue; note?: string } | { problem: string };

/** For custom attributes: https://www.intercom.com/help/en/articles/179-send-custom-user-attributes-to-intercom */
const maxTextLength = 255;

type KnownFact = Exclude<Fact, null>;

/** Without `decimals`, as programs write numbers: 1.234 has a decimal point. In a file, it may be a thousand. */
export type Writing = DateOptions & { decimals?: 'comma' | 'point' | 'unknown' | undefined };

/** `options` are the only values that a list accepts. */
export function convert(
  fact: KnownFact,
  type: ValueType,
  options: readonly string[] | null,
  writing: Writing = {},
): Converted {
  return type === 'options' ? option(asText(fact), options ?? []) : converters[type](fact, writing);
}

const converters: Record<Exclude<ValueType, 'options'>, (fact: KnownFact, writing: Writing) => Converted> = {
  text,
  integer,
  float,
  boolean,
  date,
  id: (fact, dates) =>
    typeof fact === 'boolean'
      ? { problem: `${quoted(fact)} is not an ID` }
      : read(fact, readId(typeof fact === 'number' ? fact : asText(fact, dates))),
  tag: (fact, dates) => tooLong(asText(fact)) ?? read(fact, readText(asText(fact, dates))),
  email: (fact) => read(fact, readEmail(asText(fact))),
  phone: (fact) => read(fact, readPhone(typeof fact === 'number' ? fact : asText(fact))),
  admin: (fact) => matching(asText(fact), /^\d{1,20}$/, 'not the ID of a teammate'),
  language: (fact) => matching(asText(fact), /^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i, 'not a language code'),
  address: (fact) =>
    URL.parse(asText(fact))?.protocol.startsWith('http')
      ? { value: asText(fact) }
      : { problem: `${quoted(fact)} is not a web address` },
  other: (fact, dates) => ({ value: fact instanceof Date ? asText(fact, dates) : fact }),
};

/** As people read it: a date without its time, in the workspace's time zone. */
export function asText(fact: KnownFact, { timeZone = 'UTC' }: DateOptions = {}): string {
  if (!(fact instanceof Date)) return tidy(String(fact));
  return Number.isNaN(fact.getTime()) ? '' : dayOf(fact, timeZone);
}

function read(fact: KnownFact, reading: TextReading): Converted {
  return 'value' in reading ? reading : { problem: `${quoted(fact)} ${reading.problem}` };
}

function text(fact: KnownFact, dates: DateOptions): Converted {
  // JavaScript would show 1e21, which stands for digits that were never entered.
  if (typeof fact === 'number' && !isExact(fact)) return read(fact, readId(fact));
  const whole = asText(fact, dates);
  return tooLong(whole) ?? { value: whole };
}

function tooLong(whole: string): Converted | null {
  if (whole.length <= maxTextLength) return null;
  return { value: cutText(whole, maxTextLength), note: `cut to ${maxTextLength} characters` };
}

function option(text: string, options: readonly string[]): Converted {
  const wanted = foldText(text);
  const value = options.find((option) => foldText(option) === wanted);
  if (value !== undefined) return { value };
  return { problem: `${quoted(text)} is none of ${options.join(', ').slice(0, 300)}` };
}

/** False for a whole number beyond 2^53: its last digits are lost or were never there. */
const isExact = (number: number) => !Number.isInteger(number) || Number.isSafeInteger(number);

function float(fact: KnownFact, { decimals }: Writing): Converted {
  if (typeof fact === 'number' && Number.isFinite(fact)) return { value: fact };
  const written =
    typeof fact === 'string' ? plainNumber(tidy(fact), decimals) : { problem: 'is not a number' };
  if ('problem' in written) return { problem: `${quoted(fact)} ${written.problem}` };
  const value = Number(written.value);
  if (!Number.isFinite(value)) return { problem: `${quoted(fact)} is not a number` };
  if (isExact(value) || decimalOf(value) === decimalOf(written.value)) return { value };
  return { problem: `${quoted(fact)} has more digits than a number can hold; use a text attribute` };
}

// Three digits after the only separator may be a fraction or thousands.
const unclear = /^[+-]?[1-9]\d{0,2}([.,])\d{3}$/;
// Several dots can only separate thousands.
const dotsAlone = /^[+-]?\d{1,3}(\.\d{3}){2,}$/;
const decimalComma = /^[+-]?(\d+|\d{1,3}([. '’]\d{3})+)?,\d+$|^[+-]?\d+,$/;
const decimalPoint = /^[+-]?((\d{1,300}|\d{1,3}([, '’]\d{3})+)(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;

/** A number as people and spreadsheets write it, with a decimal point and no thousands separators. */
function plainNumber(input: string, decimals: Writing['decimals']): TextReading {
  const text = input.replace(/\p{Zs}/gu, ' ').replace('\u2212', '-');
  const separator = unclear.exec(text)?.[1];
  if (separator !== undefined) return readUnclear(text, separator, decimals);
  if (dotsAlone.test(text)) return { value: text.replaceAll('.', '') };
  if (decimalComma.test(text)) return { value: text.replace(/[. '’]/g, '').replace(',', '.') };
  if (decimalPoint.test(text)) return { value: text.replace(/[, '’]/g, '') };
  return { problem: 'is not a number' };
}

function readUnclear(text: string, separator: string, decimals: Writing['decimals']): TextReading {
  const [fraction, thousands] = [text.replace(',', '.'), text.replace(separator, '')];
  const known = decimals === undefined && separator === '.' ? 'point' : decimals;
  if (known === undefined) return { problem: `is ambiguous: use ${fraction} or ${thousands}` };
  if (known === 'unknown')
    return {
      problem: `is ambiguous: use ${fraction} or ${thousands}, or set whether a comma separates decimals`,
    };
  return { value: (known === 'comma') === (separator === ',') ? fraction : thousands };
}

function integer(fact: KnownFact, writing: Writing): Converted {
  const number = float(fact, writing);
  if ('problem' in number || Number.isSafeInteger(number.value)) return number;
  return { problem: `${quoted(fact)} is not a whole number` };
}

function boolean(fact: KnownFact): Converted {
  const value = fact instanceof Date ? null : booleanOf(fact);
  return value !== null ? { value } : { problem: `${quoted(fact)} is neither true nor false` };
}

function date(fact: KnownFact, dates: DateOptions): Converted {
  const moment = readMoment(fact, dates);
  return 'problem' in moment
    ? { problem: `${quoted(fact)} ${moment.problem}` }
    : { value: toSeconds(moment.at) };
}

function matching(text: string, form: RegExp, what: string): Converted {
  return form.test(text) ? { value: text } : { problem: `${quoted(text)} is ${what}` };
}

function quoted(fact: KnownFact): string {
  return JSON.stringify(asText(fact).slice(0, 60).toWellFormed());
}
