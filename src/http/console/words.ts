// Dates and numbers as the console writes them.
import { type Html, html } from '../html.ts';

/** "3 Feb 2026, 14:05" in the workspace's own time zone; machines read the moment itself. */
export function dateTime(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatted(at, timeZone, { dateStyle: 'medium', timeStyle: 'short' })}</time>`;
}

/** "3 Feb 2026". */
export function date(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${formatted(at, timeZone, { dateStyle: 'medium' })}</time>`;
}

/** "12,480". */
export function count(number: number): string {
  return number.toLocaleString('en-GB');
}

function formatted(at: Date, timeZone: string, style: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...style, timeZone }).format(at);
  } catch {
    // A time zone of Intercom's that this Node does not know.
    return new Intl.DateTimeFormat('en-GB', { ...style, timeZone: 'UTC' }).format(at);
  }
}
