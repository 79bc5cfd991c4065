// Referrers: a person's membership in a campaign, with code, clicks and results.
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { CampaignStanding } from '../../domain/campaigns/campaign-state.ts';
import type { Page, PageRequest, Referrer, ReferrerCounts } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, matching, pageOf } from '../page.ts';
import { campaigns, clickDays, people, referrals, referrers } from '../schema.ts';
import { standingColumns } from './campaigns.ts';
import { personColumns } from './people.ts';

export type NewReferrer = Omit<typeof referrers.$inferInsert, 'workspaceId' | 'platformId' | 'link'>;

export type CountedReferrer = Referrer & { counts: ReferrerCounts };

export type ReferrerFilter = { campaignId?: string | undefined; email?: string | undefined };

const columns = {
  id: referrers.id,
  campaign: { id: campaigns.id, name: campaigns.name, platform: campaigns.platform },
  person: personColumns,
  code: referrers.code,
  link: referrers.link,
  joinedAt: referrers.joinedAt,
};

/** One index scan for all counts. */
const counts = sql<ReferrerCounts>`(
  select json_build_object(
    'clicks', (
      select coalesce(sum(${clickDays.clicks}), 0) from ${clickDays}
      where ${clickDays.workspaceId} = ${referrers.workspaceId} and ${clickDays.referrerId} = ${referrers.id}
    ),
    'referred', count(*),
    'pending', count(*) filter (where ${referrals.status} = 'pending'),
    'qualified', count(*) filter (where ${referrals.status} = 'qualified')
  )
  from ${referrals}
  where ${referrals.workspaceId} = ${referrers.workspaceId} and ${referrals.referrerId} = ${referrers.id}
)`;

const counting = (db: Queryable) =>
  db
    .select({ ...columns, counts })
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .innerJoin(people, personOf(referrers));

async function findBy(db: Queryable, where: SQL | undefined): Promise<Referrer | null> {
  const [found] = await db
    .select(columns)
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .innerJoin(people, personOf(referrers))
    .where(where);
  return found ?? null;
}

export function findReferrer(
  db: Queryable,
  workspaceId: string,
  by: { id: string } | { code: string },
): Promise<Referrer | null> {
  const matches = 'id' in by ? eq(referrers.id, by.id) : eq(referrers.code, by.code);
  return findBy(db, and(eq(referrers.workspaceId, workspaceId), matches));
}

/** Oldest first. */
export function referrersOfPeople(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  personIds: readonly string[],
): Promise<Referrer[]> {
  return db
    .select(columns)
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .innerJoin(people, personOf(referrers))
    .where(and(owned(referrers, { workspaceId, campaignId }), inArray(referrers.personId, [...personIds])))
    .orderBy(asc(referrers.joinedAt), asc(referrers.id));
}

export function findReferrerOfPerson(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  personId: string,
): Promise<Referrer | null> {
  return findBy(db, owned(referrers, { workspaceId, campaignId, personId }));
}

/** False when the code is taken, or the person already is a referrer of the campaign. */
export async function insertReferrer(tx: Tx, workspaceId: string, referrer: NewReferrer): Promise<boolean> {
  const added = await tx
    .insert(referrers)
    .values({ workspaceId, ...referrer })
    .onConflictDoNothing()
    .returning({ id: referrers.id });
  return added.length > 0;
}

export async function findCountedReferrer(db: Queryable, workspaceId: string, id: string) {
  const [found] = await counting(db).where(owned(referrers, { workspaceId, id }));
  return found ?? null;
}

export function referrerPage(
  db: Queryable,
  workspaceId: string,
  filter: ReferrerFilter,
  page: PageRequest,
): Promise<Page<CountedReferrer>> {
  const condition = and(
    eq(referrers.workspaceId, workspaceId),
    matching(referrers.campaignId, filter.campaignId),
    matching(people.email, filter.email),
  );
  return pageOf(counting(db), byTime(referrers, 'joinedAt'), condition, page);
}

export type Destination = {
  workspaceId: string;
  campaignId: string;
  referrerId: string;
  url: string | null;
  slug: string;
  name: string;
  standing: CampaignStanding;
};

/** Null for an unknown code. Codes are globally unique, because a share link names no workspace. */
export async function findDestination(db: Queryable, code: string): Promise<Destination | null> {
  const [found] = await db
    .select({
      workspaceId: referrers.workspaceId,
      campaignId: referrers.campaignId,
      referrerId: referrers.id,
      url: campaigns.destinationUrl,
      slug: campaigns.slug,
      name: campaigns.name,
      standing: standingColumns,
    })
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .where(and(eq(referrers.code, code), eq(campaigns.platform, 'built-in')));
  return found ?? null;
}

/** `day` is the workspace's. */
export async function countClick(
  db: Queryable,
  { workspaceId, campaignId, referrerId }: Destination,
  day: string,
): Promise<void> {
  await db
    .insert(clickDays)
    .values({ workspaceId, campaignId, referrerId, day, clicks: 1 })
    .onConflictDoUpdate({
      target: [clickDays.workspaceId, clickDays.referrerId, clickDays.day],
      set: { clicks: sql`${clickDays.clicks} + 1` },
    });
}
