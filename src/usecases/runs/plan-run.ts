// Records outgoing work and its job in the transaction that needs it.
import type { Context } from '../../context.ts';
import { isInIntercom, type NewRun } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';
import { insertRun } from '../../store/runs/runs.ts';

/** False when the `deduplicationKey` exists. */
export async function planRun(ctx: Context, tx: Tx, run: NewRun): Promise<boolean> {
  const createdAt = ctx.now();
  const dueAt = await insertRun(tx, run, { id: ctx.newId(), createdAt });
  if (dueAt === null) return false;
  const afterMs = dueAt.getTime() - createdAt.getTime();
  if (afterMs > 0 || isFirstOfSubject(tx, run)) {
    await wakeSubjects(ctx, tx, run.workspaceId, [run.subject], afterMs);
  }
  return true;
}

const wokenSubjects = new WeakMap<Tx, Set<string>>();

/** One job does all of a subject's runs of a transaction. */
function isFirstOfSubject(tx: Tx, { workspaceId, subject }: NewRun): boolean {
  const key = `${workspaceId}:${subject}`;
  const woken = wokenSubjects.get(tx) ?? new Set();
  if (woken.has(key)) return false;
  wokenSubjects.set(tx, woken.add(key));
  return true;
}

export function wakeSubjects(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  workspaceId: string,
  subjects: Iterable<string>,
  afterMs = 0,
): Promise<void> {
  const jobs = [...new Set(subjects)].map((subject) => {
    const name = isInIntercom(subject) ? ('sync-to-intercom' as const) : ('work-runs' as const);
    return { name, workspaceId, subject };
  });
  // Slightly later, so that a job never comes before its run is due.
  return ctx.queue.enqueueAll(tx, jobs, { afterSeconds: afterMs > 0 ? afterMs / 1_000 + 0.05 : 0 });
}
