// Days in a workspace's time zone: when they start, how they are shown, and adding days across clock changes.
import { z } from 'zod';
import { dayMs, hourMs } from './time-units.ts';

/** As it may be given from outside: years of other than four digits have no form here. */
export const calendarDay = z.iso
  .date('must be a day, such as 2026-11-22')
  .refine((given) => given >= '1990-01-01' && given < '3000-01-01', 'must be between 1990 and 2999');

/** `Nov 22, 2026`; in UTC when the zone is unknown. */
export function day(at: Date, timeZone: string): string {
  return formatsOf(timeZone).shown.format(at);
}

/** `2026-11-22`: the date in that time zone at that moment. */
export function dayOf(at: Date, timeZone: string): string {
  return dayTextOf(Math.floor((at.getTime() + offsetAt(at.getTime(), timeZone)) / dayMs));
}

// Rules look at the same few years again and again, and writing a day costs more than comparing it.
const dayTexts = new Map<number, string>();
const maxDayTexts = 5_000;

function dayTextOf(dayNumber: number): string {
  const known = dayTexts.get(dayNumber);
  if (known !== undefined) return known;
  const text = new Date(dayNumber * dayMs).toISOString().slice(0, 10);
  if (dayTexts.size >= maxDayTexts) dayTexts.clear();
  dayTexts.set(dayNumber, text);
  return text;
}

/** The moment at which `2026-11-22` starts in the zone; the first moment of the day where the clocks skip midnight. */
export function startOfDay(day: string, timeZone: string): Date {
  return atClock(Date.parse(`${day}T00:00:00Z`), timeZone);
}

export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

/** The same time of day, calendar days later or earlier. A fraction counts as that part of 24 hours. */
export function daysLater(at: Date, days: number, timeZone: string): Date {
  const whole = Math.trunc(days);
  const rest = (days - whole) * dayMs;
  const clock = at.getTime() + offsetAt(at.getTime(), timeZone) + whole * dayMs;
  return new Date(atClock(clock, timeZone).getTime() + rest);
}

/** `clock` is in milliseconds as if UTC. Shown twice: the earlier moment; skipped: later by the gap. */
export function atClock(clock: number, timeZone: string): Date {
  if (timeZone === 'UTC') return new Date(clock);
  const before = clock - offsetAt(clock - dayMs, timeZone);
  const after = clock - offsetAt(clock + dayMs, timeZone);
  const shows = (at: number) => at + offsetAt(at, timeZone) === clock;
  const found = [before, after].filter(shows);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** How far clocks in the zone are ahead of UTC, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const { offsets } = formatsOf(timeZone);
  const hour = Math.floor(at / hourMs);
  let known = offsets.get(hour);
  if (known === undefined) {
    const first = shownOffset(hour * hourMs, timeZone);
    const last = shownOffset((hour + 1) * hourMs - 1000, timeZone);
    known = first === last ? first : 'changes';
    if (offsets.size >= maxOffsets) offsets.clear();
    offsets.set(hour, known);
  }
  return known === 'changes' ? shownOffset(at, timeZone) : known;
}

/** A formatter takes longer than the rest of an evaluation of a rule. */
function shownOffset(at: number, timeZone: string): number {
  const seconds = Math.floor(at / 1000) * 1000;
  const parts: Record<string, string> = {};
  for (const { type, value } of formatsOf(timeZone).clock.formatToParts(seconds)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - seconds;
}

type Formats = {
  shown: Intl.DateTimeFormat;
  clock: Intl.DateTimeFormat;
  /** By the number of an hour; `changes` in one in which clocks change. */
  offsets: Map<number, number | 'changes'>;
};

const maxOffsets = 20_000;

// Creating a formatter costs a hundred times as much as using it.
const known = new Map<string, Formats>();

function formatsOf(timeZone: string): Formats {
  const formats = known.get(timeZone) ?? makeFormats(timeZone);
  known.set(timeZone, formats);
  return formats;
}

function makeFormats(timeZone: string): Formats {
  try {
    return {
      shown: new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'short', day: 'numeric', timeZone }),
      clock: new Intl.DateTimeFormat('en-CA', { ...clockStyle, timeZone }),
      offsets: new Map(),
    };
  } catch {
    return formatsOf('UTC');
  }
}

const clockStyle = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;

type OpenDays = { from?: string | undefined; until?: string | undefined };

/** From the start of `from` until the end of the day `until`, in that time zone. Either may be open. */
export function dayRange(
  days: { from: string; until: string },
  timeZone: string,
): { from: Date; until: Date };
export function dayRange(
  days: OpenDays,
  timeZone: string,
): { from: Date | undefined; until: Date | undefined };
export function dayRange({ from, until }: OpenDays, timeZone: string) {
  return {
    from: from === undefined ? undefined : startOfDay(from, timeZone),
    until: until === undefined ? undefined : startOfDay(dayAfter(until), timeZone),
  };
}
