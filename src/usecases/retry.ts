// Repeats work at once after an error that passes, where the queue would wait for seconds.
import { isDeadlock, isTransientDatabaseError } from '../store/database-errors.ts';

/**
 * For work that may be done twice: the connection may be lost just after a commit. Rejects with the last error, or with
 * the first that does not pass. A deadlock is not repeated here: `Database.transaction` has done that already, for all
 * work in a transaction.
 */
export async function retryTransient<T>(
  attempts: number,
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean = isTransientDatabaseError,
): Promise<T> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || isDeadlock(error) || !isTransient(error)) throw error;
    }
  }
}
