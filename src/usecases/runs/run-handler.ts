// The type of a handler for one kind of run.
import type { Context } from '../../context.ts';
import type { Postponed, Run, RunResult, WorkKind, WorkOf } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';

/**
 * Await `markAttempted` right before the request with an effect. Rejects with `unauthorized` (waits for a
 * grant), `unavailable` (possible outage) or `rate-limited` (waits); any other error is a failed attempt.
 */
export type RunHandler<K extends WorkKind = WorkKind> = (
  ctx: Context,
  run: Run<WorkOf<K>>,
  markAttempted: () => Promise<void>,
) => Promise<RunResult<Tx> | Postponed>;

export type RunHandlers = { [K in WorkKind]: RunHandler<K> };
