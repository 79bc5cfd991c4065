// Counts for the console's first page, each answered by an index.
import { and, asc, count, desc, eq, lte, min, sql } from 'drizzle-orm';
import type { OverviewDeps } from '../../usecases/people/overview.ts';
import type { Database } from '../database.ts';
import { enrollments, reviews } from '../enrollment/schema-enrollment.ts';
import { campaigns, deliveries, outages, referrals, rules, runs } from '../schema.ts';

export function createOverviewStore({ db }: Pick<Database, 'db'>): OverviewDeps['store'] {
  return {
    async traffic(workspaceId, at) {
      // Not parameters: so that the partial indexes serve, whatever plan is kept.
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
        db.$count(
          deliveries,
          and(eq(deliveries.workspaceId, workspaceId), sql`${deliveries.state} = 'failed'`),
        ),
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
    },

    async funnels(workspaceId) {
      const [all, counts, enabled] = await Promise.all([
        db
          .select({ id: campaigns.id, name: campaigns.name, platform: campaigns.platform })
          .from(campaigns)
          .where(eq(campaigns.workspaceId, workspaceId))
          .orderBy(asc(campaigns.createdAt), asc(campaigns.id)),
        // By all columns of the index: filtered counts of each campaign took nearly twice as long.
        db
          .select({
            campaignId: referrals.campaignId,
            status: referrals.status,
            reward: referrals.rewardStatus,
            count: count(),
          })
          .from(referrals)
          .where(eq(referrals.workspaceId, workspaceId))
          .groupBy(referrals.campaignId, referrals.status, referrals.rewardStatus),
        db
          .select({ campaignId: rules.campaignId, count: count() })
          .from(rules)
          .where(and(eq(rules.workspaceId, workspaceId), eq(rules.enabled, true)))
          .groupBy(rules.campaignId),
      ]);
      return all.map((campaign) => {
        const own = counts.filter((one) => one.campaignId === campaign.id);
        const sum = (of: typeof own) => of.reduce((total, one) => total + one.count, 0);
        return {
          ...campaign,
          joined: sum(own),
          pending: sum(own.filter((one) => one.status === 'pending')),
          qualified: sum(own.filter((one) => one.status === 'qualified')),
          due: sum(own.filter((one) => one.reward === 'due')),
          rewarded: sum(own.filter((one) => one.reward === 'issued')),
          rules: enabled.find((one) => one.campaignId === campaign.id)?.count ?? 0,
        };
      });
    },

    async byDay(workspaceId, { at, timeZone }, days) {
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
    },

    openReviews: (workspaceId) =>
      db.$count(reviews, and(eq(reviews.workspaceId, workspaceId), sql`${reviews.decidedAt} is null`)),

    heldUp: (workspaceId) =>
      db
        .select({ id: campaigns.id, name: campaigns.name, side: enrollments.side, waiting: count() })
        .from(enrollments)
        .innerJoin(
          campaigns,
          and(eq(campaigns.workspaceId, enrollments.workspaceId), eq(campaigns.id, enrollments.campaignId)),
        )
        .where(and(eq(enrollments.workspaceId, workspaceId), sql`${enrollments.state} = 'setup-required'`))
        .groupBy(campaigns.id, campaigns.name, enrollments.side)
        .orderBy(asc(campaigns.name), asc(enrollments.side)),

    outages: (workspaceId) =>
      db
        .select({ service: outages.service, since: outages.since, error: outages.error })
        .from(outages)
        .where(eq(outages.workspaceId, workspaceId)),
  };
}
