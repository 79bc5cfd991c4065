// Dates and numbers as the console writes them.
import { type Html, html } from '../html.ts';

/** "3 Feb 2026, 14:05" in the workspace's own time zone, with the exact time for machines. */
export function dateTime(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatsOf(timeZone).dateTime.format(at)}</time>`;
}

export function date(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatsOf(timeZone).date.format(at)}</time>`;
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

const numberFormat = new Intl.NumberFormat('en-GB');

type Formats = { date: Intl.DateTimeFormat; dateTime: Intl.DateTimeFormat };

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
      date: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone }),
      dateTime: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    };
  } catch {
    // A time zone from Intercom that this Node does not know.
    return formatsOf('UTC');
  }
}
