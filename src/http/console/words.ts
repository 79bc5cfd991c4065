// Dates and numbers as the console writes them.
import { day } from '../../domain/day.ts';
import { dayMs, hourMs, minuteMs } from '../../domain/time-units.ts';
import { type Html, html } from '../html.ts';

/** "Feb 3, 2026, 2:05 PM" in the workspace's own time zone; pointed at, to the second and with the zone. */
export function dateTime(at: Date, timeZone: string): Html {
  return timeElement(at, timeZone, formatsOf(timeZone).dateTime.format(at));
}

/** "Feb 3, 2026", likewise. */
export function date(at: Date, timeZone: string): Html {
  return timeElement(at, timeZone, day(at, timeZone));
}

/** "5 minutes ago"; the date once that is more than a day away. */
export function timeAgo(at: Date, { now, timeZone }: { now: Date; timeZone: string }): Html {
  const ms = now.getTime() - at.getTime();
  if (Math.abs(ms) >= dayMs) return dateTime(at, timeZone);
  return timeElement(at, timeZone, agoWords(ms));
}

/** "Feb 3", for a day such as 2026-02-03. */
export const shortDay = (day: string): string => shortDayFormat.format(new Date(day));

/** "Feb 3, 2026", for a day such as 2026-02-03. */
export const dayWords = (given: string): string => day(new Date(given), 'UTC');

function timeElement(at: Date, timeZone: string, words: string): Html {
  return html`<time datetime="${at.toISOString()}" title="${formatsOf(timeZone).exact.format(at)}">${words}</time>`;
}

function agoWords(ms: number): string {
  if (Math.abs(ms) < minuteMs) return 'just now';
  const [size, unit] = Math.abs(ms) < hourMs ? [minuteMs, 'minute' as const] : [hourMs, 'hour' as const];
  return agoFormat.format(-Math.trunc(ms / size), unit);
}

export function count(number: number): string {
  return numberFormat.format(number);
}

/** "40 seconds", "12 minutes", "3 hours": a rough duration. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

const numberFormat = new Intl.NumberFormat('en-US');
const agoFormat = new Intl.RelativeTimeFormat('en-US');
const shortDayFormat = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'short', timeZone: 'UTC' });

type Formats = { dateTime: Intl.DateTimeFormat; exact: Intl.DateTimeFormat };

// Creating a formatter for each date took most of a long list's time.
const known = new Map<string, Formats>();

function formatsOf(timeZone: string): Formats {
  const formats = known.get(timeZone) ?? makeFormats(timeZone);
  known.set(timeZone, formats);
  return formats;
}

function makeFormats(timeZone: string): Formats {
  try {
    return {
      dateTime: new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone }),
      exact: new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'long', timeZone }),
    };
  } catch {
    // A time zone from Intercom that this Node does not know.
    return formatsOf('UTC');
  }
}
