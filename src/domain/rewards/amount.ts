// Amounts of money and points: exact decimals as text, in one form, however people write them.
import type { TextReading } from '../identity.ts';

const maxWhole = 12;
/** Of amounts without a currency, such as points. */
const plainDecimals = 2;

const known = new Set(Intl.supportedValuesOf('currency'));

/** An ISO 4217 code, in capitals. */
export function readCurrency(given: string): TextReading {
  const code = given.normalize('NFKC').trim().toUpperCase();
  return known.has(code) ? { value: code } : { problem: 'must be a currency code such as EUR' };
}

/**
 * "10", "10.00" and "10,00" are one amount: "10.00" in EUR, "10" without a currency. Grouped digits and the currency's
 * code or sign are allowed; what could mean two amounts, such as "1.000", is refused rather than guessed.
 */
export function readAmount(given: string | number, currency: string | null): TextReading {
  const text = typeof given === 'number' ? String(given) : given.normalize('NFKC').trim();
  const parts = /^([A-Za-z]{3}|\p{Sc})?\s*(\d[\d.,'’ ]*?)\s*([A-Za-z]{3}|\p{Sc})?$/u.exec(text);
  const [, before, digits, after] = parts ?? [];
  if (digits === undefined) return { problem: 'must be an amount such as 10.00' };
  const foreign = [before, after].find((unit) => unit !== undefined && !isUnitOf(unit, currency));
  if (foreign !== undefined) {
    return { problem: currency === null ? 'must not name a currency' : `must be in ${currency}` };
  }
  const decimal = typeof given === 'number' ? split(digits) : decimalOf(digits, currency);
  if (typeof decimal === 'string') return { problem: decimal };
  return inOneForm(decimal, currency);
}

type Decimal = { whole: string; fraction: string };

function split(digits: string): Decimal {
  const [whole = '', fraction = ''] = digits.split(/[.,]/);
  return { whole, fraction };
}

/** A text is the problem. */
function decimalOf(digits: string, currency: string | null): Decimal | string {
  const plain = /^(\d+)(?:([.,])(\d+))?$/.exec(digits);
  if (plain) {
    const [, whole = '', separator, fraction = ''] = plain;
    const isOwnForm = separator === '.' && currency !== null && decimalsOf(currency) === 3;
    const mayBeGroup = /^[1-9]\d{0,2}$/.test(whole) && fraction.length === 3;
    if (mayBeGroup && !isOwnForm)
      return `"${digits}" can mean two amounts: write ${whole}${fraction} or ${whole}.00`;
    return { whole, fraction };
  }
  const grouped = /^([1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?$/.exec(digits);
  const [, whole = '', group, separator, fraction = ''] = grouped ?? [];
  if (!grouped || group === separator) return 'must be an amount such as 10.00';
  return { whole: whole.replaceAll(/\D/g, ''), fraction };
}

function inOneForm({ whole, fraction }: Decimal, currency: string | null): TextReading {
  const decimals = currency === null ? plainDecimals : decimalsOf(currency);
  const digits = whole.replace(/^0+(?=\d)/, '');
  const cents = fraction.replace(/(?<!0)0+$/, '');
  if (digits.length > maxWhole) return { problem: `must be below 1${'0'.repeat(maxWhole)}` };
  if (cents.length > decimals) return { problem: `must have at most ${decimals} decimals` };
  if (digits === '0' && cents === '') return { problem: 'must be more than 0' };
  const shown = currency === null ? cents : cents.padEnd(decimals, '0');
  return { value: shown === '' ? digits : `${digits}.${shown}` };
}

function isUnitOf(unit: string, currency: string | null): boolean {
  if (currency === null) return false;
  return unit.toUpperCase() === currency || unit === signOf(currency);
}

const formatOf = (currency: string) =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });

function signOf(currency: string): string | undefined {
  return formatOf(currency)
    .formatToParts(1)
    .find(({ type }) => type === 'currency')?.value;
}

function decimalsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? plainDecimals;
}

const scale = 6;

/** Of amounts in one form. */
function exact(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

export function isAbove(amount: string, limit: string): boolean {
  return exact(amount) > exact(limit);
}

export function isSameAmount(first: string, second: string): boolean {
  return exact(first) === exact(second);
}

/** Of one currency; null when none has an amount. */
export function sumAmounts(amounts: readonly (string | null)[], currency: string | null): string | null {
  const known = amounts.filter((amount) => amount !== null);
  if (known.length === 0) return null;
  const digits = String(known.reduce((sum, amount) => sum + exact(amount), 0n)).padStart(scale + 1, '0');
  const cents = digits.slice(-scale).replace(/0+$/, '');
  const shown = currency === null ? cents : cents.padEnd(decimalsOf(currency), '0');
  return `${digits.slice(0, -scale)}${shown === '' ? '' : `.${shown}`}`;
}

/** "1,234.50 EUR"; "500" without a currency. */
export function amountText(amount: string, currency: string | null): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return `${grouped}${fraction === '' ? '' : `.${fraction}`}${currency === null ? '' : ` ${currency}`}`;
}
