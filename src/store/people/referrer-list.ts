// Referrers as the console lists them: by what their share links brought in a range of days.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { DayRange, MomentRange } from '../../domain/people/day-range.ts';
import type { SortedPage, SortedRequest } from '../../domain/people/sorted-list.ts';
import type { Queryable } from '../database.ts';
import { matching } from '../page.ts';
import { referrers } from '../schema.ts';
import { toSortedPage } from '../sorted-page.ts';
import { sumDaysOfReferrers } from './day-counts.ts';

export type ReferrerListFilter = {
  campaignId?: string | undefined;
  /** The days, and the same as moments. */
  days: DayRange;
  range: MomentRange;
};

export const referrerSorts = ['clicks', 'joined', 'qualified', 'issued'] as const;
export type ReferrerSort = (typeof referrerSorts)[number];
export type ReferrerNumbers = Record<ReferrerSort, number>;

export type ListedReferrer = ReferrerNumbers & {
  id: string;
  person: { id: string; name: string | null; email: string | null };
  campaign: { id: string; name: string };
};

const within = (at: SQL, { from, until }: MomentRange) =>
  sql`${at} >= ${from.toISOString()}::timestamptz and ${at} < ${until.toISOString()}::timestamptz`;

/** What happened in the range, as a query of `number` and what names the referrer. */
function happened(workspaceId: string, { campaignId, days, range }: ReferrerListFilter) {
  const scope = sql`workspace_id = ${workspaceId} ${campaignId === undefined ? sql`` : sql`and campaign_id = ${campaignId}`}`;
  return {
    clicks: sql`select referrer_id, sum(clicks) as number from click_days
      where ${scope} and day between ${days.from} and ${days.until} group by 1`,
    joined: sql`select referrer_id, count(*) as number from referrals
      where ${scope} and referrer_id is not null and ${within(sql`joined_at`, range)} group by 1`,
    qualified: sql`select referrer_id, count(*) as number from referrals
      where ${scope} and referrer_id is not null and status = 'qualified' and ${within(sql`status_at`, range)} group by 1`,
    issued: sql`select campaign_id, person_id, count(*) as number from rewards
      where ${scope} and recipient = 'referrer' and status = 'issued' and ${within(sql`status_at`, range)} group by 1, 2`,
  } satisfies Record<ReferrerSort, SQL>;
}

type Ordered = { id: string; number: number };

export async function referrerList(
  db: Queryable,
  workspaceId: string,
  filter: ReferrerListFilter,
  sort: ReferrerSort,
  { limit, after, descending }: SortedRequest,
): Promise<SortedPage<ListedReferrer>> {
  const counted = sql`(${happened(workspaceId, filter)[sort]}) counted`;
  const direction = descending ? sql`desc` : sql`asc`;
  const number = sql`coalesce(counted.number, 0)`;
  const isOf =
    sort === 'issued'
      ? sql`counted.campaign_id = r.campaign_id and counted.person_id = r.person_id`
      : sql`counted.referrer_id = r.id`;
  const inScope = sql`r.workspace_id = ${workspaceId} ${filter.campaignId === undefined ? sql`` : sql`and r.campaign_id = ${filter.campaignId}`}`;
  const read = async (id: SQL, from: SQL) => {
    const behind =
      after === null
        ? sql``
        : sql`and (${number}, ${id}) ${descending ? sql`<` : sql`>`} (${after.value}::numeric, ${after.id}::uuid)`;
    const { rows } = await db.execute<Ordered>(sql`
      select ${id} as id, ${number}::int as number from ${from} ${behind}
      order by ${number} ${direction}, ${id} ${direction} limit ${limit + 1}`);
    return rows;
  };
  const everyone = () => read(sql`r.id`, sql`referrers r left join ${counted} on ${isOf} where ${inScope}`);
  // Those with nothing are last: all referrers are read only for the page on which they begin.
  const active = () =>
    sort === 'issued'
      ? read(sql`r.id`, sql`referrers r join ${counted} on ${isOf} where ${inScope}`)
      : read(sql`counted.referrer_id`, sql`${counted} where true`);
  const first = descending ? await active() : [];
  const ordered = first.length > limit ? first : await everyone();
  const { items, next } = toSortedPage(ordered, limit, ({ id, number: value }) => ({
    value: String(value),
    id,
  }));
  const ids = items.map(({ id }) => id);
  return { items: await describe(db, workspaceId, filter, ids), next };
}

/** Those with most qualified first; without those who have none, which spares reading all referrers. */
export async function topReferrers(
  db: Queryable,
  workspaceId: string,
  filter: ReferrerListFilter,
  max: number,
): Promise<ListedReferrer[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select referrer_id as id from (${happened(workspaceId, filter).qualified}) counted
    order by number desc, 1 desc limit ${max}`);
  const ids = rows.map(({ id }) => id);
  return describe(db, workspaceId, filter, ids);
}

/** In the order of the ids. */
async function describe(
  db: Queryable,
  workspaceId: string,
  { days, range }: ReferrerListFilter,
  ids: string[],
): Promise<ListedReferrer[]> {
  const { rows } = await db.execute<ListedReferrer>(sql`
    select r.id, json_build_object('id', p.id, 'name', p.name, 'email', p.email) as person,
      json_build_object('id', c.id, 'name', c.name) as campaign,
      (select coalesce(sum(clicks), 0)::int from click_days d where d.workspace_id = r.workspace_id
        and d.referrer_id = r.id and day between ${days.from} and ${days.until}) as clicks,
      (select count(*)::int from referrals f where f.workspace_id = r.workspace_id and f.referrer_id = r.id
        and ${within(sql`f.joined_at`, range)}) as joined,
      (select count(*)::int from referrals f where f.workspace_id = r.workspace_id and f.referrer_id = r.id
        and f.status = 'qualified' and ${within(sql`f.status_at`, range)}) as qualified,
      (select count(*)::int from rewards w where w.workspace_id = r.workspace_id and w.person_id = r.person_id
        and w.campaign_id = r.campaign_id and w.recipient = 'referrer' and w.status = 'issued'
        and ${within(sql`w.status_at`, range)}) as issued
    from unnest(${sql.param(ids)}::uuid[]) with ordinality as given (id, at)
    join referrers r on r.workspace_id = ${workspaceId} and r.id = given.id
    join people p on p.workspace_id = r.workspace_id and p.id = r.person_id
    join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
    order by given.at`);
  return rows;
}

/** Of all that the filter shows. */
export async function sumReferrers(
  db: Queryable,
  workspaceId: string,
  { campaignId, days }: Omit<ReferrerListFilter, 'range'>,
): Promise<ReferrerNumbers & { referrers: number }> {
  const inScope = and(eq(referrers.workspaceId, workspaceId), matching(referrers.campaignId, campaignId));
  const [sums, known] = await Promise.all([
    sumDaysOfReferrers(db, workspaceId, referrerSorts, { ...days, campaignId }),
    db.$count(referrers, inScope),
  ]);
  const sumOf = (fact: ReferrerSort) => sums.get(fact) ?? 0;
  return {
    clicks: sumOf('clicks'),
    joined: sumOf('joined'),
    qualified: sumOf('qualified'),
    issued: sumOf('issued'),
    referrers: known,
  };
}

/** For a filter's own words: the referrer's name, or else email. */
export async function findReferrerName(
  db: Queryable,
  workspaceId: string,
  id: string,
): Promise<{ id: string; name: string | null; campaign: string } | null> {
  const { rows } = await db.execute<{ id: string; name: string | null; campaign: string }>(sql`
    select r.id, coalesce(p.name, p.email) as name, c.name as campaign from referrers r
    join people p on p.workspace_id = r.workspace_id and p.id = r.person_id
    join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
    where r.workspace_id = ${workspaceId} and r.id = ${id}`);
  return rows[0] ?? null;
}
