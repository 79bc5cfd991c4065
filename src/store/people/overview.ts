// Counts for the console's first page, each backed by an index.
import { and, asc, count, eq, type SQL, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Db, Queryable } from '../database.ts';
import { enrollments, reviews } from '../enrollment/schema-enrollment.ts';
import { campaignOf } from '../joins.ts';
import { campaigns } from '../schema.ts';
import { countedDays } from './day-counts.ts';

/** What waits in a campaign now, and how many rules are on. */
export type CampaignOverview = {
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
  openReviews: number;
};

type TrafficRow = Omit<Traffic, 'lastReceivedAt' | 'unhandledSince' | 'dueSince'> & {
  lastReceivedAt: string | null;
  unhandledSince: string | null;
  dueSince: string | null;
};

export async function readTraffic(db: Queryable, workspaceId: string, at: Date): Promise<Traffic> {
  const waiting = sql`runs where workspace_id = ${workspaceId} and state = 'waiting'`;
  const ofState = (state: SQL) => sql`deliveries where workspace_id = ${workspaceId} and state = ${state}`;
  const { rows } = await db.execute<TrafficRow>(sql`
    select due.count as due, due.since as "dueSince",
      (select received_at from deliveries where workspace_id = ${workspaceId} order by id desc limit 1) as "lastReceivedAt",
      (select min(received_at) from ${ofState(sql`'received'`)}) as "unhandledSince",
      (select count(*)::int from ${ofState(sql`'failed'`)}) as "failedDeliveries",
      (select count(*)::int from ${waiting} and paused_for is not null) as paused,
      (select count(*)::int from runs where workspace_id = ${workspaceId} and state = 'failed') as "failedRuns",
      (select count(*)::int from reviews where workspace_id = ${workspaceId} and decided_at is null) as "openReviews"
    from (select count(*)::int as count, min(due_at) as since
      from ${waiting} and paused_for is null and due_at <= ${at.toISOString()}::timestamptz) due`);
  const [row] = rows;
  if (!row) throw new Error('a query without a table returned no row');
  return {
    ...row,
    lastReceivedAt: dateIn(row.lastReceivedAt),
    unhandledSince: dateIn(row.unhandledSince),
    dueSince: dateIn(row.dueSince),
  };
}

const dateIn = (text: string | null) => (text === null ? null : new Date(text));
/** Longer work that keeps failing, or gave up since `after`; oldest first. */
export type StuckWork = { kind: StuckKind; id: string; failed: boolean; words: string };
export type StuckKind = keyof typeof longWork;

const longWork = {
  backfill: { table: 'backfills', begun: 'created_at', over: `state in ('done', 'canceled')` },
  'sync-check': { table: 'sync_checks', begun: 'started_at', over: `state = 'done'` },
  recovery: { table: 'recoveries', begun: 'started_at', over: `state = 'done'` },
  erasure: { table: 'erasures', begun: 'requested_at', over: `state = 'done'` },
  'people-import': {
    table: 'people_imports',
    begun: 'created_at',
    over: `state not in ('checking', 'running', 'undoing', 'failed')`,
  },
  'bulk-change': {
    table: 'bulk_changes',
    begun: 'started_at',
    over: `state not in ('checking', 'running', 'undoing', 'failed')`,
  },
} as const;

export async function listStuckWork(db: Queryable, workspaceId: string, after: Date): Promise<StuckWork[]> {
  const each = Object.entries(longWork).map(
    ([
      kind,
      { table, begun, over },
    ]) => sql`(select ${kind}::text as kind, id::text as id, state = 'failed' as failed,
      trouble as words, ${sql.identifier(begun)} as begun from ${sql.identifier(table)}
      where workspace_id = ${workspaceId} and trouble is not null and not (${sql.raw(over)})
        and (state <> 'failed' or finished_at > ${after.toISOString()}::timestamptz)
      order by begun limit 5)`,
  );
  const { rows } = await db.execute<StuckWork>(
    sql`select kind, id, failed, words from (${sql.join(each, sql` union all `)}) as stuck order by begun limit 5`,
  );
  return rows;
}

export async function readStandings(db: Queryable, workspaceId: string): Promise<CampaignOverview[]> {
  const { rows } = await db.execute<CampaignOverview>(sql`
    select c.id, c.name, c.platform, coalesce(counted.pending, 0)::int as pending,
      coalesce(counted.due, 0)::int as "rewardsDue",
      (select count(*)::int from rules r where r.workspace_id = c.workspace_id and r.campaign_id = c.id and r.enabled) as rules
    from campaigns c left join (
      select campaign_id, sum(count) filter (where fact = 'pending') as pending,
        sum(count) filter (where fact = 'due') as due
      from (${countedDays(workspaceId, sql`fact in ('pending', 'due')`)}) days group by 1) counted on counted.campaign_id = c.id
    where c.workspace_id = ${workspaceId} order by c.created_at, c.id`);
  return rows;
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
