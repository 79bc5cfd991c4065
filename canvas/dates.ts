// Dates as Intercom's guidelines require: absolute, because "yesterday" would be wrong on a card that stays open.
// https://developers.intercom.com/docs/canvas-kit/canvas-kit-inbox-best-practices
import { day as shownDay } from '../src/domain/day.ts';

// Creating a formatter costs a hundred times as much as using it.
const times = new Map<string, Intl.DateTimeFormat>();

/** "Nov 22, 2026" in an IANA time zone; UTC when the zone is unknown. */
export function day(date: Date, timeZone: string): string {
  return isDate(date) ? shownDay(date, timeZone) : 'unknown date';
}

/** "Nov 22, 2026 at 1:05PM GMT": names the zone, because the payload lacks the teammate's. */
export function moment(date: Date, timeZone: string): string {
  if (!isDate(date)) return 'unknown date';
  const time = timeFormat(timeZone)
    .format(date)
    .replace(/\s(?=[AP]M)/, '');
  return `${day(date, timeZone)} at ${time}`;
}

const isDate = (date: Date) => !Number.isNaN(date.getTime());

function timeFormat(timeZone: string): Intl.DateTimeFormat {
  const known = times.get(timeZone) ?? makeTimeFormat(timeZone);
  times.set(timeZone, known);
  return known;
}

function makeTimeFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      hour: 'numeric',
      minute: '2-digit',
      timeZoneName: 'short',
      timeZone,
    });
  } catch {
    return timeFormat('UTC');
  }
}
