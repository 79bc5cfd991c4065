// Dates and numbers as the console writes them.
import { type Html, html } from '../html.ts';

/** "3 Feb 2026, 14:05" in the workspace's own time zone, with the exact time for machines. */
export function dateTime(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatted(at, timeZone, { dateStyle: 'medium', timeStyle: 'short' })}</time>`;
}

export function date(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatted(at, timeZone, { dateStyle: 'medium' })}</time>`;
}

export function count(number: number): string {
  return number.toLocaleString('en-GB');
}

/** "40 seconds", "12 minutes", "3 hours": a rough duration. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

function formatted(at: Date, timeZone: string, style: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...style, timeZone }).format(at);
  } catch {
    // A time zone from Intercom that this Node does not know.
    return new Intl.DateTimeFormat('en-GB', { ...style, timeZone: 'UTC' }).format(at);
  }
}
