// Counts for the console's first page, each backed by an index.
import { and, asc, count, desc, eq, lte, min, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Db, Queryable } from '../database.ts';
import { enrollments, reviews } from '../enrollment/schema-enrollment.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { rewards } from '../rewards/schema-rewards.ts';
import { campaigns, deliveries, referrals, rules, runs } from '../schema.ts';

/** What waits in a campaign now, and how many rules are on. */
export type CampaignStanding = {
  id: string;
  name: string;
  platform: PlatformName;
  pending: number;
  rewardsDue: number;
  rules: number;
};

/** What happened at least once. */
export type Milestones = { joined: boolean; issued: boolean };

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

export async function readStandings(db: Queryable, workspaceId: string): Promise<CampaignStanding[]> {
  const [known, pending, due, enabled] = await Promise.all([
    db
      .select({ id: campaigns.id, name: campaigns.name, platform: campaigns.platform })
      .from(campaigns)
      .where(eq(campaigns.workspaceId, workspaceId))
      .orderBy(asc(campaigns.createdAt), asc(campaigns.id)),
    db
      .select({ campaignId: referrals.campaignId, count: count() })
      .from(referrals)
      .where(owned(referrals, { workspaceId, status: 'pending' }))
      .groupBy(referrals.campaignId),
    db
      .select({ campaignId: rewards.campaignId, count: count() })
      .from(rewards)
      .where(owned(rewards, { workspaceId, status: 'due' }))
      .groupBy(rewards.campaignId),
    db
      .select({ campaignId: rules.campaignId, count: count() })
      .from(rules)
      .where(owned(rules, { workspaceId, enabled: true }))
      .groupBy(rules.campaignId),
  ]);
  const countOf = (rows: { campaignId: string; count: number }[], id: string) =>
    rows.find((row) => row.campaignId === id)?.count ?? 0;
  return known.map((campaign) => ({
    ...campaign,
    pending: countOf(pending, campaign.id),
    rewardsDue: countOf(due, campaign.id),
    rules: countOf(enabled, campaign.id),
  }));
}

export async function readMilestones(db: Queryable, workspaceId: string): Promise<Milestones> {
  const { rows } = await db.execute<Milestones>(sql`select
    exists (select from referrals where workspace_id = ${workspaceId}) as joined,
    exists (select from rewards where workspace_id = ${workspaceId} and status = 'issued') as issued`);
  return rows[0] ?? { joined: false, issued: false };
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
