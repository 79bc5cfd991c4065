// Retries work at once: the loser of a deadlock has changed nothing, and a queue would make it wait for seconds.
import { isTransientDatabaseError } from '../store/database-errors.ts';

/** Rejects with the error of the last attempt, or with the first error that is not transient. */
export async function retryTransient<T>(
  attempts: number,
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean = isTransientDatabaseError,
): Promise<T> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !isTransient(error)) throw error;
    }
  }
}
