// What Intercom's answers tell of its ten-second window: how much it allows, how much is used, when it ends by its own clock.
// https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
import { z } from 'zod';

export const windowSeconds = 10;

const count = z.coerce.number().int().min(0);
const headers = z.object({
  'x-ratelimit-limit': count.min(1),
  'x-ratelimit-remaining': count,
  'x-ratelimit-reset': count.min(1),
});

/** `reset` is when the window ends, in Unix seconds by Intercom's clock. */
export type Told = { limit: number; remaining: number; reset: number };

/** Null when an answer says nothing, as those to a refused token do. */
export function readTold(given: unknown): Told | null {
  const read = headers.safeParse(given);
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
  /** Calls that Intercom has counted in it, ours and everybody else's. */
  seen: number;
  /** Whether an answer has come from it; else it has only begun by our reckoning. */
  confirmed: boolean;
  /** Of its ten seconds. */
  elapsedMs: number;
};

/**
 * Follows the windows of one workspace. Times are in milliseconds of our clock; how far Intercom's is from it is found out
 * from the answers: one that was sent and answered between two moments names the ten seconds in which it was counted.
 */
export function createWindowReading() {
  let known: Omit<WindowNow, 'elapsedMs'> | null = null;
  let theirsAhead = 0;

  return {
    told({ limit, remaining, reset }: Told, sentAt: number, answeredAt: number): void {
      const beganAtLeast = (reset - windowSeconds) * 1000 - answeredAt;
      const endsAfter = reset * 1000 - sentAt - 1;
      // Where it cannot be as thought, the latest possible: answers of the next window correct that, without any harm done.
      if (theirsAhead < beganAtLeast || theirsAhead > endsAfter) theirsAhead = beganAtLeast;
      const seen = Math.max(0, limit - remaining);
      // A late answer of the window before says nothing of this one, unless that window turns out to last.
      const late = known !== null && reset < known.reset && answeredAt + theirsAhead >= reset * 1000;
      if (late) return;
      known = {
        limit,
        reset,
        seen: known?.reset === reset ? Math.max(known.seen, seen) : seen,
        confirmed: true,
      };
    },

    /** Null until an answer has told. */
    at(now: number): WindowNow | null {
      if (!known) return null;
      const theirs = now + theirsAhead;
      const over = Math.floor((theirs / 1000 - known.reset) / windowSeconds) + 1;
      if (over > 0)
        known = { ...known, reset: known.reset + over * windowSeconds, seen: 0, confirmed: false };
      return { ...known, elapsedMs: theirs - (known.reset - windowSeconds) * 1000 };
    },
  };
}
