// Home's funnel: clicks, joined, qualified, issued rewards in a range of days, beside the range before it.
import type { Context } from '../../context.ts';
import { dayAfter, startOfDay } from '../../domain/day.ts';
import { type DayRange, daysOf, momentsOf, rangeBefore } from '../../domain/people/day-range.ts';
import { type BucketCount, countClicks, countInBuckets } from '../../store/people/funnel.ts';
import { type ListedReferrer, topReferrers } from '../../store/people/referrer-list.ts';

export const stages = ['clicks', 'joined', 'qualified', 'issued'] as const;
export type Stage = (typeof stages)[number];
export type StageCounts = Record<Stage, number>;

/** One day, as `2026-11-22`. */
export type DayCounts = { day: string; joined: number; qualified: number };

export type Funnel = {
  now: StageCounts;
  /** In the range of equal length before it. */
  before: StageCounts;
  /** In the range; campaigns without any are left out. */
  byCampaign: Map<string, StageCounts>;
  /** Oldest first. */
  days: DayCounts[];
  /** Those with most qualified first, at most ten; without those who have none. */
  leaders: ListedReferrer[];
};

const leadersShown = 10;

export async function readFunnel(
  ctx: Context,
  workspaceId: string,
  { range, campaignId, timeZone }: { range: DayRange; campaignId: string | undefined; timeZone: string },
): Promise<Funnel> {
  const { db } = ctx.database;
  const before = rangeBefore(range);
  const days = daysOf(range);
  // The first bucket is the range before, and each day of the range has its own.
  const starts = [before.from, ...days, dayAfter(range.until)].map((day) => startOfDay(day, timeZone));
  const bucketed = { bounds: starts, campaignId };
  const listed = { campaignId, days: range, range: momentsOf(range, timeZone) };
  const [clicks, joined, qualified, issued, leaders] = await Promise.all([
    countClicks(db, workspaceId, { range, before, campaignId }),
    countInBuckets(db, workspaceId, 'joined', bucketed),
    countInBuckets(db, workspaceId, 'qualified', bucketed),
    countInBuckets(db, workspaceId, 'issued', bucketed),
    topReferrers(db, workspaceId, listed, leadersShown),
  ]);
  const funnel: Funnel = {
    now: noCounts(),
    before: noCounts(),
    byCampaign: new Map(),
    days: [],
    leaders,
  };
  for (const row of clicks) add(funnel, 'clicks', row);
  for (const [stage, rows] of Object.entries({ joined, qualified, issued }) as [Stage, BucketCount[]][])
    for (const row of rows) add(funnel, stage, { ...row, isBefore: row.bucket === 1 });
  const ofDay = (rows: BucketCount[]) => {
    const sums = new Map<number, number>();
    for (const { bucket, count } of rows) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
    return (at: number) => sums.get(at + 2) ?? 0;
  };
  const [joinedOn, qualifiedOn] = [ofDay(joined), ofDay(qualified)];
  funnel.days = days.map((day, at) => ({ day, joined: joinedOn(at), qualified: qualifiedOn(at) }));
  return funnel;
}

const noCounts = (): StageCounts => ({ clicks: 0, joined: 0, qualified: 0, issued: 0 });

type CampaignCount = { campaignId: string; isBefore: boolean; count: number };

function add(funnel: Funnel, stage: Stage, { campaignId, isBefore, count }: CampaignCount): void {
  if (isBefore) {
    funnel.before[stage] += count;
    return;
  }
  const own = funnel.byCampaign.get(campaignId) ?? noCounts();
  own[stage] += count;
  funnel.byCampaign.set(campaignId, own);
  funnel.now[stage] += count;
}
