// Intercom's ten-second rate-limit window, read from its answers: the limit, the calls used, and the end by its clock.
// https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
import { z } from 'zod';

export const windowSeconds = 10;

/**
 * However long an answer asks to wait: Intercom counts in windows of ten seconds and, in all, by the minute. More
 * comes from a clock or a gateway that is wrong, and would stop all work of the workspace for as long.
 */
export const maxWaitSeconds = 60;

const count = z.coerce.number().int().min(0);
const headers = z.object({
  'x-ratelimit-limit': count.min(1),
  'x-ratelimit-remaining': count,
  'x-ratelimit-reset': count.min(1),
});

/** `reset` is when the window ends, in Unix seconds by Intercom's clock. */
type WindowState = { limit: number; remaining: number; reset: number };

/** Null when an answer lacks the headers, as those to a refused token do. */
export function readWindowState(answerHeaders: unknown): WindowState | null {
  const read = headers.safeParse(answerHeaders);
  if (!read.success) return null;
  return {
    limit: read.data['x-ratelimit-limit'],
    remaining: read.data['x-ratelimit-remaining'],
    reset: read.data['x-ratelimit-reset'],
  };
}

export type WindowNow = {
  reset: number;
  limit: number;
  /** Calls that Intercom has counted in the window, ours and other apps'. */
  seen: number;
  /** Whether an answer has come from this window; otherwise its start is our own estimate. */
  confirmed: boolean;
  elapsedMs: number;
};

/** Times are in milliseconds of our clock. The answers bound the offset of Intercom's clock. */
export function createWindowReading() {
  let known: Omit<WindowNow, 'elapsedMs'> | null = null;
  let clockOffsetMs = 0;

  return {
    record({ limit, remaining, reset }: WindowState, sentAt: number, answeredAt: number): void {
      const beganAtLeast = (reset - windowSeconds) * 1000 - answeredAt;
      const endsAfter = reset * 1000 - sentAt - 1;
      // On a contradiction, assume the latest possible start: answers of the next window correct it without harm.
      if (clockOffsetMs < beganAtLeast || clockOffsetMs > endsAfter) clockOffsetMs = beganAtLeast;
      const seen = Math.max(0, limit - remaining);
      // A late answer from the previous window says nothing about this one, unless that window turns out to last.
      const late = known !== null && reset < known.reset && answeredAt + clockOffsetMs >= reset * 1000;
      if (late) return;
      known = {
        limit,
        reset,
        seen: known?.reset === reset ? Math.max(known.seen, seen) : seen,
        confirmed: true,
      };
    },

    at(now: number): WindowNow | null {
      if (!known) return null;
      const intercomNow = now + clockOffsetMs;
      const over = Math.floor((intercomNow / 1000 - known.reset) / windowSeconds) + 1;
      if (over > 0)
        known = { ...known, reset: known.reset + over * windowSeconds, seen: 0, confirmed: false };
      return { ...known, elapsedMs: intercomNow - (known.reset - windowSeconds) * 1000 };
    },
  };
}
