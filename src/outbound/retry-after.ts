// How long another service wants us to wait, by the `Retry-After` of its answer.

/**
 * In whole seconds, `atMost` at most; null when the header is missing or unreadable. It is a number of seconds or a
 * date in one of HTTP's three formats: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function readRetryAfter(headers: unknown, now: Date, atMost: number): number | null {
  const written =
    typeof headers === 'object' && headers !== null && 'retry-after' in headers ? headers['retry-after'] : '';
  const text = String(written).trim();
  const seconds = text === '' ? Number.NaN : Number(text);
  const wanted = Number.isNaN(seconds) ? (httpDate(text) - now.getTime()) / 1000 : seconds;
  if (Number.isNaN(wanted) || seconds < 0) return null;
  // A date that has passed says that there is nothing left to wait for.
  return Math.min(Math.ceil(Math.max(wanted, 0)), atMost);
}

/** Only dates that begin with a weekday: `Date.parse` reads a date in almost anything. */
function httpDate(text: string): number {
  if (!/^[a-z]{3,9},? .*\d{2}:\d{2}:\d{2}/i.test(text)) return Number.NaN;
  return Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
}
