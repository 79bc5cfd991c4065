// Compares attribute values by meaning, not by how they are written.
import { emailKey, foldText, phoneKey, tidy } from './identity.ts';
import { momentOf, toSeconds } from './time.ts';

/** `other` is an unknown type: the look of a value decides. */
export type ComparedAs = 'text' | 'number' | 'yes-no' | 'date' | 'tags' | 'email' | 'phone' | 'other';

export type Comparable = string | number | boolean | null | readonly string[];

/** The same: a time as ISO and as seconds, 5 and "5.0", a list in two orders, and all empty values. */
export function sameValue(type: ComparedAs, first: Comparable, second: Comparable): boolean {
  return first === second || valueKey(type, first) === valueKey(type, second);
}

/** Intercom clears a text with '' as often as with null. */
export function isEmpty(value: Comparable | undefined): boolean {
  return (value ?? '') === '' || (Array.isArray(value) && value.length === 0);
}

/** Whether a write would change nothing. Case counts, since changing it may be the point. */
export function isWritten(value: Comparable, present: Comparable): boolean {
  if (typeof value === 'string' && typeof present === 'string') {
    return tidy(value) === tidy(present) || (isDateText(present) && sameValue('date', value, present));
  }
  return sameValue('other', value, present);
}

const isDateText = (text: string) => /^\d{4}-\d\d-\d\dT/.test(text);

/** Equal for values that mean the same, and for no others. */
function valueKey(type: ComparedAs, value: Comparable): string {
  if (isEmpty(value)) return '';
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify([...new Set(value.map((item) => valueKey(type, item)))].sort());
  }
  return value === null ? '' : keys[type](value);
}

type Scalar = string | number | boolean;

/** Rules compare the same few texts again and again, and folding a text costs more than the rest of a comparison. */
const textKeys = new Map<string, string>();
const maxTextKeys = 5_000;
const maxKeptLength = 100;

function textKey(value: Scalar): string {
  const text = String(value);
  const known = textKeys.get(text);
  if (known !== undefined) return known;
  const key = `text:${foldText(text)}`;
  if (text.length > maxKeptLength) return key;
  if (textKeys.size >= maxTextKeys) textKeys.clear();
  textKeys.set(text, key);
  return key;
}

const keys: Record<ComparedAs, (value: Scalar) => string> = {
  text: textKey,
  tags: textKey,
  number: (value) => prefixed('number', decimalOf(value)) ?? textKey(value),
  'yes-no': (value) => prefixed('yes-no', booleanText(value)) ?? textKey(value),
  date: (value) => prefixed('date', secondsText(value)) ?? textKey(value),
  email: (value) => prefixed('email', emailKey(String(value))) ?? textKey(value),
  phone: (value) => prefixed('phone', phoneKey(String(value))) ?? textKey(value),
  other: (value) =>
    prefixed('yes-no', booleanWord(value)) ??
    prefixed('date', secondsText(value)) ??
    prefixed('number', decimalOf(value)) ??
    textKey(value),
};

const prefixed = (kind: string, key: string | null) => (key === null ? null : `${kind}:${key}`);

const booleanWords = { true: ['true', 'yes', 'y', 'on', '1'], false: ['false', 'no', 'n', 'off', '0'] };

/** As people and spreadsheets write a yes or no; null for anything else. */
export function booleanOf(value: Scalar): boolean | null {
  const word = foldText(String(value));
  // A column of numbers has 1.0.
  const number = decimalOf(value);
  if (booleanWords.true.includes(word) || number === '1e0') return true;
  return booleanWords.false.includes(word) || number === '0' ? false : null;
}

function booleanText(value: Scalar): string | null {
  const read = booleanOf(value);
  return read === null ? null : String(read);
}

/** Of a value of unknown type: 1 and "on" may mean something else. */
function booleanWord(value: Scalar): string | null {
  const word = foldText(String(value));
  return word === 'true' || word === 'false' ? word : null;
}

/** To the second, because Intercom's REST API has no finer precision. */
function secondsText(value: Scalar): string | null {
  const at = typeof value === 'boolean' ? null : momentOf(value);
  return at === null ? null : String(toSeconds(at));
}

/** The digits and the position of the decimal point, without loss; null for anything but a number. */
export function decimalOf(value: Scalar): string | null {
  if (typeof value === 'boolean') return null;
  const parts = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i.exec(tidy(String(value)));
  if (parts === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/(?<!0)0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${scale}`;
}

/** The value as a number, even if it is written as a text; null for anything else. */
export function numberOf(value: Comparable): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || decimalOf(value) === null) return null;
  const number = Number(tidy(value));
  return Number.isFinite(number) ? number : null;
}
