// Home's funnel: clicks, joined, qualified, issued rewards in a range of days, beside the range before it.
import type { Context } from '../../context.ts';
import { dayRange } from '../../domain/day.ts';
import { type DayRange, daysOf, rangeBefore } from '../../domain/people/day-range.ts';
import { readDayCounts } from '../../store/people/day-counts.ts';
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
  const listed = { campaignId, days: range, range: dayRange(range, timeZone) };
  const [counts, leaders] = await Promise.all([
    readDayCounts(db, workspaceId, stages, { from: before.from, until: range.until, campaignId }),
    topReferrers(db, workspaceId, listed, leadersShown),
  ]);
  const funnel: Funnel = {
    now: noCounts(),
    before: noCounts(),
    byCampaign: new Map(),
    days: daysOf(range).map((day) => ({ day, joined: 0, qualified: 0 })),
    leaders,
  };
  const byDay = new Map(funnel.days.map((counted) => [counted.day, counted]));
  for (const { campaignId: id, fact, day, count } of counts) {
    const stage = stages.find((name) => name === fact);
    if (stage === undefined) continue;
    const counted = byDay.get(day);
    if (counted === undefined) {
      funnel.before[stage] += count;
      continue;
    }
    if (stage === 'joined' || stage === 'qualified') counted[stage] += count;
    const own = funnel.byCampaign.get(id) ?? noCounts();
    own[stage] += count;
    funnel.byCampaign.set(id, own);
    funnel.now[stage] += count;
  }
  return funnel;
}

const noCounts = (): StageCounts => ({ clicks: 0, joined: 0, qualified: 0, issued: 0 });
