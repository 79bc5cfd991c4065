// The Failure for the caller of a run that has failed.
import { z } from 'zod';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { codeOfRefusal, Failure, type FailureCode } from '../../failure.ts';

const refused = z.object({
  request: z.object({ path: z.string() }),
  answer: z.object({ status: z.int() }),
});

/** With the status of the service's refusal where that fits, 422 for its others, and 502 without one. */
export function failureOfRun(
  { error, state, exchange }: Pick<LoggedRun, 'error' | 'state' | 'exchange'>,
  fields?: Record<string, string>,
): Failure {
  const message = error ?? `The run was ${state}.`;
  return new Failure(
    codeOf(refused.safeParse(exchange).data),
    message,
    fields === undefined ? {} : { fields },
  );
}

function codeOf(exchange: z.infer<typeof refused> | undefined): FailureCode {
  if (!exchange) return 'bad-upstream';
  const { status } = exchange.answer;
  if (status === 401 || status === 402 || status === 403) return 'forbidden';
  return codeOfRefusal(status, exchange.request.path) ?? 'bad-upstream';
}
