// Friends named in the Messenger, and their status: counted and listed as the referrer may see it.
import { and, eq, gte, sql } from 'drizzle-orm';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import type { EarnedStatus } from '../../domain/rewards/reward.ts';
import type { Queryable, Tx } from '../database.ts';
import { namedFriends } from './schema-messenger.ts';

type Own = { workspaceId: string; referrerId: string };

/** Named, but another referrer's referral or none: to the referrer it is pending. */
const withoutReferral = ({ workspaceId, referrerId }: Own) => sql`named_friends n
  where n.workspace_id = ${workspaceId} and n.referrer_id = ${referrerId}
    and not exists (select from referrals r where r.workspace_id = n.workspace_id
      and r.referrer_id = n.referrer_id and r.person_id = n.person_id)`;

export async function countFriends(
  db: Pick<Queryable, 'execute'>,
  own: Own,
): Promise<Partial<Record<ReferralStatus, number>>> {
  const { rows } = await db.execute<{ status: ReferralStatus; count: number }>(sql`
    select status, sum(count)::int as count from (
      select status, count(*) from referrals
      where workspace_id = ${own.workspaceId} and referrer_id = ${own.referrerId} group by status
      union all
      select 'pending', count(*) from ${withoutReferral(own)}
    ) counted group by status`);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Newest first. A friend who was named has the name that the referrer wrote. */
export async function latestFriends(db: Pick<Queryable, 'execute'>, own: Own, limit: number) {
  const { rows } = await db.execute<{ name: string | null; status: ReferralStatus }>(sql`
    select name, status from (
      (select case when n.person_id is null then p.name else n.name end as name, r.status, r.joined_at as at, r.id::text
        from referrals r
        join people p on p.workspace_id = r.workspace_id and p.id = r.person_id
        left join named_friends n on n.workspace_id = r.workspace_id and n.referrer_id = r.referrer_id
          and n.person_id = r.person_id
        where r.workspace_id = ${own.workspaceId} and r.referrer_id = ${own.referrerId}
        order by r.joined_at desc, r.id limit ${limit})
      union all
      (select n.name, 'pending', n.named_at, n.person_id::text from ${withoutReferral(own)}
        order by n.named_at desc limit ${limit})
    ) latest order by at desc, id limit ${limit}`);
  return rows;
}

/** A contact's namings of one day wait for each other, in every process, so that none passes the limit. */
export async function lockNamings(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  const key = JSON.stringify([workspaceId, 'named friends', contactId]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

export function countNamedSince(db: Queryable, workspaceId: string, contactId: string, since: Date) {
  return db.$count(
    namedFriends,
    and(
      eq(namedFriends.workspaceId, workspaceId),
      eq(namedFriends.contactId, contactId),
      gte(namedFriends.namedAt, since),
    ),
  );
}

export async function isNamed(db: Queryable, workspaceId: string, referrerId: string, personId: string) {
  const named = await db.$count(
    namedFriends,
    and(
      eq(namedFriends.workspaceId, workspaceId),
      eq(namedFriends.referrerId, referrerId),
      eq(namedFriends.personId, personId),
    ),
  );
  return named > 0;
}

export async function insertNamedFriend(tx: Tx, friend: typeof namedFriends.$inferInsert): Promise<void> {
  await tx.insert(namedFriends).values(friend).onConflictDoNothing();
}

export type OwnReward = { label: string; status: EarnedStatus; since: Date };

/** What these records of one person earned in the campaign, newest first, with how many there are. */
export async function latestRewards(
  db: Pick<Queryable, 'execute'>,
  {
    workspaceId,
    personIds,
    campaignId,
  }: { workspaceId: string; personIds: readonly string[]; campaignId: string },
  limit: number,
): Promise<{ rewards: OwnReward[]; total: number }> {
  const { rows } = await db.execute<{
    label: string;
    status: EarnedStatus;
    since: string;
    total: number;
  }>(sql`
    select label, status, status_at as since, (count(*) over ())::int as total from rewards
    where workspace_id = ${workspaceId} and campaign_id = ${campaignId}
      and person_id = any(${sql.param([...personIds])}::uuid[])
    order by status_at desc, id limit ${limit}`);
  return {
    rewards: rows.map(({ label, status, since }) => ({ label, status, since: new Date(since) })),
    total: rows[0]?.total ?? 0,
  };
}
