// Records outgoing work and its job in the transaction that needs it.
import type { Context } from '../../context.ts';
import { chunksOf } from '../../domain/chunks.ts';
import { isInIntercom, type NewRun } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';
import { insertRuns } from '../../store/runs/runs.ts';

/** False when the `deduplicationKey` exists. */
export async function planRun(ctx: Context, tx: Tx, run: NewRun): Promise<boolean> {
  return (await planRuns(ctx, tx, run.workspaceId, [run])) > 0;
}

/** All of one workspace. Returns how many are new: a known `deduplicationKey` plans nothing. */
export async function planRuns(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  runs: readonly NewRun[],
): Promise<number> {
  if (runs.length === 0) return 0;
  const createdAt = ctx.now();
  const planned = runs.map((run) => ({ ...run, id: ctx.newId() }));
  const inserted = await insertRuns(tx, planned, createdAt);
  const wokenBy = Map.groupBy(inserted, ({ dueAt }) => Math.max(0, dueAt.getTime() - createdAt.getTime()));
  for (const [afterMs, due] of wokenBy) {
    const subjects = due.map(({ subject }) => subject);
    const woken =
      afterMs > 0 ? subjects : subjects.filter((subject) => isFirstOfSubject(tx, { workspaceId, subject }));
    await wakeSubjects(ctx, tx, workspaceId, woken, afterMs);
  }
  return inserted.length;
}

const wokenSubjects = new WeakMap<Tx, Set<string>>();

/** One job does all of a subject's runs of a transaction. */
function isFirstOfSubject(
  tx: Tx,
  { workspaceId, subject }: Pick<NewRun, 'workspaceId' | 'subject'>,
): boolean {
  const key = `${workspaceId}:${subject}`;
  const woken = wokenSubjects.get(tx) ?? new Set();
  if (woken.has(key)) return false;
  wokenSubjects.set(tx, woken.add(key));
  return true;
}

/** A job works so many at the same time. More would all wait for the slowest of them. */
const subjectsPerJob = 8;

export function wakeSubjects(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  workspaceId: string,
  subjects: Iterable<string>,
  afterMs = 0,
): Promise<void> {
  const all = [...new Set(subjects)];
  const others = all.filter((subject) => !isInIntercom(subject));
  const jobs = [
    ...others.map((subject) => ({ name: 'work-runs' as const, workspaceId, subject })),
    ...chunksOf(all.filter(isInIntercom), subjectsPerJob).map(([subject = '', ...more]) => {
      const job = { name: 'sync-to-intercom' as const, workspaceId, subject };
      return more.length > 0 ? { ...job, more } : job;
    }),
  ];
  // Slightly later, so that a job never comes before its run is due.
  return ctx.queue.enqueueAll(tx, jobs, { afterSeconds: afterMs > 0 ? afterMs / 1_000 + 0.05 : 0 });
}
