// Day counts: read with the changes that are not folded into them yet, so that they are exact at any moment.
import { type SQL, sql } from 'drizzle-orm';
import type { CountedFact } from '../../domain/people/day-counts.ts';
import type { DayRange } from '../../domain/people/day-range.ts';
import type { Database, Queryable } from '../database.ts';

/** One day, as `2026-11-22`. */
export type DayCount = { campaignId: string; fact: CountedFact; day: string; count: number };

export type CountedDays = DayRange & { campaignId?: string | undefined };

/** Of the days in the range. */
export async function readDayCounts(
  db: Queryable,
  workspaceId: string,
  facts: readonly CountedFact[],
  { from, until, campaignId }: CountedDays,
): Promise<DayCount[]> {
  const within = sql`fact = any(${sql.param([...facts])}::text[]) and day between ${from} and ${until} ${ofCampaign(campaignId)}`;
  const { rows } = await db.execute<DayCount>(sql`
    select campaign_id as "campaignId", fact, day::text as day, sum(count)::int as count
    from (${countedDays(workspaceId, within)}) counted group by 1, 2, 3 having sum(count) <> 0`);
  return rows;
}

/** Of referrers, by fact. */
export async function sumDaysOfReferrers(
  db: Queryable,
  workspaceId: string,
  facts: readonly CountedFact[],
  { from, until, campaignId }: CountedDays,
): Promise<Map<CountedFact, number>> {
  const within = sql`fact = any(${sql.param([...facts])}::text[]) and of_referrer
    and day between ${from} and ${until} ${ofCampaign(campaignId)}`;
  const { rows } = await db.execute<{ fact: CountedFact; count: number }>(sql`
    select fact, sum(count)::int as count from (${countedDays(workspaceId, within)}) counted group by 1`);
  return new Map(rows.map(({ fact, count }) => [fact, count]));
}

/** Rows of `campaign_id`, `fact`, `day` and `count`, of which several may be about the same. */
export const countedDays = (workspaceId: string, condition: SQL): SQL => sql`
  select campaign_id, fact, day, count from day_counts where workspace_id = ${workspaceId} and ${condition}
  union all
  select campaign_id, fact, day, change from day_count_changes where workspace_id = ${workspaceId} and ${condition}`;

const ofCampaign = (id: string | undefined) => (id === undefined ? sql`` : sql`and campaign_id = ${id}`);

const perFold = 10_000;

/** Adds changes to the counts. Returns whether there may be more. */
export function foldDayCounts({ transaction }: Pick<Database, 'transaction'>): Promise<boolean> {
  return transaction(async (tx) => {
    // In one order, so that two processes do not wait for each other.
    const { rows } = await tx.execute<{ taken: number }>(sql`
      with taken as (
        delete from day_count_changes where id in (
          select id from day_count_changes order by id limit ${perFold} for update skip locked)
        returning workspace_id, campaign_id, fact, day, of_referrer, change
      ), folded as (
        insert into day_counts (workspace_id, campaign_id, fact, day, of_referrer, count)
        select workspace_id, campaign_id, fact, day, of_referrer, sum(change) from taken
        group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
        on conflict (workspace_id, fact, campaign_id, day, of_referrer)
        do update set count = day_counts.count + excluded.count
      )
      select count(*)::int as taken from taken`);
    return rows[0]?.taken === perFold;
  });
}
