// Run log queries and retries.
import { and, asc, desc, eq, gte, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { PageRequest } from '../../domain/program/program.ts';
import type { LoggedRun, RunFilter } from '../../domain/runs/run.ts';
import type { Db, Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { bySequence, matching, pageOf } from '../page.ts';
import { runs } from '../schema.ts';

const failed = sql`${runs.state} = 'failed'`;

export const findRun = (db: Queryable, workspaceId: string, id: string): Promise<LoggedRun | null> =>
  findWhere(db, workspaceId, eq(runs.id, id));

export const findRunByKey = (
  db: Queryable,
  workspaceId: string,
  deduplicationKey: string,
): Promise<LoggedRun | null> => findWhere(db, workspaceId, eq(runs.deduplicationKey, deduplicationKey));

async function findWhere(db: Queryable, workspaceId: string, condition: SQL): Promise<LoggedRun | null> {
  const [found] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), condition));
  return found ?? null;
}

/** Newest first. */
export async function findRuns(db: Queryable, workspaceId: string, filter: RunFilter, page: PageRequest) {
  const condition = and(matchesFilter(db, workspaceId, filter), matching(runs.state, filter.state));
  return pageOf(db.select().from(runs), bySequence(runs, 'seq', 'createdAt'), condition, page);
}

/** Ignores the filter's state. */
export const countFailedRuns = (db: Db, workspaceId: string, filter: RunFilter): Promise<number> =>
  db.$count(runs, and(matchesFilter(db, workspaceId, filter), failed));

/**
 * Resets all attempts of failed runs, or of one run that waits or failed: an earlier error says nothing about the next
 * attempt. Returns their subjects.
 */
export async function resetRuns(tx: Tx, workspaceId: string, which: { id: string } | RunFilter, dueAt: Date) {
  const chosen =
    'id' in which
      ? and(
          owned(runs, { workspaceId, id: which.id }),
          inArray(runs.state, ['failed', 'dismissed', 'waiting']),
          isNull(runs.pausedFor),
        )
      : and(matchesFilter(tx, workspaceId, which), failed);
  const reset = await tx
    .update(runs)
    .set({ state: 'waiting', attempts: 0, error: null, dueAt, finishedAt: null, dismissedBecause: null })
    .where(chosen)
    .returning({ subject: runs.subject });
  return reset.map((run) => run.subject);
}

/** Those of them that failed; ignores the filter's state. Returns how many. */
export async function dismissRuns(
  tx: Queryable,
  workspaceId: string,
  which: { id: string } | RunFilter,
  because: string | null,
): Promise<number> {
  const chosen =
    'id' in which ? owned(runs, { workspaceId, id: which.id }) : matchesFilter(tx, workspaceId, which);
  const { rowCount } = await tx
    .update(runs)
    .set({ state: 'dismissed', dismissedBecause: because })
    .where(and(chosen, failed));
  return rowCount ?? 0;
}

/** Ignores the state. */
function matchesFilter(db: Queryable, workspaceId: string, filter: RunFilter): SQL | undefined {
  const { from, until, subjects } = filter;
  return and(
    eq(runs.workspaceId, workspaceId),
    matching(runs.kind, filter.kind),
    matching(runs.referralId, filter.referralId),
    matching(runs.contactId, filter.contactId),
    subjects && inArray(runs.subject, [...subjects]),
    from && and(gte(runs.createdAt, from), gte(runs.seq, firstSince(db, workspaceId, from))),
    until && and(lt(runs.createdAt, until), lte(runs.seq, lastBefore(db, workspaceId, until))),
  );
}

// Numbers and times increase together, up to clock skew: these bounds let a scan by number stop early.
const aMinute = 60_000;

function firstSince(db: Queryable, workspaceId: string, from: Date): SQL {
  const first = db
    .select({ seq: runs.seq })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), gte(runs.createdAt, new Date(from.getTime() - aMinute))))
    .orderBy(asc(runs.createdAt), asc(runs.seq))
    .limit(1);
  return sql`coalesce((${first}), 0)`;
}

function lastBefore(db: Queryable, workspaceId: string, until: Date): SQL {
  const last = db
    .select({ seq: runs.seq })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), lt(runs.createdAt, new Date(until.getTime() + aMinute))))
    .orderBy(desc(runs.createdAt), desc(runs.seq))
    .limit(1);
  return sql`coalesce((${last}), 0)`;
}
