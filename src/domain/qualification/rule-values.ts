// Compares the value of a contact's attribute with a rule's value.
import { dayAfter, dayOf, daysLater, startOfDay } from '../day.ts';
import { foldText } from '../identity.ts';
import { momentOf, readMoment } from '../time.ts';
import { dayMs } from '../time-units.ts';
import { type ComparedAs, numberOf, sameValue } from '../values.ts';
import type { Facts, Value } from './notification.ts';

type Scalar = string | number | boolean;

/** Null also for an attribute that was never seen; a rule may name any attribute, even `constructor`. */
export function held(facts: Facts, attribute: string): Value {
  return (Object.hasOwn(facts, attribute) ? facts[attribute] : null) ?? null;
}

export function isEqual(value: Value, wanted: Scalar, as: ComparedAs): boolean {
  if (Array.isArray(value)) return value.some((item) => sameValue(as, item, wanted));
  return sameValue(as, value, wanted);
}

export function contains(value: Value, wanted: string): boolean {
  if (Array.isArray(value)) return isEqual(value, wanted, 'text');
  return typeof value === 'string' && foldText(value).includes(foldText(wanted));
}

/** A calendar day, which has no time zone, or a moment, which is on different days in different zones. */
export type Dated = { day: string; at: Date; isDay: boolean };

/** Null when it is not a date. Intercom stores a custom date without a time as the start of its day in UTC. */
export function datedOf(value: Value, attribute: string, timeZone: string): Dated | null {
  const read = readMoment(value);
  if ('problem' in read) return null;
  const isDay =
    read.precision === 'day' ||
    (attribute.startsWith('custom_attributes.') && read.at.getTime() % dayMs === 0);
  if (!isDay) return { day: dayOf(read.at, timeZone), at: read.at, isDay };
  const day = dayOf(read.at, 'UTC');
  return { day, at: startOfDay(day, timeZone), isDay };
}

/** Negative before the wanted date, positive after it, and 0 on the whole of a date without a time. */
export function compareDates(seen: Dated, wanted: string, timeZone: string): number {
  if (isPlainDay(wanted)) return seen.day < wanted ? -1 : Number(seen.day > wanted);
  return seen.at.getTime() - (momentOf(wanted, { timeZone })?.getTime() ?? Number.NaN);
}

const isPlainDay = (text: string) => text.length === '2026-11-12'.length;

/** Counts calendar days. One day in the future counts too: clocks differ, and so do time zones. */
export function isWithinDays(seen: Dated, days: number, now: Date, timeZone: string): boolean {
  const from = daysLater(now, -days, timeZone);
  if (seen.isDay) {
    return seen.day >= dayOf(from, timeZone) && seen.day <= dayAfter(dayOf(now, timeZone));
  }
  return seen.at >= from && seen.at <= daysLater(now, 1, timeZone);
}

export function amountOf(value: Value): number | null {
  const amount = numberOf(value);
  return amount !== null && amount >= 0 ? amount : null;
}
