// Counts for the console's first page, each backed by an index.
import { and, asc, count, desc, eq, lte, min, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { EarnedStatus } from '../../domain/rewards/reward.ts';
import type { Db, Queryable } from '../database.ts';
import { enrollments, reviews } from '../enrollment/schema-enrollment.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { rewards } from '../rewards/schema-rewards.ts';
import { campaigns, deliveries, referrals, rules, runs } from '../schema.ts';

/** Of referrals; rewards are counted one by one, for referrers and friends. */
export type Funnel = {
  id: string;
  name: string;
  platform: PlatformName;
  joined: number;
  pending: number;
  qualified: number;
  rewardsDue: number;
  rewardsIssued: number;
  rules: number;
};

/** One day in the workspace's time zone, as `2026-11-22`. */
export type DayCounts = { day: string; joined: number; qualified: number };

/** A campaign with an incomplete setup, and how many people wait for it. */
export type HeldUp = { id: string; name: string; side: SideName; waiting: number };

export type Traffic = {
  lastReceivedAt: Date | null;
  unhandledSince: Date | null;
  failedDeliveries: number;
  /** Runs due now, and the time of the oldest. */
  due: number;
  dueSince: Date | null;
  paused: number;
  failedRuns: number;
};

export async function readTraffic(db: Db, workspaceId: string, at: Date): Promise<Traffic> {
  // Not parameters, so that cached plans can use the partial indexes.
  const waiting = and(eq(runs.workspaceId, workspaceId), sql`${runs.state} = 'waiting'`);
  const [last, [unhandled], failedDeliveries, [due], paused, failedRuns] = await Promise.all([
    db
      .select({ at: deliveries.receivedAt })
      .from(deliveries)
      .where(eq(deliveries.workspaceId, workspaceId))
      .orderBy(desc(deliveries.id))
      .limit(1),
    db
      .select({ since: min(deliveries.receivedAt) })
      .from(deliveries)
      .where(and(eq(deliveries.workspaceId, workspaceId), sql`${deliveries.state} = 'received'`)),
    db.$count(deliveries, and(eq(deliveries.workspaceId, workspaceId), sql`${deliveries.state} = 'failed'`)),
    db
      .select({ count: count(), since: min(runs.dueAt) })
      .from(runs)
      .where(and(waiting, sql`${runs.pausedFor} is null`, lte(runs.dueAt, at))),
    db.$count(runs, and(waiting, sql`${runs.pausedFor} is not null`)),
    db.$count(runs, and(eq(runs.workspaceId, workspaceId), sql`${runs.state} = 'failed'`)),
  ]);
  return {
    lastReceivedAt: last[0]?.at ?? null,
    unhandledSince: unhandled?.since ?? null,
    failedDeliveries,
    due: due?.count ?? 0,
    dueSince: due?.since ?? null,
    paused,
    failedRuns,
  };
}

export async function readFunnels(db: Queryable, workspaceId: string): Promise<Funnel[]> {
  const [known, counts, earned, enabled] = await Promise.all([
    db
      .select({ id: campaigns.id, name: campaigns.name, platform: campaigns.platform })
      .from(campaigns)
      .where(eq(campaigns.workspaceId, workspaceId))
      .orderBy(asc(campaigns.createdAt), asc(campaigns.id)),
    // Counts filtered per campaign took nearly twice as long.
    db
      .select({
        campaignId: referrals.campaignId,
        status: referrals.status,
        count: count(),
      })
      .from(referrals)
      .where(eq(referrals.workspaceId, workspaceId))
      .groupBy(referrals.campaignId, referrals.status),
    db
      .select({ campaignId: rewards.campaignId, status: rewards.status, count: count() })
      .from(rewards)
      .where(eq(rewards.workspaceId, workspaceId))
      .groupBy(rewards.campaignId, rewards.status),
    db
      .select({ campaignId: rules.campaignId, count: count() })
      .from(rules)
      .where(owned(rules, { workspaceId, enabled: true }))
      .groupBy(rules.campaignId),
  ]);
  return known.map((campaign) => {
    const own = counts.filter((row) => row.campaignId === campaign.id);
    const sum = (rows: { count: number }[]) => rows.reduce((total, row) => total + row.count, 0);
    const earnedHere = (status: EarnedStatus) =>
      sum(earned.filter((row) => row.campaignId === campaign.id && row.status === status));
    return {
      ...campaign,
      joined: sum(own),
      pending: sum(own.filter((row) => row.status === 'pending')),
      qualified: sum(own.filter((row) => row.status === 'qualified')),
      rewardsDue: earnedHere('due'),
      rewardsIssued: earnedHere('issued'),
      rules: enabled.find((row) => row.campaignId === campaign.id)?.count ?? 0,
    };
  });
}

/** Oldest first, including today. */
export async function countByDay(
  db: Queryable,
  workspaceId: string,
  { at, timeZone }: { at: Date; timeZone: string },
  days: number,
): Promise<DayCounts[]> {
  const today = sql`date_trunc('day', ${at.toISOString()}::timestamptz at time zone ${timeZone})`;
  const within = (column: typeof referrals.joinedAt | typeof referrals.statusAt) =>
    sql`${column} >= day at time zone ${timeZone} and ${column} < (day + interval '1 day') at time zone ${timeZone}`;
  const own = sql`${referrals.workspaceId} = ${workspaceId}`;
  const { rows } = await db.execute<{ day: string; joined: number; qualified: number }>(sql`
    select to_char(day, 'YYYY-MM-DD') as day,
      (select count(*)::int from ${referrals} where ${own} and ${within(referrals.joinedAt)}) as joined,
      (select count(*)::int from ${referrals}
        where ${own} and ${referrals.status} = 'qualified' and ${within(referrals.statusAt)}) as qualified
    from generate_series(${today} - ${days - 1} * interval '1 day', ${today}, interval '1 day') as day
    order by day`);
  return rows;
}

export function countOpenReviews(db: Db, workspaceId: string): Promise<number> {
  return db.$count(reviews, and(eq(reviews.workspaceId, workspaceId), sql`${reviews.decidedAt} is null`));
}

/** Runs and deliveries, each counted up to `most`. */
export async function countFailedWork(db: Queryable, workspaceId: string, most: number): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`select count(*)::int as count from (
    (select from runs where workspace_id = ${workspaceId} and state = 'failed' limit ${most})
    union all (select from deliveries where workspace_id = ${workspaceId} and state = 'failed' limit ${most})) failed`);
  return rows[0]?.count ?? 0;
}

export function listHeldUp(db: Queryable, workspaceId: string): Promise<HeldUp[]> {
  return db
    .select({ id: campaigns.id, name: campaigns.name, side: enrollments.side, waiting: count() })
    .from(enrollments)
    .innerJoin(campaigns, campaignOf(enrollments))
    .where(and(eq(enrollments.workspaceId, workspaceId), sql`${enrollments.state} = 'setup-required'`))
    .groupBy(campaigns.id, campaigns.name, enrollments.side)
    .orderBy(asc(campaigns.name), asc(enrollments.side));
}
