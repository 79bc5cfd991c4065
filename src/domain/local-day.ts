// Days in a workspace's own time zone, as moments.

const minute = 60_000;

/** The moment at which `2026-11-22` begins there; in UTC when the zone is none that is known. */
export function startOfDay(day: string, timeZone: string): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  const first = wanted - offsetAt(wanted, timeZone);
  // Once more, for where the clocks change between that day and its moment in UTC.
  return new Date(wanted - offsetAt(first, timeZone));
}

/** `2026-11-23` after `2026-11-22`. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 60 * minute).toISOString().slice(0, 10);
}

/** By how much the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const seconds = Math.floor(at / 1000) * 1000;
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(seconds)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute: minutes, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minutes}:${second}Z`) - seconds;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-CA', { ...style, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en-CA', { ...style, timeZone: 'UTC' });
  }
}

const style = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
