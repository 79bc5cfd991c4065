// Counts for Home: how many clicked, joined, qualified and were issued a reward, by campaign and day.
import { type SQL, sql } from 'drizzle-orm';
import type { DayRange } from '../../domain/people/day-range.ts';
import type { Queryable } from '../database.ts';

/** `bucket` counts the bounds that are at or before the moment: from 1 up to their number less one. */
export type BucketCount = { campaignId: string; bucket: number; count: number };

export type Counted = 'joined' | 'qualified' | 'issued';

const moments: Record<Counted, { table: SQL; at: SQL; also: SQL }> = {
  joined: { table: sql`referrals`, at: sql`joined_at`, also: sql`` },
  qualified: { table: sql`referrals`, at: sql`status_at`, also: sql`and status = 'qualified'` },
  issued: { table: sql`rewards`, at: sql`status_at`, also: sql`and status = 'issued'` },
};

/** From the first bound up to the last, which are in order. */
export async function countInBuckets(
  db: Queryable,
  workspaceId: string,
  what: Counted,
  { bounds, campaignId }: { bounds: readonly Date[]; campaignId: string | undefined },
): Promise<BucketCount[]> {
  const { table, at, also } = moments[what];
  const texts = bounds.map((bound) => bound.toISOString());
  const { rows } = await db.execute<BucketCount>(sql`
    select campaign_id as "campaignId", width_bucket(${at}, ${sql.param(texts)}::timestamptz[]) as bucket,
      count(*)::int as count
    from ${table}
    where workspace_id = ${workspaceId} ${also} and ${at} >= ${texts[0]}::timestamptz
      and ${at} < ${texts.at(-1)}::timestamptz ${ofCampaign(campaignId)}
    group by 1, 2`);
  return rows;
}

/** In the range, and in the one that ends before it. */
export async function countClicks(
  db: Queryable,
  workspaceId: string,
  { range, before, campaignId }: { range: DayRange; before: DayRange; campaignId: string | undefined },
): Promise<{ campaignId: string; isBefore: boolean; count: number }[]> {
  const { rows } = await db.execute<{ campaignId: string; isBefore: boolean; count: number }>(sql`
    select campaign_id as "campaignId", day < ${range.from} as "isBefore", sum(clicks)::int as count
    from click_days
    where workspace_id = ${workspaceId} and day between ${before.from} and ${range.until} ${ofCampaign(campaignId)}
    group by 1, 2`);
  return rows;
}

const ofCampaign = (id: string | undefined) => (id === undefined ? sql`` : sql`and campaign_id = ${id}`);
