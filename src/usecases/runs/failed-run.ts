// What a failed run means: for the caller who asked for it, and whether it needs attention.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { isWorkKind, type LoggedRun } from '../../domain/runs/run.ts';
import { codeOfRefusal, Failure, type FailureCode } from '../../failure.ts';
import { dismissRuns } from '../../store/runs/run-log.ts';
import type { RunEnd } from '../../store/runs/runs.ts';
import { readSettings } from '../../store/workspace/settings.ts';

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

const callersOwn: readonly FailureCode[] = ['not-found', 'conflict'];

/** A refusal that the caller has as the answer, and can act on, is nothing for a teammate to fix. */
export async function dismissAnswered(
  ctx: Context,
  { workspaceId, id, state }: Pick<LoggedRun, 'workspaceId' | 'id' | 'state'>,
  { code }: Failure,
): Promise<void> {
  if (state !== 'failed' || !callersOwn.includes(code)) return;
  await dismissRuns(ctx.database.db, workspaceId, { id }, 'The API call was answered with this refusal');
}

/** A refused run of a kind that the workspace muted ends dismissed. */
export async function withMuting<End extends RunEnd>(
  ctx: Context,
  { workspaceId, kind }: { workspaceId: string; kind: string },
  end: End,
): Promise<End> {
  if (end.refused === undefined) return end;
  const { muted_failures } = await readSettings(ctx.database.db, workspaceId);
  if (!isWorkKind(kind) || !muted_failures.includes(kind)) return end;
  return { ...end, dismissedBecause: 'Failures of this kind are muted in the settings' };
}
