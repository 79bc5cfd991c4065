// Run log queries and retries.
import { and, eq, gte, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
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
  const condition = and(matchesFilter(workspaceId, filter), matching(runs.state, filter.state));
  return pageOf(db.select().from(runs), bySequence(runs, 'seq', 'createdAt'), condition, page);
}

/** Ignores the filter's state. */
export const countFailedRuns = (db: Db, workspaceId: string, filter: RunFilter): Promise<number> =>
  db.$count(runs, and(matchesFilter(workspaceId, filter), failed));

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
      : and(matchesFilter(workspaceId, which), failed);
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
    'id' in which ? owned(runs, { workspaceId, id: which.id }) : matchesFilter(workspaceId, which);
  const { rowCount } = await tx
    .update(runs)
    .set({ state: 'dismissed', dismissedBecause: because })
    .where(and(chosen, failed));
  return rowCount ?? 0;
}

/** Ignores the state. */
function matchesFilter(workspaceId: string, filter: RunFilter): SQL | undefined {
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

// Numbers and times increase together, up to clock skew and transactions side by side: within a minute, a later time may
// have the lower number. These bounds let a scan by number stop early.
const aMinute = sql`interval '1 minute'`;

function firstSince(workspaceId: string, from: Date): SQL {
  const since = sql`${runs.workspaceId} = ${workspaceId} and ${runs.createdAt} >= ${from.toISOString()}::timestamptz - ${aMinute}`;
  const first = sql`(select min(${runs.createdAt}) from ${runs} where ${since})`;
  return sql`coalesce((select min(${runs.seq}) from ${runs} where ${since} and ${runs.createdAt} <= ${first} + ${aMinute}), 0)`;
}

function lastBefore(workspaceId: string, until: Date): SQL {
  const before = sql`${runs.workspaceId} = ${workspaceId} and ${runs.createdAt} < ${until.toISOString()}::timestamptz + ${aMinute}`;
  const last = sql`(select max(${runs.createdAt}) from ${runs} where ${before})`;
  return sql`coalesce((select max(${runs.seq}) from ${runs} where ${before} and ${runs.createdAt} >= ${last} - ${aMinute}), 0)`;
}
