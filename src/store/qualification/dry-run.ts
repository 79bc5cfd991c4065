// Reads for a dry run: referrals, and the recorded notifications of their contacts.
import { and, asc, eq, gt, gte, inArray, lt, max, sql } from 'drizzle-orm';
import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { QualificationBlock } from '../../domain/program/qualification-block.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import type { Queryable } from '../database.ts';
import { personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, olderThan, pageOf } from '../page.ts';
import { personColumns } from '../program/people.ts';
import { blockColumn } from '../program/qualification-block.ts';
import { deliveries, people, referrals } from '../schema.ts';

export type TriedReferral = {
  id: string;
  status: ReferralStatus;
  joinedAt: Date;
  person: Person;
  block: QualificationBlock | null;
};

const inCampaign = (workspaceId: string, campaignId: string) => owned(referrals, { workspaceId, campaignId });

/** Newest first. */
export function referralsToTry(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  page: PageRequest,
): Promise<Page<TriedReferral>> {
  const { id, status, joinedAt } = referrals;
  const query = db
    .select({ id, status, joinedAt, person: personColumns, block: blockColumn })
    .from(referrals)
    .innerJoin(people, personOf(referrals));
  return pageOf(query, byTime(referrals, 'joinedAt'), inCampaign(workspaceId, campaignId), page);
}

/** In the whole campaign, and after `after`. */
export async function countReferralsToTry(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  after: PageRequest['after'],
): Promise<{ total: number; remaining: number }> {
  const later = after === null ? sql`false` : olderThan(referrals.joinedAt, referrals.id, after);
  const [counted] = await db
    .select({
      total: sql<number>`count(*)::int`,
      remaining: sql<number>`(count(*) filter (where ${later}))::int`,
    })
    .from(referrals)
    .where(inCampaign(workspaceId, campaignId));
  return counted ?? { total: 0, remaining: 0 };
}

export type RecordedNotification = Awaited<ReturnType<typeof recordedNotifications>>[number];

/** As `recordedNotifications` of each, from the first one on, in one statement. In the order of `asked`. */
export async function firstNotifications(
  db: Queryable,
  workspaceId: string,
  asked: readonly { contactIds: readonly string[]; since: Date }[],
  limit: number,
): Promise<RecordedNotification[][]> {
  const given = asked.map(({ contactIds, since }, place) => ({ place, contactIds, since }));
  const { rows } = await db.execute<{
    place: number;
    id: string;
    topic: string;
    body: string;
    at: string;
  }>(sql`
    select given.place, told.id, told.topic, told.body, told.received_at as at
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
      as given (place int, "contactIds" jsonb, since timestamptz)
    cross join lateral (
      select deliveries.* from jsonb_array_elements_text(given."contactIds") as contact (id)
      join deliveries on deliveries.workspace_id = ${workspaceId} and deliveries.contact_id = contact.id
      where deliveries.id >= coalesce((
        select max(earlier.id) from jsonb_array_elements_text(given."contactIds") as contact (id)
        join deliveries earlier on earlier.workspace_id = ${workspaceId} and earlier.contact_id = contact.id
        where earlier.received_at < given.since), 0)
      order by deliveries.id limit ${limit}
    ) told
    order by given.place, told.id`);
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return asked.map((_, place) =>
    (byPlace.get(place) ?? []).map(({ id, topic, body, at }) => ({
      ...{ id: Number(id), topic, body, receivedAt: new Date(at) },
    })),
  );
}

/** Oldest first, at most `limit` after `afterId`: deliveries since `since`, and the last one before it. */
export async function recordedNotifications(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
  { since, afterId, limit }: { since: Date; afterId: number; limit: number },
) {
  const ofContacts = and(
    eq(deliveries.workspaceId, workspaceId),
    inArray(deliveries.contactId, [...contactIds]),
  );
  // Without the last one before, the first change would not count as a change.
  const [earlier] = await db
    .select({ id: max(deliveries.id) })
    .from(deliveries)
    .where(and(ofContacts, lt(deliveries.receivedAt, since)));
  return db
    .select({
      id: deliveries.id,
      topic: deliveries.topic,
      body: deliveries.body,
      receivedAt: deliveries.receivedAt,
    })
    .from(deliveries)
    .where(and(ofContacts, gt(deliveries.id, afterId), gte(deliveries.id, earlier?.id ?? 0)))
    .orderBy(asc(deliveries.id))
    .limit(limit);
}
