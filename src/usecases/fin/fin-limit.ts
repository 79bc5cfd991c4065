// How often one key may ask in a minute, counted for all processes together.
import type { Context } from '../../context.ts';
import { requestsPerMinute } from '../../domain/fin/question.ts';
import { Failure } from '../../failure.ts';
import { createRateWindows } from '../../store/limits/rate-windows.ts';

/** More keys than this are not remembered: the next request of a forgotten one asks the database. */
const maxRemembered = 10_000;

export type FinLimit = ReturnType<typeof createFinLimit>;

/** Rejects with `rate-limited` and the seconds to wait. A key without room is refused without a query until then. */
export function createFinLimit({ database, now }: Pick<Context, 'database' | 'now'>) {
  const windows = createRateWindows(database);
  const closedUntil = new Map<string, number>();

  const refusal = (milliseconds: number) =>
    new Failure('rate-limited', 'Too many requests. Retry after the seconds in Retry-After.', {
      retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1_000)),
    });

  return {
    async take(keyId: string): Promise<void> {
      const waitMs = (closedUntil.get(keyId) ?? 0) - now().getTime();
      if (waitMs > 0) throw refusal(waitMs);
      closedUntil.delete(keyId);
      try {
        await windows.of(`fin ${keyId}`, { seconds: 60, calls: requestsPerMinute }).take();
      } catch (error) {
        if (!(error instanceof Failure) || error.retryAfterSeconds === undefined) throw error;
        if (closedUntil.size >= maxRemembered) closedUntil.clear();
        closedUntil.set(keyId, now().getTime() + error.retryAfterSeconds * 1_000);
        throw refusal(error.retryAfterSeconds * 1_000);
      }
    },
  };
}
