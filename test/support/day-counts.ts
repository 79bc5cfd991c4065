// What day counts must say: the same as the rows that they count.
import type pg from 'pg';

const truth = `
  select workspace_id, campaign_id, 'joined' as fact, joined_at as at, null::date as day, referrer_id is not null as of_referrer, 1 as count
    from referrals
  union all select workspace_id, campaign_id, status, status_at, null, referrer_id is not null, 1 from referrals
  union all select workspace_id, campaign_id, status, status_at, null, recipient = 'referrer', 1 from rewards
  union all select workspace_id, campaign_id, 'clicks', null, day, true, clicks from click_days`;

/** Empty when all is well; else each wrong count, with by how much. */
export async function flawsInDayCounts(pool: Pick<pg.Pool, 'query'>): Promise<object[]> {
  const { rows } = await pool.query(`
    select campaign_id, fact, day::text, of_referrer, sum(count)::int as excess from (
      select workspace_id, campaign_id, fact, day, of_referrer, count from day_counts
      union all select workspace_id, campaign_id, fact, day, of_referrer, change from day_count_changes
      union all select f.workspace_id, campaign_id, fact, coalesce(f.day, (at at time zone coalesce(i.day_zone, 'UTC'))::date),
        of_referrer, -count
      from (${truth}) f left join installations i on i.workspace_id = f.workspace_id
    ) counted group by workspace_id, campaign_id, fact, day, of_referrer having sum(count) <> 0`);
  return rows;
}
