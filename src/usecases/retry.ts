// Retries at once: a deadlock's loser has changed nothing, and the queue would wait for seconds.
import { isTransientDatabaseError } from '../store/database-errors.ts';

/** Rejects with the last error, or the first that is not transient. */
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
