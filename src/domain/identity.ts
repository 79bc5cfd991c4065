// The normal form of identifiers: email, host, phone, external ID, company ID, tag, and texts in rules.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { trimUnseen, unseen } from './unseen.ts';

/** `problem` follows the name of a field, as in "email is not an email address". */
export type TextReading = { value: string } | { problem: string };

/** Intercom's limit for ids, tags and custom attributes. */
const maxIdLength = 255;
/** RFC 5321, including the host. */
const maxEmailLength = 254;

/** What selectors and joiners can combine: letters, marks and symbols that are drawn themselves. */
const drawn = String.raw`(?![${unseen}])[\p{Lo}\p{M}\p{S}\p{Emoji}]`;
/** Selectors and joiners that combine two characters into one: the only meaningful invisible ones. */
const meaningful = [
  String.raw`(?<=${drawn})[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=${drawn}|${drawn}\uFE0F)[\u200C\u200D](?=${drawn})`,
  // The longest flag has six. Looking back without a limit took seconds in a long text of them.
  String.raw`(?<=\u{1F3F4}[\u{E0020}-\u{E007F}]{0,16})[\u{E0020}-\u{E007F}]`,
].join('|');
const edge = `(?:(?!${meaningful})[\\s${unseen}])`;
// As in unseen.ts, a sequence is tried only from its first character.
const edgesOfText = new RegExp(`^[\\s${unseen}]+|(?<!${edge})${edge}+$`, 'gu');
const inside = new RegExp(`[${unseen}]`, 'u');
const space = String.raw`[\t-\r\u0085\p{Z}]`;
const everywhere = new RegExp(`(?!${space})[${unseen}]`, 'gu');
const spaces = new RegExp(`${space}+`, 'gu');
const meaningfulOnes = new RegExp(meaningful, 'gu');

/** Removes invisible characters from both ends and applies Unicode NFC. The inside stays as it is. */
export function tidy(text: string): string {
  return text.toWellFormed().normalize('NFC').replace(edgesOfText, '');
}

function flawIn(text: string): string | null {
  if (!text.isWellFormed() || text.includes('\uFFFD')) return 'has a damaged character';
  const found = inside.exec(text)?.[0] ?? /(?! )\s/u.exec(text)?.[0];
  if (found === undefined) return null;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `has an invisible character inside (U+${code})`;
}

// Most emails are this plain, and emails are compared far more often than they change.
const plainEmail =
  /^[a-z0-9][a-z0-9._%+-]{0,62}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
/** Letters of any script and the signs of RFC 5321, except those used in lists, display names and routes. */
const localPart = /^[\p{L}\p{M}\p{N}!#$%&*+/=?^_`{|}~.-][\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]{0,63}$/u;

/** The address in lower case with its host by IDNA. Aliases are not folded: a+b@ and ab@ are two people. */
export function readEmail(input: string): TextReading {
  if (input.length <= maxEmailLength && plainEmail.test(input)) return { value: input };
  const notEmail = { problem: 'is not an email address' };
  const text = trimUnseen(input);
  const flaw = flawIn(text);
  if (flaw !== null) return { problem: flaw };
  const [local, written, ...more] = text.split('@');
  if (local === undefined || written === undefined || more.length > 0) return notEmail;
  const name = local.normalize('NFC').toLowerCase().normalize('NFC');
  if (!localPart.test(name)) return notEmail;
  const host = readHost(written);
  if ('problem' in host) return { problem: `is not an email address (its domain ${host.problem})` };
  const value = `${name}@${host.value}`;
  return value.length <= maxEmailLength ? { value } : notEmail;
}

/** By IDNA, in lower case, without a final dot; at least two labels, and not an IP address. */
export function readHost(input: string): TextReading {
  const text = trimUnseen(input).normalize('NFC');
  const flaw = flawIn(text);
  if (flaw !== null) return { problem: flaw };
  // Characters that a URL would not read as part of its host.
  if (/[\s/\\?#@:%[\]<>^|]/.test(text)) return { problem: 'is not a domain name' };
  const host = (URL.parse(`http://${text}`)?.hostname ?? '').replace(/\.$/, '');
  const labels = host.split('.');
  if (labels.length < 2) return { problem: 'has no dot' };
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (!wellFormed || host.length > 253 || /^\d+$/.test(labels.at(-1) ?? ''))
    return { problem: 'is not a domain name' };
  return { value: host };
}

/** An email in the form for storage and comparison; an invalid one only loses its invisible characters. */
export function emailKey(input: string | null | undefined): string | null {
  if (input === null || input === undefined) return null;
  const read = readEmail(input);
  if ('value' in read) return read.value;
  const seen = foldText(input);
  const again = readEmail(seen);
  return 'value' in again ? again.value : seen === '' ? null : seen;
}

/** E.164 when written with + or 00; otherwise the digits as they are, because the country is unknown. */
export function readPhone(input: string | number): TextReading {
  const text = trimUnseen(String(input)).normalize('NFKC');
  const flaw = flawIn(text.replace(/\p{Zs}/gu, ' '));
  if (flaw !== null) return { problem: flaw };
  if (typeof input === 'number' && !Number.isSafeInteger(input)) return { problem: asText };
  if (!/^\(?\+?[\d\s()./\p{Pd}]+$/u.test(text))
    return { problem: shortened.test(text) ? cutShort : 'is not a phone number' };
  if (decimal.test(text)) return { problem: 'was changed to a decimal number: write all digits, as text' };
  const digits = text.replaceAll(/\D/g, '');
  const isInternational = text.includes('+');
  const abroad = isInternational ? text : digits.startsWith('00') ? `+${digits.slice(2)}` : null;
  const parsed = abroad === null ? undefined : parsePhoneNumberFromString(abroad);
  if (parsed?.isPossible()) return { value: parsed.number };
  // More than E.164 has are two numbers.
  if (digits.length < 3 || digits.length > 15) return { problem: 'is not a phone number' };
  return { value: isInternational ? `+${digits}` : digits };
}

/** The digits for comparing and searching phones; null when there are none. */
export function phoneKey(input: string | null | undefined): string | null {
  if (input === null || input === undefined) return null;
  const read = readPhone(input);
  if ('value' in read) return read.value.replaceAll(/\D/g, '');
  const digits = input.normalize('NFKC').replaceAll(/\D/g, '');
  const again = readPhone(digits);
  const key = 'value' in again ? again.value.replaceAll(/\D/g, '') : digits;
  return key === '' ? null : key;
}

/** 353871234567.0, as programs save a column of numbers with gaps. */
const decimal = /^\+?\d{7,}\.0+$/;
const asText = 'must be text, because a number loses digits';
const cutShort = 'was shortened by a spreadsheet: write all digits, as text';
/** 9.19688E+15, as spreadsheets save a number of more than eleven digits. */
const shortened = /^\d[.,]\d+E\+\d+$/i;

/** The company's own id of a person or company: every digit and letter is preserved, including capitals. */
export function readId(input: string | number): TextReading {
  if (typeof input === 'number' && !Number.isSafeInteger(input)) return { problem: asText };
  const text = trimUnseen(String(input));
  const flaw = flawIn(text);
  if (flaw !== null) return { problem: flaw };
  if (shortened.test(text)) return { problem: cutShort };
  if (isPlaceholder(text)) return { problem: 'is a placeholder, not an ID: leave the field empty' };
  if (text === '') return { problem: 'is empty' };
  const value = text.normalize('NFC');
  return value.length <= maxIdLength ? { value } : { problem: `has more than ${maxIdLength} characters` };
}

/** Normalizes any id for comparison; null when nothing is left. */
export function idKey(input: string | null | undefined): string | null {
  if (input === null || input === undefined) return null;
  const read = readId(input);
  if ('value' in read) return read.value;
  const text = tidy(input);
  return text === '' || isPlaceholder(text) ? null : text;
}

/**
 * What programs and spreadsheets write where there is no id, or none that they can compute. People who share it are not
 * the same person.
 */
const isPlaceholder = (text: string) =>
  /^(\(?(null|nil|none|blank|empty|unknown)\)?|undefined|nan|n\/a|n\.a\.|[-\p{Pd}?.]+|\[object object\]|#(n\/a|ref!|value!|name\?|num!|null!|div\/0!))$/iu.test(
    text,
  );

/** The name of a tag, or a text that a rule compares with: normalized and without invisible characters. */
export function readText(input: string): TextReading {
  const value = tidy(input);
  const flaw = flawIn(value.replace(meaningfulOnes, '').replace(/\p{Zs}/gu, ' '));
  if (flaw !== null) return { problem: flaw };
  if (value === '') return { problem: 'is empty' };
  return value.length <= maxIdLength ? { value } : { problem: `has more than ${maxIdLength} characters` };
}

/** For comparing texts and tags: ignores case, kinds of spaces and invisible characters. */
export function foldText(text: string): string {
  const seen = text.toWellFormed().replace(everywhere, '').replace(spaces, ' ').normalize('NFC');
  return seen.toLowerCase().normalize('NFC').trim();
}
