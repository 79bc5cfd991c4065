// The runs as the run log shows them: filtered, newest first, and made due again.
import { and, asc, desc, eq, gte, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { RunFilter } from '../../usecases/runs/run-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, toPage } from '../page.ts';
import { runs } from '../schema.ts';

type RunRow = typeof runs.$inferSelect;

/** `wake` has the runs of these subjects done. */
export function createRunLogStore(
  { db, transaction }: Pick<Database, 'db' | 'transaction'>,
  wake: (tx: Tx, workspaceId: string, subjects: string[]) => Promise<void>,
  now: () => Date,
) {
  async function findOne(workspaceId: string, which: SQL): Promise<RunRow | null> {
    const [found] = await db
      .select()
      .from(runs)
      .where(and(eq(runs.workspaceId, workspaceId), which));
    return found ?? null;
  }

  /** Newest first. */
  async function list(workspaceId: string, filter: RunFilter, page: PageRequest): Promise<Page<RunRow>> {
    const rows = await db
      .select()
      .from(runs)
      .where(
        and(
          matches(workspaceId, filter),
          matching(runs.state, filter.state),
          page.after === null ? undefined : lt(runs.seq, Number(page.after.id)),
        ),
      )
      .orderBy(desc(runs.seq))
      .limit(page.limit + 1);
    return toPage(rows, page, (row) => ({ at: row.createdAt, id: String(row.seq) }));
  }

  /**
   * Makes failed runs, and those that wait for their next attempt, due now with all their attempts. Returns how many;
   * where there are some, `alongside` is done in the same transaction.
   */
  async function retry(
    workspaceId: string,
    which: { id: string } | RunFilter,
    alongside: (tx: Tx, count: number) => Promise<void> = async () => {},
  ): Promise<number> {
    const at = now();
    // One by one also what only waits is hurried; all at once, what has failed.
    const chosen =
      'id' in which
        ? and(
            eq(runs.workspaceId, workspaceId),
            eq(runs.id, which.id),
            inArray(runs.state, ['failed', 'waiting']),
            isNull(runs.pausedFor),
          )
        : and(matches(workspaceId, which), failed);
    return transaction(async (tx) => {
      const retried = await tx
        .update(runs)
        .set({ state: 'waiting', attempts: 0, dueAt: at, finishedAt: null })
        .where(chosen)
        .returning({ subject: runs.subject });
      await wake(tx, workspaceId, [...new Set(retried.map((run) => run.subject))]);
      if (retried.length > 0) await alongside(tx, retried.length);
      return retried.length;
    });
  }

  const failed = sql`${runs.state} = 'failed'`;

  /** The filter without its state. */
  function matches(workspaceId: string, filter: RunFilter): SQL | undefined {
    const { from, until, subjects } = filter;
    return and(
      eq(runs.workspaceId, workspaceId),
      matching(runs.kind, filter.kind),
      matching(runs.referralId, filter.referralId),
      matching(runs.contactId, filter.contactId),
      subjects && inArray(runs.subject, [...subjects]),
      from && and(gte(runs.createdAt, from), gte(runs.seq, firstSince(workspaceId, from))),
      until && and(lt(runs.createdAt, until), lte(runs.seq, lastBefore(workspaceId, until))),
    );
  }

  // Numbers and times run together, give or take the clocks of several processes: by these bounds the order of the
  // numbers ends where the time does, instead of at the very first run.
  const minute = 60_000;
  const firstSince = (workspaceId: string, from: Date) => {
    const first = db
      .select({ seq: runs.seq })
      .from(runs)
      .where(and(eq(runs.workspaceId, workspaceId), gte(runs.createdAt, new Date(from.getTime() - minute))))
      .orderBy(asc(runs.createdAt), asc(runs.seq))
      .limit(1);
    return sql`coalesce((${first}), 0)`;
  };
  const lastBefore = (workspaceId: string, until: Date) => {
    const last = db
      .select({ seq: runs.seq })
      .from(runs)
      .where(and(eq(runs.workspaceId, workspaceId), lt(runs.createdAt, new Date(until.getTime() + minute))))
      .orderBy(desc(runs.createdAt), desc(runs.seq))
      .limit(1);
    return sql`coalesce((${last}), 0)`;
  };

  return {
    find: (workspaceId: string, id: string) => findOne(workspaceId, eq(runs.id, id)),
    findByDedupe: (workspaceId: string, dedupe: string) => findOne(workspaceId, eq(runs.dedupe, dedupe)),
    list,
    /** How many `retry` would make due. */
    countFailed: (workspaceId: string, filter: RunFilter): Promise<number> =>
      db.$count(runs, and(matches(workspaceId, filter), failed)),
    retry,
  };
}
