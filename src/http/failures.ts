// The only place that turns an error into a Failure, for API responses and console pages.
import type { Request, Response } from 'express';
import { Failure } from '../failure.ts';
import type { Log } from '../log.ts';

export type FailureDeps = {
  /** Whether a retry in a moment may succeed, as when the database is down. */
  isPassing(error: unknown): boolean;
  log: Pick<Log, 'error'>;
};

// About the time an embedded server takes to restart, or a pool to free a connection.
const secondsUntilBack = 5;

/** Internal errors are logged, not shown to the caller. */
export function failureReader({ isPassing, log }: FailureDeps) {
  return function failureOf(error: unknown, req: Request, res: Response): Failure {
    const failure = asFailure(error, isPassing);
    if (failure.code === 'unexpected' || failure.code === 'unavailable') {
      const { requestId } = res.locals;
      const path = req.baseUrl + req.path;
      log.error({ err: error, requestId, method: req.method, path }, 'a request failed');
    }
    if (failure.retryAfterSeconds !== undefined && !res.headersSent)
      res.set('Retry-After', String(failure.retryAfterSeconds));
    return failure;
  };
}

/** Express's own refusals (a body that is not JSON or too large, a malformed path) carry a status. */
function asFailure(error: unknown, isPassing: FailureDeps['isPassing']): Failure {
  if (error instanceof Failure) return error;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 413) return new Failure('too-large', 'The request body is too large.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Failure('unreadable', 'The request cannot be parsed.');
  if (isPassing(error)) {
    const message = 'The database is unavailable. Try again in a moment.';
    return new Failure('unavailable', message, { retryAfterSeconds: secondsUntilBack });
  }
  return new Failure(
    'unexpected',
    'Something went wrong on our side. The log has the details under the request ID.',
  );
}
