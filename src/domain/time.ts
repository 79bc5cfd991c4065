// The only parser of times: Unix seconds and milliseconds, ISO texts, plain days and spreadsheet dates.
import { atClock } from './day.ts';
import { trimUnseen } from './unseen.ts';

/** Intercom's notifications have milliseconds, its REST API whole seconds. */
type Precision = 'millisecond' | 'second' | 'day';

export type Moment = { at: Date; precision: Precision };

/** `problem` follows the name of a field, as in "signed_up_at is not a date". */
type MomentReading = Moment | { problem: string };

export type DateOptions = {
  /** The zone in which days start, and of times without a zone. UTC by default. */
  timeZone?: string | undefined;
  /** The zone in which a day without a time starts, if different. */
  dayZone?: string | undefined;
  /** For 03/04/2026; by default, a date that can be read both ways is refused. */
  dayFirst?: boolean | undefined;
};

/** Numbers from here on are milliseconds: as seconds this would be the year 5138. */
const minMilliseconds = 1e11;
const earliest = Date.UTC(1990, 0, 1);
const latest = Date.UTC(2100, 0, 1);

const notDate = 'is not a date: use 2026-11-30, 2026-11-30T09:00:00Z or Unix seconds';
const notBelievable = 'is outside the accepted range: use a date between 1990 and 2100';

/** Accepts any outside value. Never throws; anything but a clear time between 1990 and 2100 is a problem. */
export function readMoment(input: unknown, dates: DateOptions = {}): MomentReading {
  if (input instanceof Date) return within(input.getTime(), fineness(input.getTime()));
  if (typeof input === 'number') return fromNumber(input);
  if (typeof input !== 'string') return { problem: notDate };
  const text = trimUnseen(input);
  if (/^(\d+|\d{9,}\.\d+)$/.test(text)) return fromDigits(text);
  const parts = partsOf(text, dates.dayFirst);
  if ('problem' in parts) return parts;
  const dayZone = dates.dayZone ?? dates.timeZone;
  return fromParts(parts, (parts.time === null ? dayZone : dates.timeZone) ?? 'UTC');
}

export function momentOf(input: unknown, dates?: DateOptions): Date | null {
  const read = readMoment(input, dates);
  return 'problem' in read ? null : read.at;
}

/** Unix seconds, as Intercom's REST API writes a time. */
export function toSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

/** As far as another clock may be ahead of ours. */
const clocksDifferByMs = 5 * 60_000;

/** What is said to have happened later than this was told by a wrong clock. */
export const latestPast = (now: Date) => new Date(now.getTime() + clocksDifferByMs);

/** When something is said to have happened; null for a time that is still to come. */
export function pastMoment(at: Date | null, now: Date): Date | null {
  return at !== null && at <= latestPast(now) ? at : null;
}

/** By `updated_at`; unknown within one second when either has only whole seconds, and for a time still to come. */
export function orderOf(
  told: Date | null,
  stored: Date | null,
  now: Date,
): 'newer' | 'older' | 'same' | 'unknown' {
  const at = pastMoment(told, now);
  const known = pastMoment(stored, now);
  if (at === null || known === null) return 'unknown';
  const inOneSecond = toSeconds(at) === toSeconds(known);
  if (inOneSecond && (fineness(at.getTime()) === 'second' || fineness(known.getTime()) === 'second')) {
    return 'unknown';
  }
  if (at.getTime() === known.getTime()) return 'same';
  return at < known ? 'older' : 'newer';
}

/** A stored `updated_at` has lost its precision; one in a thousand is re-read needlessly. */
function fineness(milliseconds: number): Precision {
  return milliseconds % 1000 === 0 ? 'second' : 'millisecond';
}

function within(milliseconds: number, precision: Precision): MomentReading {
  if (milliseconds >= earliest && milliseconds < latest) return { at: new Date(milliseconds), precision };
  return { problem: notBelievable };
}

function fromNumber(input: number): MomentReading {
  const milliseconds = input >= minMilliseconds ? Math.trunc(input) : Math.trunc(input * 1000);
  const precision = input >= minMilliseconds ? 'millisecond' : fineness(milliseconds);
  return within(milliseconds, precision);
}

/** In a file, bare digits may be a spreadsheet's day 46357, 20261130 or a year, so they are never a Unix time. */
function fromDigits(text: string): MomentReading {
  const read = fromNumber(Number(text));
  return 'problem' in read ? { problem: `${notBelievable}, and written as 2026-11-30` } : read;
}

type Parts = {
  year: number;
  month: number;
  day: number;
  time: { hour: number; minute: number; second: number; fraction: string } | null;
  /** Minutes ahead of UTC; null when the text has none. */
  offset: number | null;
};

const time = String.raw`(?:(?:[Tt]|,? +)(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?(?: ?(?<half>[AaPp])\.?[Mm]\.?)?)?`;
const zone = String.raw`(?: ?(?<zone>[Zz]|UTC|GMT|[+\-\u2212]\d\d(?::?\d\d)?))?`;
const yearFirst = new RegExp(String.raw`^(?<year>\d{4})([-/.])(?<a>\d{1,2})\2(?<b>\d{1,2})${time}${zone}$`);
const yearLast = new RegExp(String.raw`^(?<a>\d{1,2})([-/.])(?<b>\d{1,2})\2(?<year>\d{4})${time}${zone}$`);

function partsOf(text: string, dayFirst: boolean | undefined): Parts | { problem: string } {
  const iso = yearFirst.exec(text)?.groups;
  const groups = iso ?? yearLast.exec(text)?.groups;
  if (groups === undefined) return { problem: notDate };
  const [year, a, b] = [Number(groups.year), Number(groups.a), Number(groups.b)];
  const rest = { year, time: timeIn(groups), offset: offsetIn(groups.zone) };
  if (iso !== undefined) return { ...rest, month: a, day: b };
  const mayBeDayFirst = b <= 12;
  const mayBeMonthFirst = a <= 12;
  if (dayFirst === undefined && mayBeDayFirst && mayBeMonthFirst && a !== b) {
    const written = (month: number, day: number) => `${year}-${padded(month)}-${padded(day)}`;
    return {
      problem: `is ambiguous: use ${written(b, a)} or ${written(a, b)}, or set whether the day comes first`,
    };
  }
  const order = dayFirst ?? mayBeDayFirst;
  return order ? { ...rest, month: b, day: a } : { ...rest, month: a, day: b };
}

function timeIn(groups: Record<string, string | undefined>): Parts['time'] {
  if (groups.hour === undefined) return null;
  const half = groups.half?.toLowerCase();
  const hour = Number(groups.hour);
  // 12 AM is midnight, 12 PM noon; 0 AM and 13 PM are neither.
  const inDay =
    half === undefined ? hour : hour < 1 || hour > 12 ? 24 : (hour % 12) + (half === 'p' ? 12 : 0);
  return {
    hour: inDay,
    minute: Number(groups.minute),
    second: Number(groups.second ?? 0),
    fraction: groups.fraction ?? '',
  };
}

function offsetIn(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (/^[A-Za-z]/.test(zone)) return 0;
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(3).replace(':', '') || '0'];
  const ahead = Number(hours) * 60 + Number(minutes);
  return Number(hours) > 23 || Number(minutes) > 59 ? Number.NaN : zone[0] === '+' ? ahead : -ahead;
}

function fromParts({ year, month, day, time: written, offset }: Parts, timeZone: string): MomentReading {
  const { hour, minute, second, fraction } = written ?? { hour: 0, minute: 0, second: 0, fraction: '' };
  const midnight = Date.UTC(year, month - 1, day);
  const exists =
    new Date(midnight).toISOString().slice(0, 10) === `${padded(year, 4)}-${padded(month)}-${padded(day)}`;
  if (!exists || hour > 23 || minute > 59 || second > 59 || Number.isNaN(offset)) return { problem: notDate };
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  const precision = written === null ? 'day' : fraction === '' ? 'second' : 'millisecond';
  if (offset !== null) return within(midnight + ofDay - offset * 60_000, precision);
  return within(atClock(midnight + ofDay, timeZone).getTime(), precision);
}

const padded = (number: number, digits = 2) => String(number).padStart(digits, '0');
