// Days of a workspace: the moments at which they begin, their names for people, and steps of whole days over changes of clocks.

const dayMs = 86_400_000;

/** `Nov 22, 2026`; in UTC when the zone is none that is known. */
export function day(at: Date, timeZone: string): string {
  return formatsOf(timeZone).shown.format(at);
}

/** `2026-11-22`: the day that it is there at that moment. */
export function dayOf(at: Date, timeZone: string): string {
  return new Date(at.getTime() + offsetAt(at.getTime(), timeZone)).toISOString().slice(0, 10);
}

/** The moment at which `2026-11-22` begins there; where the clocks skip midnight, the first moment that there is. */
export function startOfDay(day: string, timeZone: string): Date {
  return atClock(Date.parse(`${day}T00:00:00Z`), timeZone);
}

/** `2026-11-23` after `2026-11-22`. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

/**
 * The same time of day so many days of the calendar later, or earlier for a negative number: 23 or 25 hours a day where
 * the clocks change. What is no whole day counts as that part of 24 hours.
 */
export function daysLater(at: Date, days: number, timeZone: string): Date {
  const whole = Math.trunc(days);
  const rest = (days - whole) * dayMs;
  const clock = at.getTime() + offsetAt(at.getTime(), timeZone) + whole * dayMs;
  return new Date(atClock(clock, timeZone).getTime() + rest);
}

/**
 * The moment at which the clocks there show `clock`, milliseconds as if they were UTC's: the earlier one where they show
 * it twice, as much later as they skip where they never do.
 */
export function atClock(clock: number, timeZone: string): Date {
  const before = clock - offsetAt(clock - dayMs, timeZone);
  const after = clock - offsetAt(clock + dayMs, timeZone);
  const shows = (at: number) => at + offsetAt(at, timeZone) === clock;
  const found = [before, after].filter(shows);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** By how much the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const seconds = Math.floor(at / 1000) * 1000;
  const parts: Record<string, string> = {};
  for (const { type, value } of formatsOf(timeZone).clock.formatToParts(seconds)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - seconds;
}

type Formats = { shown: Intl.DateTimeFormat; clock: Intl.DateTimeFormat };

// Making a format costs a hundred times its use.
const known = new Map<string, Formats>();

function formatsOf(timeZone: string): Formats {
  const kept = known.get(timeZone);
  if (kept !== undefined) return kept;
  const made = formatsFor(timeZone);
  known.set(timeZone, made);
  return made;
}

function formatsFor(timeZone: string): Formats {
  try {
    return {
      shown: new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'short', day: 'numeric', timeZone }),
      clock: new Intl.DateTimeFormat('en-CA', { ...clockStyle, timeZone }),
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
