// What a workspace cannot reach at the moment, and the runs that wait for it.
import { and, eq, isNotNull, lte, sql } from 'drizzle-orm';
import { failuresOfAnOutage, type Pause } from '../../domain/runs/run.ts';
import type { Database, Tx } from '../database.ts';
import { installations, outages, runs } from '../schema.ts';
import { type EnqueueRuns, jobOf } from './runs.ts';

export type Outage = {
  workspaceId: string;
  service: Pause;
  failures: number;
  since: Date | null;
  probeAt: Date | null;
  error: string | null;
};

const probeEveryMs = 60_000;

/** `onOver` is for whatever else has to follow in the transaction in which an outage ends. */
export function createOutageStore(
  { db, transaction }: Database,
  enqueue: EnqueueRuns,
  onOver: (
    tx: Tx,
    over: { workspaceId: string; service: Pause; since: Date },
  ) => Promise<void> = async () => {},
) {
  const ofService = (workspaceId: string, service: Pause) =>
    and(eq(outages.workspaceId, workspaceId), eq(outages.service, service));

  // Asked before and after each run, so planned once for each connection.
  const ofWorkspace = db
    .select()
    .from(outages)
    .where(eq(outages.workspaceId, sql.placeholder('workspaceId')))
    .prepare('outages_of_workspace');
  const of = (workspaceId: string): Promise<Outage[]> => ofWorkspace.execute({ workspaceId });

  /** Counts a failure to reach the service; a `weight` of all that make an outage begins one at once. */
  async function failed(
    workspaceId: string,
    service: Pause,
    seen: { at: Date; error: string; weight: number },
  ): Promise<Outage> {
    const failures = sql`${outages.failures} + ${seen.weight}`;
    const begins = sql`${failures} >= ${failuresOfAnOutage}`;
    const probeAt = new Date(seen.at.getTime() + probeEveryMs);
    const first = seen.weight >= failuresOfAnOutage;
    const [counted] = await db
      .insert(outages)
      .values({
        workspaceId,
        service,
        failures: seen.weight,
        since: first ? seen.at : null,
        probeAt: first ? probeAt : null,
        error: seen.error,
      })
      .onConflictDoUpdate({
        target: [outages.workspaceId, outages.service],
        set: {
          failures,
          error: seen.error,
          since: sql`case when ${begins} then coalesce(${outages.since}, ${sql.param(seen.at, outages.since)}) end`,
          probeAt: sql`case when ${begins} then ${sql.param(probeAt, outages.probeAt)} else ${outages.probeAt} end`,
        },
      })
      .returning();
    if (!counted) throw new Error('an outage was neither inserted nor updated');
    return counted;
  }

  /** Until then nobody of the workspace asks the service again. An outage goes by its probes instead. */
  async function holdBack(workspaceId: string, service: Pause, until: Date, error: string): Promise<void> {
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
   * False when the grant was renewed after the refused call had begun: then the refusal says nothing of the new one. The
   * token is probed as well, so that a refusal by mistake does not last until somebody installs the app again.
   */
  async function tokenRefused(workspaceId: string, begunAt: Date, error: string): Promise<boolean> {
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

  /** `error` is that of the try that led here, if any. False when the outage ended meanwhile: whoever ends it wakes what is paused by then, and nothing later. */
  async function pause(
    run: { workspaceId: string; id: string },
    service: Pause,
    error: string | null,
  ): Promise<boolean> {
    return transaction(async (tx) => {
      const [lasting] = await tx
        .select({ since: outages.since })
        .from(outages)
        .where(and(ofService(run.workspaceId, service), isNotNull(outages.since)))
        .for('share');
      if (!lasting) return false;
      await tx
        .update(runs)
        .set({ pausedFor: service, ...(error !== null && { error }) })
        .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.id, run.id), eq(runs.state, 'waiting')));
      return true;
    });
  }

  /** These answered, or the grant is there again: what waited for them continues. */
  async function ended(workspaceId: string, services: readonly Pause[], at: Date): Promise<void> {
    const known = await of(workspaceId);
    // What a service that wants to be left alone still had in hand when it said so is no sign that it may be asked.
    const over = known.filter((one) => services.includes(one.service) && (one.since || one.failures > 0));
    for (const { service } of over) await transaction((tx) => endIn(tx, workspaceId, service, at));
  }

  async function forget(tx: Tx, workspaceId: string, service: Pause): Promise<void> {
    const [over] = await tx
      .delete(outages)
      .where(ofService(workspaceId, service))
      .returning({ since: outages.since });
    if (over?.since) await onOver(tx, { workspaceId, service, since: over.since });
  }

  async function endIn(tx: Tx, workspaceId: string, service: Pause, at: Date): Promise<void> {
    await forget(tx, workspaceId, service);
    const woken = await tx
      .update(runs)
      .set({ pausedFor: null, dueAt: at })
      .where(and(eq(runs.workspaceId, workspaceId), eq(runs.pausedFor, service), eq(runs.state, 'waiting')))
      .returning({ subject: runs.subject });
    const subjects = [...new Set(woken.map((run) => run.subject))];
    await enqueue(
      tx,
      subjects.map((subject) => jobOf({ workspaceId, subject })),
    );
  }

  /** The outages whose minute is over, each given to one caller of all processes. */
  async function claimProbes(at: Date): Promise<Outage[]> {
    return db
      .update(outages)
      .set({ probeAt: new Date(at.getTime() + probeEveryMs) })
      .where(and(isNotNull(outages.since), lte(outages.probeAt, at)))
      .returning();
  }

  /**
   * Lets the paused run through that was tried longest ago, and returns it; the others stay paused. Null, with the
   * outage taken for over, when none waits: the next one that comes finds out by itself.
   */
  async function letOneThrough(
    outage: Pick<Outage, 'workspaceId' | 'service'>,
    at: Date,
  ): Promise<{ id: string; subject: string } | null> {
    const { workspaceId, service } = outage;
    return transaction(async (tx) => {
      // Before the look at the runs, so that none is paused between the look and the forgetting.
      await tx.select().from(outages).where(ofService(workspaceId, service)).for('update');
      const paused = and(
        eq(runs.workspaceId, workspaceId),
        eq(runs.pausedFor, service),
        eq(runs.state, 'waiting'),
      );
      const next = tx.select({ id: runs.id }).from(runs).where(paused).orderBy(runs.dueAt).limit(1);
      const [through] = await tx
        .update(runs)
        // The date of its probe, so that they take turns and one hopeless run does not hide that the service is back.
        .set({ pausedFor: null, dueAt: at })
        .where(and(eq(runs.workspaceId, workspaceId), sql`${runs.id} = (${next})`))
        .returning({ id: runs.id, subject: runs.subject });
      if (!through) await forget(tx, workspaceId, service);
      return through ?? null;
    });
  }

  return { of, failed, holdBack, tokenRefused, pause, ended, claimProbes, letOneThrough };
}
