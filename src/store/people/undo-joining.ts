// Takes back that people joined by a list, while nothing followed from it.
import { type SQL, sql } from 'drizzle-orm';
import type { Tx } from '../database.ts';
import { allowRewriting } from '../repair/erase-rows.ts';

/** What followed from joining; null when nothing did. */
export type Followed = { id: string; personId: string; why: FollowedBy | null };
export type FollowedBy = 'status' | 'reward' | 'referrals' | 'clicks' | 'intercom';

/** Locked; those that are gone are left out. */
export async function whatFollowed(
  tx: Tx,
  workspaceId: string,
  side: 'referrals' | 'referrers',
  ids: readonly string[],
): Promise<Followed[]> {
  const table = sql.identifier(side);
  const given = sql`any(${sql.param([...ids])}::uuid[])`;
  await tx.execute(
    sql`select 1 from ${table} where workspace_id = ${workspaceId} and id = ${given} order by id for update`,
  );
  const { rows } = await tx.execute<Followed>(sql`
    select joined.id, joined.person_id as "personId", ${side === 'referrals' ? ofReferral : ofReferrer} as why
    from ${table} joined where joined.workspace_id = ${workspaceId} and joined.id = ${given}`);
  return rows;
}

const enrolled = (
  column: SQL,
) => sql`exists (select from enrollments where enrollments.workspace_id = joined.workspace_id
  and enrollments.${column} = joined.id and (contact_id is not null or state in ('done', 'review')
    or exists (select from runs where runs.workspace_id = joined.workspace_id and attempted_at is not null
      and deduplication_key = 'enroll:' || side || ':' || joined.id || ':' || round)))`;

const refers = (condition: SQL) => sql`exists (select from referrers giving
  join referrals given on given.workspace_id = giving.workspace_id and given.referrer_id = giving.id
  where giving.workspace_id = joined.workspace_id and ${condition})`;

const ofReferral = sql`case
  when joined.status <> 'pending' then 'status'
  when exists (select from rewards where rewards.workspace_id = joined.workspace_id and referral_id = joined.id)
    then 'reward'
  when ${refers(sql`giving.person_id = joined.person_id`)} then 'referrals'
  when ${enrolled(sql`referral_id`)} or exists (select from runs where runs.workspace_id = joined.workspace_id
    and runs.referral_id = joined.id and (attempted_at is not null or state = 'done')) then 'intercom'
  end`;

const ofReferrer = sql`case
  when ${refers(sql`giving.id = joined.id`)} then 'referrals'
  when exists (select from click_days where click_days.workspace_id = joined.workspace_id
    and referrer_id = joined.id) then 'clicks'
  when ${enrolled(sql`referrer_id`)} then 'intercom'
  end`;

/** With their history and planned work. */
export async function removeJoined(
  tx: Tx,
  workspaceId: string,
  side: 'referrals' | 'referrers',
  ids: readonly string[],
  at: Date,
  why = 'The import was undone.',
): Promise<void> {
  if (ids.length === 0) return;
  const given = sql`any(${sql.param([...ids])}::uuid[])`;
  const here = sql`workspace_id = ${workspaceId}`;
  const column = side === 'referrals' ? sql`referral_id` : sql`referrer_id`;
  const own = side === 'referrals' ? sql`or referral_id = ${given}` : sql``;
  await tx.execute(sql`
    update runs set state = 'canceled', error = ${why}, finished_at = ${at.toISOString()}::timestamptz
    where ${here} and state = 'waiting' and (deduplication_key in (
      select 'enroll:' || side || ':' || ${column} || ':' || round from enrollments where ${here} and ${column} = ${given})
      ${own})`);
  if (side === 'referrals') {
    // As in an erasure: the rows go, and the audit log says that they went.
    await allowRewriting(tx);
    for (const table of ['referral_history', 'decisions', 'holds'])
      await tx.execute(sql`delete from ${sql.identifier(table)} where ${here} and referral_id = ${given}`);
  }
  await tx.execute(sql`delete from ${sql.identifier(side)} where ${here} and id = ${given}`);
}

/** False when it is not pending or a reward was issued. */
export async function removeCredit(tx: Tx, workspaceId: string, id: string, at: Date): Promise<boolean> {
  const { rows } = await tx.execute<{ kept: boolean }>(sql`
    select status <> 'pending' or exists (select from rewards where rewards.workspace_id = ${workspaceId}
      and referral_id = referrals.id and rewards.status <> 'canceled') as kept
    from referrals where workspace_id = ${workspaceId} and id = ${id} for update`);
  if (rows[0]?.kept !== false) return false;
  await tx.execute(sql`delete from rewards where workspace_id = ${workspaceId} and referral_id = ${id}`);
  await removeJoined(tx, workspaceId, 'referrals', [id], at, 'The credit was undone.');
  return true;
}

/** Those who are in no campaign and not linked to a contact. */
export async function removeLonePeople(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const free = (table: string) => sql`not exists (select from ${sql.identifier(table)} other
    where other.workspace_id = people.workspace_id and other.person_id = people.id)`;
  await tx.execute(sql`
    delete from people where workspace_id = ${workspaceId} and id = any(${sql.param([...ids])}::uuid[])
      and contact_id is null and ${free('referrals')} and ${free('referrers')} and ${free('rewards')}
      and ${free('enrollments')}`);
}
