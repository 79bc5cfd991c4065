// The Failure for a caller whose run has failed.
import { z } from 'zod';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { codeOfRefusal, Failure, type FailureCode } from '../../failure.ts';

const refused = z.object({ answer: z.object({ status: z.int() }) });

/** With the status of the service's refusal where that fits, 422 for its others, and 502 without one. */
export function failureOfRun(
  { error, state, exchange }: Pick<LoggedRun, 'error' | 'state' | 'exchange'>,
  fields?: Record<string, string>,
): Failure {
  const message = error ?? `The run was ${state}.`;
  const status = refused.safeParse(exchange).data?.answer.status;
  return new Failure(codeOf(status), message, fields === undefined ? {} : { fields });
}

function codeOf(status: number | undefined): FailureCode {
  if (status === 401 || status === 402 || status === 403) return 'forbidden';
  const isRefusal = status !== undefined && status >= 400 && status < 500 && status !== 408;
  return isRefusal ? (codeOfRefusal(status) ?? 'invalid') : 'bad-upstream';
}
