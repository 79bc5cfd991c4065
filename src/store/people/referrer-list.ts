// Referrers as the console lists them: by what their share links brought in a range of days.
import { type SQL, sql } from 'drizzle-orm';
import type { DayRange, MomentRange } from '../../domain/people/day-range.ts';
import type { SortedPage, SortedRequest } from '../../domain/people/sorted-list.ts';
import type { Queryable } from '../database.ts';
import { toSortedPage } from '../sorted-page.ts';

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

/** What happened in the range, as queries of `referrer_id` and `number`. */
function happened(workspaceId: string, { campaignId, days, range }: ReferrerListFilter) {
  const here = sql`workspace_id = ${workspaceId} ${campaignId === undefined ? sql`` : sql`and campaign_id = ${campaignId}`}`;
  const within = (at: SQL) =>
    sql`${at} >= ${range.from.toISOString()}::timestamptz and ${at} < ${range.until.toISOString()}::timestamptz`;
  return {
    clicks: sql`select referrer_id, clicks as number from click_days
      where ${here} and day between ${days.from} and ${days.until}`,
    joined: sql`select referrer_id, 1 as number from referrals
      where ${here} and referrer_id is not null and ${within(sql`joined_at`)}`,
    qualified: sql`select referrer_id, 1 as number from referrals
      where ${here} and referrer_id is not null and status = 'qualified' and ${within(sql`status_at`)}`,
    issued: sql`select r.id as referrer_id, 1 as number
      from (select campaign_id, person_id from rewards
        where ${here} and recipient = 'referrer' and status = 'issued' and ${within(sql`status_at`)}) w
      join referrers r on r.campaign_id = w.campaign_id and r.person_id = w.person_id and r.workspace_id = ${workspaceId}`,
  } satisfies Record<ReferrerSort, SQL>;
}

export async function referrerList(
  db: Queryable,
  workspaceId: string,
  filter: ReferrerListFilter,
  sort: ReferrerSort,
  { limit, after, descending }: SortedRequest,
): Promise<SortedPage<ListedReferrer>> {
  const sources = happened(workspaceId, filter);
  const direction = descending ? sql`desc` : sql`asc`;
  const sign = descending ? sql`<` : sql`>`;
  const { campaignId } = filter;
  const place =
    after === null
      ? sql``
      : sql`and (coalesce(counted.number, 0), r.id) ${sign} (${after.value}::numeric, ${after.id}::uuid)`;
  const read = async (join: SQL) => {
    const { rows } = await db.execute<{ id: string; number: number }>(sql`
      select r.id, coalesce(counted.number, 0)::int as number
      from referrers r
      ${join} (select referrer_id, sum(number) as number from (${sources[sort]}) source group by 1) counted
        on counted.referrer_id = r.id
      where r.workspace_id = ${workspaceId} ${campaignId === undefined ? sql`` : sql`and r.campaign_id = ${campaignId}`} ${place}
      order by coalesce(counted.number, 0) ${direction}, r.id ${direction} limit ${limit + 1}`);
    return rows;
  };
  // Those with nothing are last: they are read only for the page on which they begin.
  const active = descending ? await read(sql`join`) : [];
  const ordered = active.length > limit ? active : await read(sql`left join`);
  const { items, next } = toSortedPage(ordered, limit, ({ id, number }) => ({ value: String(number), id }));
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
    select referrer_id as id from (${happened(workspaceId, filter).qualified}) source
    group by 1 order by sum(number) desc, 1 desc limit ${max}`);
  return describe(
    db,
    workspaceId,
    filter,
    rows.map(({ id }) => id),
  );
}

/** In the order of the ids. */
async function describe(
  db: Queryable,
  workspaceId: string,
  { days, range }: ReferrerListFilter,
  ids: string[],
): Promise<ListedReferrer[]> {
  const within = (at: SQL) =>
    sql`${at} >= ${range.from.toISOString()}::timestamptz and ${at} < ${range.until.toISOString()}::timestamptz`;
  const { rows } = await db.execute<ListedReferrer>(sql`
    select r.id, json_build_object('id', p.id, 'name', p.name, 'email', p.email) as person,
      json_build_object('id', c.id, 'name', c.name) as campaign,
      (select coalesce(sum(clicks), 0)::int from click_days d where d.workspace_id = r.workspace_id
        and d.referrer_id = r.id and day between ${days.from} and ${days.until}) as clicks,
      (select count(*)::int from referrals f where f.workspace_id = r.workspace_id and f.referrer_id = r.id
        and ${within(sql`f.joined_at`)}) as joined,
      (select count(*)::int from referrals f where f.workspace_id = r.workspace_id and f.referrer_id = r.id
        and f.status = 'qualified' and ${within(sql`f.status_at`)}) as qualified,
      (select count(*)::int from rewards w where w.workspace_id = r.workspace_id and w.person_id = r.person_id
        and w.campaign_id = r.campaign_id and w.recipient = 'referrer' and w.status = 'issued'
        and ${within(sql`w.status_at`)}) as issued
    from unnest(${sql.param(ids)}::uuid[]) with ordinality as given (id, at)
    join referrers r on r.workspace_id = ${workspaceId} and r.id = given.id
    join people p on p.workspace_id = r.workspace_id and p.id = r.person_id
    join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
    order by given.at`);
  return rows;
}

/** Of all that the filter shows. Campaign by campaign, since the indexes that cover the longest reads begin so. */
export async function sumReferrers(
  db: Queryable,
  workspaceId: string,
  filter: ReferrerListFilter,
): Promise<ReferrerNumbers & { referrers: number }> {
  const { campaignId, days, range } = filter;
  const { qualified, issued } = happened(workspaceId, filter);
  const counted = (source: SQL) => sql`(select count(*)::int from (${source}) source)`;
  const ofCampaigns = (column: SQL, source: SQL) => sql`(
    select coalesce(sum(counted.number), 0)::int from campaigns c cross join lateral (
      select ${column} as number from ${source} and campaign_id = c.id) counted
    where c.workspace_id = ${workspaceId} ${campaignId === undefined ? sql`` : sql`and c.id = ${campaignId}`})`;
  const clicks = ofCampaigns(
    sql`sum(clicks)`,
    sql`click_days where workspace_id = ${workspaceId} and day between ${days.from} and ${days.until}`,
  );
  const joined = ofCampaigns(
    sql`count(*)`,
    sql`referrals where workspace_id = ${workspaceId} and referrer_id is not null
      and joined_at >= ${range.from.toISOString()}::timestamptz and joined_at < ${range.until.toISOString()}::timestamptz`,
  );
  const { rows } = await db.execute<ReferrerNumbers & { referrers: number }>(sql`
    select ${clicks} as clicks, ${joined} as joined, ${counted(qualified)} as qualified, ${counted(issued)} as issued,
      (select count(*)::int from referrers where workspace_id = ${workspaceId}
        ${campaignId === undefined ? sql`` : sql`and campaign_id = ${campaignId}`}) as referrers`);
  return rows[0] ?? { clicks: 0, joined: 0, qualified: 0, issued: 0, referrers: 0 };
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
