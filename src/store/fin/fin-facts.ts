// What Fin can tell a person of the program: their referrals, rewards and links, without the names of others.
import { sql } from 'drizzle-orm';
import type { Asker } from '../../domain/fin/identity.ts';
import type {
  FriendReferral,
  GivenReferral,
  OwnReward,
  PersonFacts,
  PublicCampaign,
  ShareLink,
} from '../../domain/fin/person-facts.ts';
import type { PlatformName, ReferralStatus } from '../../domain/program/referral.ts';
import type { CampaignRewards, EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';
import type { Database, Queryable } from '../database.ts';
import { type BlockFacts, blockFacts, readQualification } from '../program/qualification-block.ts';
import { isExcludedFrom } from '../qualification/link-decisions.ts';

type Proven = Extract<Asker, { verified: true }>;

/** People with another external ID are left out, even if they share the contact. */
export async function findAskersPeople(
  db: Pick<Queryable, 'execute'>,
  workspaceId: string,
  { contactId, externalId }: Pick<Proven, 'contactId' | 'externalId'>,
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from people where workspace_id = ${workspaceId} and contact_id = ${contactId}
      and (external_id is null or ${externalId}::text is null or external_id = ${externalId})
    union
    select id from people where workspace_id = ${workspaceId} and external_id = ${externalId}
      and not (contact_id is null and ${isExcludedFrom(contactId ?? '')})
    limit 20`);
  return rows.map(({ id }) => id);
}

type Row = {
  joined: JoinedColumns[] | null;
  given: GivenColumns[] | null;
  counts: Partial<Record<ReferralStatus, number>> | null;
  rewards: RewardColumns[] | null;
  reward_counts: Partial<Record<EarnedStatus, number>> | null;
  links: LinkColumns[] | null;
};
type JoinedColumns = [
  campaign: string,
  platform: PlatformName,
  status: ReferralStatus,
  statusAt: string,
  joinedAt: string,
  promised: CampaignRewards,
  expiresAt: string | null,
  holdUntil: string | null,
  copiedAt: string | null,
  block: BlockFacts,
];
type GivenColumns = [
  campaign: string,
  status: ReferralStatus,
  statusAt: string,
  joinedAt: string,
  expiresAt: string | null,
  holdUntil: string | null,
  copiedAt: string | null,
  promised: CampaignRewards,
  earned: EarnedStatus | null,
  hasReachedLimit: boolean,
  block: BlockFacts,
];
type RewardColumns = [
  recipient: RewardRecipient,
  label: string,
  amount: string | null,
  currency: string | null,
  status: EarnedStatus,
  dueAt: string,
  statusAt: string,
  campaign: string,
  friendJoinedAt: string,
  block: BlockFacts | null,
];
type LinkColumns = [
  campaign: string,
  code: string,
  link: string | null,
  pausedAt: string | null,
  endsOn: string | null,
  archivedAt: string | null,
  referred: number,
];

const expiresAt = `case when r.status = 'pending'
  then r.status_at + make_interval(days => (c.settings ->> 'expires_after_days')::int) end`;
const holdUntil = `case when r.status = 'pending' then (select max(h.due_at) from holds h
  where h.workspace_id = r.workspace_id and h.referral_id = r.id) end`;
const ofPeople = 'workspace_id = $1 and person_id = any($2::uuid[])';
const giving = `r.workspace_id = $1 and r.referrer_id in (select id from referrers where ${ofPeople})`;

// Prepared once per connection: planning it takes longer than doing it.
const statement = `
  select
    (select json_agg(row) from (
      select json_build_array(c.name, c.platform, r.status, r.status_at, r.joined_at, c.rewards, ${expiresAt},
        ${holdUntil}, r.copied_at, ${blockFacts('r')}) as row
      from referrals r join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
      where r.workspace_id = $1 and r.person_id = any($2::uuid[])
      order by r.joined_at desc, r.id limit 5
    ) joined) as joined,
    (select json_agg(row) from (
      select json_build_array(c.name, r.status, r.status_at, r.joined_at, ${expiresAt}, ${holdUntil}, r.copied_at,
        c.rewards,
        (select w.status from rewards w where w.workspace_id = r.workspace_id and w.referral_id = r.id
          and w.recipient = 'referrer'),
        r.status = 'qualified' and (c.rewards #>> '{referrer,limit_per_person}')::int <= (
          select count(*) from rewards w where w.workspace_id = r.workspace_id and w.campaign_id = r.campaign_id
            and w.person_id = (select person_id from referrers f where f.workspace_id = r.workspace_id
              and f.id = r.referrer_id)
            and w.recipient = 'referrer' and w.status <> 'canceled'),
        ${blockFacts('r')}) as row
      from referrals r join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
      where ${giving} order by r.joined_at desc, r.id limit 5
    ) given) as given,
    (select json_object_agg(status, number) from (
      select r.status, count(*)::int as number from referrals r where ${giving} group by r.status
    ) counted) as counts,
    (select json_agg(row) from (
      select json_build_array(w.recipient, w.label, w.amount, w.currency, w.status, w.due_at, w.status_at, c.name,
        r.joined_at, case when w.status in ('due', 'approved') then ${blockFacts('r')} end) as row
      from rewards w
      join campaigns c on c.workspace_id = w.workspace_id and c.id = w.campaign_id
      join referrals r on r.workspace_id = w.workspace_id and r.id = w.referral_id
      where w.workspace_id = $1 and w.person_id = any($2::uuid[])
      order by case w.status when 'canceled' then 2 when 'issued' then 1 else 0 end, w.status_at desc, w.id limit 5
    ) earned) as rewards,
    (select json_object_agg(status, number) from (
      select status, count(*)::int as number from rewards where ${ofPeople} group by status
    ) counted) as reward_counts,
    (select json_agg(row) from (
      select json_build_array(c.name, f.code, f.link, c.paused_at, c.ends_on, c.archived_at,
        (select count(*) from referrals r where r.workspace_id = f.workspace_id and r.referrer_id = f.id)) as row
      from referrers f join campaigns c on c.workspace_id = f.workspace_id and c.id = f.campaign_id
      where f.workspace_id = $1 and f.person_id = any($2::uuid[])
      order by f.joined_at desc, f.id limit 50
    ) linked) as links`;

/** At most five of each list, with their totals: newest first, and of rewards those that are still to come. */
export async function readPersonFacts(
  pool: Pick<Database['pool'], 'query'>,
  workspaceId: string,
  personIds: readonly string[],
): Promise<PersonFacts> {
  const query = { name: 'fin_facts', text: statement, values: [workspaceId, personIds] };
  const { rows } = await pool.query<Row>(query);
  const [row] = rows;
  return {
    joined: (row?.joined ?? []).map(toJoined),
    given: (row?.given ?? []).map(toGiven),
    counts: row?.counts ?? {},
    rewards: (row?.rewards ?? []).map(toReward),
    rewardCounts: row?.reward_counts ?? {},
    links: (row?.links ?? []).map(toLink),
  };
}

const moment = (text: string | null) => (text === null ? null : new Date(text));
const isBlocked = (block: BlockFacts | null) => block !== null && readQualification(block).block !== null;

function toJoined(columns: JoinedColumns): FriendReferral {
  const [campaign, _platform, status, statusAt, joinedAt, promised, expires, hold, copied, block] = columns;
  return {
    ...{ campaign, status, statusAt: new Date(statusAt), joinedAt: new Date(joinedAt) },
    ...{ expiresAt: moment(expires), holdUntil: moment(hold), copiedAt: moment(copied) },
    ...{ promised: promised.friend?.label ?? null, isBlocked: isBlocked(block) },
  };
}

function toGiven(columns: GivenColumns): GivenReferral {
  const [campaign, status, statusAt, joinedAt, expires, hold, copied, promised, earned, isAtLimit, block] =
    columns;
  return {
    ...{ campaign, status, statusAt: new Date(statusAt), joinedAt: new Date(joinedAt) },
    ...{ expiresAt: moment(expires), holdUntil: moment(hold), copiedAt: moment(copied) },
    ...{ promised: promised.referrer?.label ?? null, isBlocked: isBlocked(block) },
    ...{ earned, hasReachedLimit: earned === null && isAtLimit },
  };
}

function toReward(columns: RewardColumns): OwnReward {
  const [recipient, label, amount, currency, status, dueAt, statusAt, campaign, friendJoinedAt, block] =
    columns;
  return {
    ...{ recipient, label, amount, currency, status, campaign },
    ...{ dueAt: new Date(dueAt), statusAt: new Date(statusAt), friendJoinedAt: new Date(friendJoinedAt) },
    isBlocked: isBlocked(block),
  };
}

function toLink([campaign, code, link, pausedAt, endsOn, archivedAt, referred]: LinkColumns): ShareLink {
  return {
    ...{ campaign, code, link, referred },
    standing: { pausedAt: moment(pausedAt), endsOn, archivedAt: moment(archivedAt) },
  };
}

/** Open for everyone on that day: running, and on the built-in platform with an open join page. */
export async function readPublicCampaigns(
  db: Pick<Queryable, 'execute'>,
  workspaceId: string,
  today: string,
): Promise<{ campaigns: PublicCampaign[]; total: number }> {
  const { rows } = await db.execute<{
    name: string;
    rewards: CampaignRewards;
    ends_on: string | null;
    slug: string | null;
    total: number;
  }>(sql`
    select name, rewards, ends_on::text as ends_on, case when platform = 'built-in' then slug end as slug,
      (count(*) over ())::int as total
    from campaigns
    where workspace_id = ${workspaceId} and archived_at is null and paused_at is null
      and (ends_on is null or ends_on >= ${today}::date)
      and (platform <> 'built-in' or (join_page ->> 'open')::boolean)
    order by created_at, id limit 5`);
  return {
    campaigns: rows.map(({ name, rewards, ends_on: endsOn, slug }) => ({ name, rewards, endsOn, slug })),
    total: rows[0]?.total ?? 0,
  };
}
