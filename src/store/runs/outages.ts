// Services that a workspace cannot reach, and the runs that wait for them.
import { and, eq, isNotNull, lte, sql } from 'drizzle-orm';
import { failuresOfAnOutage, type Pause } from '../../domain/runs/run.ts';
import { type Db, oncePer, prepared, type Queryable, type Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { installations, outages, runs } from '../schema.ts';
import { batched } from '../shared-query.ts';

export type Outage = typeof outages.$inferSelect;

const probeEveryMs = 60_000;

const ofService = (workspaceId: string, service: Pause) => owned(outages, { workspaceId, service });

const pausedFor = (workspaceId: string, service: Pause) =>
  owned(runs, { workspaceId, pausedFor: service, state: 'waiting' });

// Read before and after each run.
const ofWorkspace = prepared((db) =>
  db
    .select()
    .from(outages)
    .where(eq(outages.workspaceId, sql.placeholder('workspaceId')))
    .prepare('outages_of_workspace'),
);

const currentOutages = oncePer((db: Db) =>
  batched<string, Outage[]>(
    (ids) => Promise.all(ids.map((workspaceId) => ofWorkspace(db).execute({ workspaceId }))),
    { perRound: 8, roundsAtOnce: 2, keyOf: (id) => id },
  ),
);

/** Those who ask at the same time share the answer. */
export const listOutages = (db: Db, workspaceId: string): Promise<Outage[]> =>
  currentOutages(db)(workspaceId);

/** A `weight` of `failuresOfAnOutage` starts an outage at once. */
export async function countServiceFailure(
  db: Queryable,
  workspaceId: string,
  service: Pause,
  failure: { at: Date; error: string; weight: number },
): Promise<Outage> {
  const failures = sql`${outages.failures} + ${failure.weight}`;
  const begins = sql`${failures} >= ${failuresOfAnOutage}`;
  const probeAt = new Date(failure.at.getTime() + probeEveryMs);
  const first = failure.weight >= failuresOfAnOutage;
  const [counted] = await db
    .insert(outages)
    .values({
      workspaceId,
      service,
      failures: failure.weight,
      since: first ? failure.at : null,
      probeAt: first ? probeAt : null,
      error: failure.error,
    })
    .onConflictDoUpdate({
      target: [outages.workspaceId, outages.service],
      set: {
        failures,
        error: failure.error,
        since: sql`case when ${begins} then coalesce(${outages.since}, ${sql.param(failure.at, outages.since)}) end`,
        probeAt: sql`case when ${begins} then ${sql.param(probeAt, outages.probeAt)} else ${outages.probeAt} end`,
      },
    })
    .returning();
  if (!counted) throw new Error('an outage was neither inserted nor updated');
  return counted;
}

/** No calls until then. During an outage, its probes decide instead. */
export async function holdBackService(
  db: Queryable,
  workspaceId: string,
  service: Pause,
  { until, error }: { until: Date; error: string },
): Promise<void> {
  await db
    .insert(outages)
    .values({ workspaceId, service, failures: 0, since: null, probeAt: until, error })
    .onConflictDoUpdate({
      target: [outages.workspaceId, outages.service],
      set: { probeAt: sql`greatest(${outages.probeAt}, excluded.probe_at)`, error },
      setWhere: sql`${outages.since} is null`,
    });
}

/**
 * False when the grant was renewed after the call began. The token is probed too, so that a wrong refusal
 * ends without a reinstall.
 */
export async function recordTokenRefusal(
  db: Queryable,
  workspaceId: string,
  { begunAt, error }: { begunAt: Date; error: string },
): Promise<boolean> {
  const renewed = sql`exists (select from ${installations} where ${installations.workspaceId} = ${workspaceId}
    and ${installations.status} = 'active' and ${installations.statusAt} > ${sql.param(begunAt, installations.statusAt)})`;
  const probeAt = new Date(begunAt.getTime() + probeEveryMs);
  const refused = await db.execute(sql`
    insert into ${outages} (workspace_id, service, failures, since, probe_at, error)
    select ${workspaceId}, 'token', 1, ${sql.param(begunAt, outages.since)}::timestamptz,
      ${sql.param(probeAt, outages.probeAt)}::timestamptz, ${error} where not ${renewed}
    on conflict (workspace_id, service) do update set failures = ${outages.failures} + 1, error = excluded.error`);
  return refused.rowCount === 1;
}

/**
 * `error` is from the attempt that led here, if any. False when the outage has ended, since nothing would
 * wake the run.
 */
export async function pauseRun(
  tx: Tx,
  run: { workspaceId: string; id: string },
  service: Pause,
  error: string | null,
): Promise<boolean> {
  const [lasting] = await tx
    .select({ since: outages.since })
    .from(outages)
    .where(and(ofService(run.workspaceId, service), isNotNull(outages.since)))
    .for('share');
  if (!lasting) return false;
  await tx
    .update(runs)
    .set({ pausedFor: service, ...(error !== null && { error }) })
    .where(owned(runs, { workspaceId: run.workspaceId, id: run.id, state: 'waiting' }));
  return true;
}

/** Returns when the outage began; null when there was none. */
export async function deleteOutage(tx: Tx, workspaceId: string, service: Pause): Promise<Date | null> {
  const [over] = await tx
    .delete(outages)
    .where(ofService(workspaceId, service))
    .returning({ since: outages.since });
  return over?.since ?? null;
}

/** Returns the subjects of the runs that are now due. */
export async function unpauseRuns(tx: Tx, workspaceId: string, service: Pause, dueAt: Date) {
  const unpaused = await tx
    .update(runs)
    .set({ pausedFor: null, dueAt })
    .where(pausedFor(workspaceId, service))
    .returning({ subject: runs.subject });
  return unpaused.map((run) => run.subject);
}

/** Due probes; each is returned to one process only. */
export async function claimProbes(db: Queryable, at: Date): Promise<Outage[]> {
  return db
    .update(outages)
    .set({ probeAt: new Date(at.getTime() + probeEveryMs) })
    .where(and(isNotNull(outages.since), lte(outages.probeAt, at)))
    .returning();
}

/** The run tried longest ago; the others stay paused. Null when none waits. */
export async function unpauseProbe(tx: Tx, workspaceId: string, service: Pause, at: Date) {
  // Locked first, so that no run is paused between this read and the end of the outage.
  await tx.select().from(outages).where(ofService(workspaceId, service)).for('update');
  const next = tx
    .select({ id: runs.id })
    .from(runs)
    .where(pausedFor(workspaceId, service))
    .orderBy(runs.dueAt)
    .limit(1);
  const [probe] = await tx
    .update(runs)
    // Due at its probe's time, so that other runs get their turn if this one can never succeed.
    .set({ pausedFor: null, dueAt: at })
    .where(and(eq(runs.workspaceId, workspaceId), sql`${runs.id} = (${next})`))
    .returning({ id: runs.id, subject: runs.subject });
  return probe ?? null;
}
