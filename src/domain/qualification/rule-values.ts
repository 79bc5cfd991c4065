// Comparing what a contact's attribute holds with what a rule asks for.
import { dayAfter, dayOf, daysLater, startOfDay } from '../day.ts';
import { foldText } from '../identity.ts';
import { type Moment, momentOf, readMoment } from '../time.ts';
import { type ComparedAs, numberOf, sameValue } from '../values.ts';
import type { Facts, Value } from './notice.ts';

type Scalar = string | number | boolean;

const dayMs = 86_400_000;

/** Null also for an attribute that was never seen; a rule may name anything, `constructor` included. */
export function held(facts: Facts, attribute: string): Value {
  return (Object.hasOwn(facts, attribute) ? facts[attribute] : null) ?? null;
}

/** Of a list, whether it has the wanted one. */
export function isEqual(value: Value, wanted: Scalar, as: ComparedAs): boolean {
  if (Array.isArray(value)) return value.some((one) => sameValue(as, one, wanted));
  return sameValue(as, value, wanted);
}

export function contains(value: Value, wanted: string): boolean {
  if (Array.isArray(value)) return isEqual(value, wanted, 'text');
  return typeof value === 'string' && foldText(value).includes(foldText(wanted));
}

/** A day on a calendar, which has no zone, or a moment, which is of another day elsewhere. */
export type Dated = { day: string; at: Date; isDay: boolean };

/**
 * Null for what is no date. Intercom keeps a date without a time, which only custom attributes have, as the beginning of
 * that day in UTC.
 */
export function datedOf(value: Value, attribute: string, timeZone: string): Dated | null {
  const read: Moment | null = asMoment(value);
  if (read === null) return null;
  const isDay =
    read.precision === 'day' ||
    (attribute.startsWith('custom_attributes.') && read.at.getTime() % dayMs === 0);
  if (!isDay) return { day: dayOf(read.at, timeZone), at: read.at, isDay };
  const day = dayOf(read.at, 'UTC');
  return { day, at: startOfDay(day, timeZone), isDay };
}

function asMoment(value: Value): Moment | null {
  const read = readMoment(value);
  return 'problem' in read ? null : read;
}

/** Of a date without a time the whole day counts: "after" it begins with the next day. */
export function isAfter(seen: Dated, wanted: string, timeZone: string): boolean {
  if (isPlainDay(wanted)) return seen.day > wanted;
  const limit = momentOf(wanted, { timeZone });
  return limit !== null && seen.at > limit;
}

export function isBefore(seen: Dated, wanted: string, timeZone: string): boolean {
  if (isPlainDay(wanted)) return seen.day < wanted;
  const limit = momentOf(wanted, { timeZone });
  return limit !== null && seen.at < limit;
}

const isPlainDay = (text: string) => text.length === '2026-11-12'.length;

/**
 * Days of the calendar, so that a change of clocks moves nothing. A day ahead counts, too: clocks differ, and a plain
 * date may be tomorrow's where the company is.
 */
export function isWithinDays(seen: Dated, days: number, now: Date, timeZone: string): boolean {
  const from = daysLater(now, -days, timeZone);
  if (seen.isDay) {
    return seen.day >= dayOf(from, timeZone) && seen.day <= dayAfter(dayOf(now, timeZone));
  }
  return seen.at >= from && seen.at <= daysLater(now, 1, timeZone);
}

/** What a sale was worth; null for anything that is no amount. */
export function amountOf(value: Value): number | null {
  const amount = numberOf(value);
  return amount !== null && amount >= 0 ? amount : null;
}
