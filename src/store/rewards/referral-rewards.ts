// The rewards of one referral: read and written with its status, under the referral's lock.
import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import {
  type CampaignRewards,
  type EarnedStatus,
  type RewardRecipient,
  rewardOfReferral,
} from '../../domain/rewards/reward.ts';
import type { Tx } from '../database.ts';
import { gathered, manyRows } from '../gathered-writes.ts';
import { campaignOf, referrerOf } from '../joins.ts';
import { isAmong, owned } from '../owned.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';
import { rewards } from './schema-rewards.ts';

export type ReferralEarnings = {
  campaignId: string;
  promised: CampaignRewards;
  autoIssue: boolean;
  /** Null: the person joined without a referrer. */
  personIds: Record<RewardRecipient, string | null>;
  earned: { id: string; recipient: RewardRecipient; status: EarnedStatus }[];
};

type NewReward = Pick<
  typeof rewards.$inferInsert,
  'id' | 'referralId' | 'recipient' | 'campaignId' | 'personId' | 'label' | 'amount' | 'currency' | 'dueAt'
>;
type End = Pick<typeof rewards.$inferInsert, 'canceledAt' | 'canceledBy' | 'reason'>;

export async function readEarnings(
  tx: Tx,
  workspaceId: string,
  referralId: string,
): Promise<ReferralEarnings> {
  const earnings = (await readManyEarnings(tx, workspaceId, [referralId])).get(referralId);
  if (!earnings) throw new Error('a locked referral is gone');
  return earnings;
}

/** By referral. */
export async function readManyEarnings(
  tx: Tx,
  workspaceId: string,
  referralIds: readonly string[],
): Promise<Map<string, ReferralEarnings>> {
  const rows = await tx
    .select({
      id: referrals.id,
      campaignId: referrals.campaignId,
      promised: campaigns.rewards,
      autoIssue: campaigns.autoIssue,
      friend: referrals.personId,
      referrer: referrers.personId,
      earned: sql<ReferralEarnings['earned']>`(
        select coalesce(json_agg(json_build_object('id', w.id, 'recipient', w.recipient, 'status', w.status)), '[]')
        from rewards w where w.workspace_id = ${workspaceId} and w.referral_id = ${referrals.id})`,
    })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .where(and(eq(referrals.workspaceId, workspaceId), isAmong(referrals.id, referralIds)));
  return new Map(
    rows.map(({ id, friend, referrer, ...earnings }) => [
      id,
      { ...earnings, personIds: { friend, referrer } },
    ]),
  );
}

/** For referrals that never had such a reward. */
export const insertFirstRewards = gathered(
  async (tx: Tx, first: readonly (NewReward & { workspaceId: string; status: 'due' })[]) => {
    await tx.execute(sql`insert into ${manyRows(rewards, first)}`);
  },
);

/**
 * How many such rewards of other referrals the person has, by all records that share a contact, while no one else adds
 * one: transactions that ask for the same person wait for each other.
 */
export async function countForLimit(
  tx: Tx,
  workspaceId: string,
  {
    referralId,
    campaignId,
    personId,
    recipient,
  }: Pick<NewReward, 'referralId' | 'campaignId' | 'personId' | 'recipient'>,
): Promise<number> {
  const [person] = await tx
    .select({ contactId: people.contactId })
    .from(people)
    .where(owned(people, { workspaceId, id: personId }));
  const contactId = person?.contactId ?? null;
  const key = JSON.stringify([workspaceId, 'reward limit', campaignId, contactId ?? personId, recipient]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  const same = contactId === null ? { id: personId } : { contactId };
  const records = tx
    .select({ id: people.id })
    .from(people)
    .where(owned(people, { workspaceId, ...same }));
  return tx.$count(
    rewards,
    and(
      owned(rewards, { workspaceId, campaignId, recipient }),
      inArray(rewards.personId, records),
      ne(rewards.referralId, referralId),
      ne(rewards.status, 'canceled'),
    ),
  );
}

/** A reward that was canceled falls due again, in the terms of today. Returns the id. */
export async function insertDueReward(tx: Tx, workspaceId: string, reward: NewReward): Promise<string> {
  const { label, amount, currency, dueAt } = reward;
  const fresh = {
    ...{ label, amount, currency, dueAt, status: 'due' as const },
    ...{ approvedAt: null, approvedBy: null, canceledAt: null, canceledBy: null, failedAt: null },
    ...{ reference: null, reason: null, changeId: null, changedFrom: null },
  };
  const [due] = await tx
    .insert(rewards)
    .values({ ...reward, workspaceId, status: 'due' })
    .onConflictDoUpdate({
      target: [rewards.workspaceId, rewards.referralId, rewards.recipient],
      set: fresh,
      setWhere: eq(rewards.status, 'canceled'),
    })
    .returning({ id: rewards.id });
  if (!due) throw new Error('a reward that is not canceled cannot fall due');
  return due.id;
}

export async function cancelReward(tx: Tx, workspaceId: string, id: string, end: End): Promise<void> {
  await tx
    .update(rewards)
    .set({ ...end, status: 'canceled', changeId: null, changedFrom: null })
    .where(owned(rewards, { workspaceId, id }));
}

/** A change of rewards shows in the reward status of their referrals. */
export async function settleReferralRewards(
  tx: Tx,
  workspaceId: string,
  referralIds: string[],
): Promise<void> {
  const { rows } = await tx.execute<{ id: string; status: ReferralStatus; earned: EarnedStatus[] }>(sql`
    select r.id, r.status, coalesce(array_agg(w.status) filter (where w.id is not null), '{}') as earned
    from referrals r
    left join rewards w on w.workspace_id = r.workspace_id and w.referral_id = r.id
    where r.workspace_id = ${workspaceId} and r.id = any(${sql.param(referralIds)}::uuid[])
    group by r.id, r.status`);
  const settled = rows.map(({ id, status, earned }) => ({ id, reward: rewardOfReferral(status, earned) }));
  await tx.execute(sql`
    update referrals set reward_status = settled.reward
    from unnest(${sql.param(settled.map(({ id }) => id))}::uuid[],
      ${sql.param(settled.map(({ reward }) => reward))}::text[]) as settled (id, reward)
    where referrals.workspace_id = ${workspaceId} and referrals.id = settled.id
      and referrals.reward_status <> settled.reward`);
}
