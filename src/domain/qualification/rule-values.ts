// Comparing what a contact's attribute holds with what a rule asks for.
import type { Facts, Value } from './notice.ts';

type Scalar = string | number | boolean;

const daySeconds = 86_400;

/** Null also for an attribute that was never seen; a rule may name anything, `constructor` included. */
export function held(facts: Facts, attribute: string): Value {
  return (Object.hasOwn(facts, attribute) ? facts[attribute] : null) ?? null;
}

/** Intercom empties a text by '' as often as by null. */
export function isEmpty(value: Value): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/**
 * Capitals and spaces around a text make no difference: company systems write "Pro", "pro" and "pro ". Nor does it
 * matter whether a number is written as a text, as Intercom's own versions differ on for ids.
 */
export function isEqual(value: Value, wanted: Scalar): boolean {
  if (value === wanted) return true;
  if (value === null) return false;
  if (Array.isArray(value)) return value.some((one) => isEqual(one, wanted));
  return fold(String(value)) === fold(String(wanted));
}

export function isSame(before: Value, after: Value): boolean {
  if (before === after) return true;
  if (isEmpty(before) || isEmpty(after)) return isEmpty(before) && isEmpty(after);
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((one) => after.includes(one));
  }
  if (Array.isArray(after) || after === null) return false;
  return !Array.isArray(before) && isEqual(before, after);
}

export function contains(value: Value, wanted: string): boolean {
  if (Array.isArray(value)) return isEqual(value, wanted);
  return typeof value === 'string' && fold(value).includes(fold(wanted));
}

/** Unix seconds. Dates of custom attributes come as numbers by REST and as ISO texts in some notifications. */
export function secondsOf(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return null;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000;
}

/** Of a date without a time the whole day counts, in UTC: "after" it begins with the next day. */
export function isAfter(seconds: number, wanted: string): boolean {
  const start = Date.parse(wanted) / 1000;
  return wanted.length === '2026-11-12'.length ? seconds >= start + daySeconds : seconds > start;
}

export function isBefore(seconds: number, wanted: string): boolean {
  return seconds < Date.parse(wanted) / 1000;
}

/** A day ahead counts, too: clocks differ, and a plain date may be tomorrow's where the company is. */
export function isWithinDays(seconds: number, days: number, now: Date): boolean {
  const present = now.getTime() / 1000;
  return seconds >= present - days * daySeconds && seconds <= present + daySeconds;
}

/** What a sale was worth; null for anything that is no amount. */
export function amountOf(value: Value): number | null {
  const amount = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : null;
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
