// What the card shows, in one query for all concurrent requests.
import type pg from 'pg';
import type { CampaignStanding } from '../../domain/campaigns/campaign-state.ts';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { Candidate } from '../../domain/program/contact-match.ts';
import { type DoubtHint, shownHints } from '../../domain/program/doubt.ts';
import type { QualificationBlock } from '../../domain/program/qualification-block.ts';
import {
  type PlatformName,
  type ReferralSource,
  type ReferralStatus,
  shownBlock,
} from '../../domain/program/referral.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import type { PendingRule } from '../../domain/qualification/outlook.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { CampaignRewards, EarnedStatus } from '../../domain/rewards/reward.ts';
import { type ShownReward, shownRewards } from '../../domain/rewards/shown-reward.ts';
import { type BlockFacts, blockFacts, readQualification } from '../program/qualification-block.ts';
import { type EarnedColumns, earnedRewards, toEarned } from '../rewards/earned-rewards.ts';
import type { installations, referrals, referrers } from '../schema.ts';
import { batched } from '../shared-query.ts';
import type { Conversion } from './conversions.ts';

export type CardKey = {
  workspaceId: string;
  contactId: string;
  externalId: string | null;
  email: string | null;
};

type Installation = typeof installations.$inferSelect;
type Referral = typeof referrals.$inferSelect;
type Named = { name: string | null; email: string | null };

export type StoredReferral = Omit<
  Referral,
  | 'workspaceId'
  | 'campaignId'
  | 'personId'
  | 'referrerId'
  | 'round'
  | 'saleValue'
  | 'platformId'
  | 'extra'
  | 'rewardStatus'
  | 'rewardNote'
> & {
  campaign: string;
  platform: PlatformName;
  rewards: ShownReward[];
  blocked: QualificationBlock | null;
  /** Null unless it is pending. */
  pending: PendingFacts | null;
  standing: StoredStanding;
  hints: DoubtHint[];
  referrer: (Named & { personId: string; contactId: string | null }) | null;
};

/** For what it still needs: see domain/qualification/outlook.ts. */
export type PendingFacts = {
  rules: PendingRule[];
  snapshot: { facts: Facts; at: Date } | null;
  reopened: boolean;
  expiresAt: Date | null;
};

export type StoredReferrer = Pick<
  typeof referrers.$inferSelect,
  'id' | 'code' | 'link' | 'platformUrl' | 'joinedAt'
> & {
  campaign: string;
  standing: StoredStanding;
  /** How many have each status; a status that none has is left out. */
  referrals: Partial<Record<ReferralStatus, number>>;
  /** Its own, as the referrer. */
  rewards: Partial<Record<EarnedStatus, number>>;
  /** At most five, newest first. */
  latest: (Named & Pick<Referral, 'status' | 'joinedAt'>)[];
};

/** Of the campaign. */
type StoredStanding = Omit<CampaignStanding, 'timeZone'>;

export type StoredPerson = Candidate & {
  name: string | null;
  referrals: StoredReferral[];
  referrers: StoredReferrer[];
};

export type CardAnswer = {
  installation: Pick<Installation, 'status' | 'timeZone' | 'region'> | null;
  /** The conversion that made this contact a user or merged it; otherwise the latest attempt. */
  conversion: Pick<Conversion, 'state' | 'intoContactId' | 'startedAt' | 'finishedAt' | 'error'> | null;
  /** The oldest open review about this contact. */
  review: {
    id: string;
    person: Named;
    campaign: string;
    side: SideName;
    /** The number of other candidates. */
    others: number;
  } | null;
  /** Candidates by stored link, external_id or email; domain/program/contact-match.ts decides. */
  people: StoredPerson[];
};

// A union of three index scans: one OR over three columns is slower. Each branch excludes earlier matches,
// and a merged lead is looked up as its survivor. Parameters are in sub-selects to hide the number of keys
// from the planner, which would otherwise plan every query again (1 ms of 1.3). Lists are unnamed, unsorted
// arrays: names and sorting cost PostgreSQL more than us.
const statement = `
  select asked.n::int as n, i.status as installation, i.time_zone, i.region,
    conversion.state, conversion.into_contact_id, conversion.started_at, conversion.finished_at, conversion.error,
    person.id as person_id, person.contact_id, person.external_id, person.email, person.name,
    referred.list as referrals, referring.list as referrers, review.asked as review
  from unnest((select $1::text[]), (select $2::text[]), (select $3::text[]), (select $4::text[]))
    with ordinality as asked (workspace_id, contact_id, external_id, email, n)
  left join installations i on i.workspace_id = asked.workspace_id
  left join lateral (
    select state, into_contact_id, started_at, finished_at, error from conversions
    where workspace_id = asked.workspace_id and contact_id = asked.contact_id
    order by state = 'done' desc, started_at desc limit 1
  ) conversion on true
  cross join lateral (
    select case when conversion.state = 'done' then coalesce(conversion.into_contact_id, asked.contact_id)
      else asked.contact_id end as contact_id
  ) present
  left join lateral (
    select json_build_array(v.id, p.name, p.email, c.name, e.side, jsonb_array_length(v.candidates) - 1) as asked
    from review_candidates k
    join reviews v on v.workspace_id = k.workspace_id and v.id = k.review_id
    join enrollments e on e.workspace_id = v.workspace_id and e.id = v.enrollment_id
    join campaigns c on c.workspace_id = e.workspace_id and c.id = e.campaign_id
    join people p on p.workspace_id = e.workspace_id and p.id = e.person_id
    where k.workspace_id = asked.workspace_id and k.contact_id = present.contact_id
    order by v.asked_at limit 1
  ) review on true
  left join lateral (
    select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id and contact_id = present.contact_id
    union all select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id and external_id = asked.external_id
      and contact_id is distinct from present.contact_id
    union all select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id and email = asked.email
      and contact_id is distinct from present.contact_id
      and (asked.external_id is null or external_id is distinct from asked.external_id)
    limit 20
  ) person on true
  left join lateral (
    select json_agg(json_build_array(
      r.id, c.name, c.platform, r.status, r.status_reason, r.explanation, r.local_only, r.status_at, r.joined_at,
      r.reward_note, c.rewards, ${earnedRewards('r')}, r.source, r.platform_url, r.copied_at,
      who.id, who.name, who.email, who.contact_id, ${blockFacts('r', 'always')},
      case when r.status = 'pending' then json_build_array(
        (select json_agg(json_build_array(u.name, u.definition, h.due_at) order by u.created_at, u.id)
          from rules u left join holds h on h.workspace_id = u.workspace_id and h.rule_id = u.id and h.referral_id = r.id
          where u.workspace_id = r.workspace_id and u.campaign_id = r.campaign_id and u.enabled),
        (select json_build_array(k.values, k.seen_at) from contacts k
          where k.workspace_id = asked.workspace_id and k.contact_id = coalesce(person.contact_id, present.contact_id)
            and k.seen_at > 'epoch'),
        r.round, r.status_at + make_interval(days => (c.settings ->> 'expires_after_days')::int)
      ) end, c.paused_at, c.ends_on, c.archived_at
    )) as list
    from referrals r
    join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
    left join referrers by on by.workspace_id = r.workspace_id and by.id = r.referrer_id
    left join people who on who.workspace_id = by.workspace_id and who.id = by.person_id
    where r.workspace_id = asked.workspace_id and r.person_id = person.id
  ) referred on true
  left join lateral (
    select json_agg(json_build_array(
      f.id, c.name, f.code, f.link, f.platform_url, f.joined_at,
      counted.by_status, earned.by_status, newest.list, c.paused_at, c.ends_on, c.archived_at
    )) as list
    from referrers f
    join campaigns c on c.workspace_id = f.workspace_id and c.id = f.campaign_id
    cross join lateral (
      select json_object_agg(status, referrals) as by_status from (
        select status, count(*) as referrals from referrals
        where workspace_id = f.workspace_id and referrer_id = f.id group by status
      ) of_status
    ) counted
    cross join lateral (
      select json_object_agg(status, rewards) as by_status from (
        select status, count(*) as rewards from rewards
        where workspace_id = f.workspace_id and person_id = f.person_id and campaign_id = f.campaign_id
          and recipient = 'referrer' group by status
      ) of_status
    ) earned
    left join lateral (
      select json_agg(json_build_array(who.name, who.email, one.status, one.joined_at)) as list
      from (
        select person_id, status, joined_at from referrals
        where workspace_id = f.workspace_id and referrer_id = f.id order by joined_at desc limit 5
      ) one
      join people who on who.workspace_id = f.workspace_id and who.id = one.person_id
    ) newest on true
    where f.workspace_id = asked.workspace_id and f.person_id = person.id
  ) referring on true`;

// In the order of the statement above. Table constraints check these columns' values.
type ReferralColumns = [
  id: string,
  campaign: string,
  platform: PlatformName,
  status: ReferralStatus,
  statusReason: string | null,
  explanation: string | null,
  localOnly: boolean,
  statusAt: string,
  joinedAt: string,
  rewardNote: string | null,
  promised: CampaignRewards,
  earned: EarnedColumns[] | null,
  source: ReferralSource,
  platformUrl: string | null,
  copiedAt: string | null,
  referrerPersonId: string | null,
  referrerName: string | null,
  referrerEmail: string | null,
  referrerContactId: string | null,
  blockFacts: BlockFacts,
  pending: PendingColumns | null,
  ...StandingColumns,
];
type PendingColumns = [
  rules: [name: string, definition: RuleDefinition, dueAt: string | null][] | null,
  snapshot: [facts: Facts, seenAt: string] | null,
  round: number,
  expiresAt: string | null,
];
type StandingColumns = [pausedAt: string | null, endsOn: string | null, archivedAt: string | null];
type LatestColumns = [name: string | null, email: string | null, status: ReferralStatus, joinedAt: string];
type ReferrerColumns = [
  id: string,
  campaign: string,
  code: string,
  link: string | null,
  platformUrl: string | null,
  joinedAt: string,
  referrals: StoredReferrer['referrals'] | null,
  rewards: StoredReferrer['rewards'] | null,
  latest: LatestColumns[] | null,
  ...StandingColumns,
];

type ReviewColumns = [
  id: string,
  name: string | null,
  email: string | null,
  campaign: string,
  side: SideName,
  others: number,
];

type Row = {
  n: number;
  installation: Installation['status'] | null;
  time_zone: string;
  region: Installation['region'];
  state: Conversion['state'] | null;
  into_contact_id: string | null;
  started_at: Date;
  finished_at: Date | null;
  error: string | null;
  person_id: string | null;
  contact_id: string | null;
  external_id: string | null;
  email: string | null;
  name: string | null;
  referrals: ReferralColumns[] | null;
  referrers: ReferrerColumns[] | null;
  review: ReviewColumns | null;
};

/** Concurrent reads share one query. Rejects when the database does not answer within 1.5 seconds. */
export function createCardReader(database: { pool: pg.Pool }): (key: CardKey) => Promise<CardAnswer> {
  async function load(keys: CardKey[]): Promise<CardAnswer[]> {
    const columns = [
      keys.map((key) => key.workspaceId),
      keys.map((key) => key.contactId),
      keys.map((key) => key.externalId),
      keys.map((key) => key.email),
    ];
    const query = { name: 'card', text: statement, values: columns, query_timeout: 1_500 };
    const { rows } = await database.pool.query<Row>(query);
    const answers = keys.map(
      (): CardAnswer => ({ installation: null, conversion: null, review: null, people: [] }),
    );
    for (const row of rows) {
      const answer = answers[row.n - 1];
      if (answer) addRow(answer, row);
    }
    return answers;
  }
  // Intercom asks for one conversation up to five times at once. One round at a time: larger rounds cost less
  // in total (measured: 5,700 instead of 5,250 cards a second).
  const keyOf = (key: CardKey) => JSON.stringify(key);
  return batched(load, { perRound: 64, roundsAtOnce: 1, keyOf });
}

function addRow(answer: CardAnswer, row: Row): void {
  if (row.installation !== null) {
    answer.installation = { status: row.installation, timeZone: row.time_zone, region: row.region };
  }
  if (row.state !== null) {
    answer.conversion = {
      state: row.state,
      intoContactId: row.into_contact_id,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      error: row.error,
    };
  }
  if (row.review !== null) {
    const [id, name, email, campaign, side, others] = row.review;
    answer.review = { id, person: { name, email }, campaign, side, others };
  }
  if (row.person_id === null) return;
  answer.people.push({
    id: row.person_id,
    contactId: row.contact_id,
    externalId: row.external_id,
    email: row.email,
    name: row.name,
    referrals: newestFirst((row.referrals ?? []).map(toReferral)),
    referrers: newestFirst((row.referrers ?? []).map(toReferrer)),
  });
}

function newestFirst<T extends { joinedAt: Date }>(list: T[]): T[] {
  return list.length < 2 ? list : list.sort((a, b) => b.joinedAt.getTime() - a.joinedAt.getTime());
}

function toReferral(columns: ReferralColumns): StoredReferral {
  const [id, campaign, platform, status, statusReason, explanation, localOnly, statusAt, joinedAt, ...more] =
    columns;
  const [
    rewardNote,
    promised,
    earned,
    source,
    platformUrl,
    copiedAt,
    personId,
    name,
    email,
    contactId,
    facts,
    pending,
    ...standing
  ] = more;
  const { block, hints } = readQualification(facts);
  const about = { status, note: rewardNote, hasReferrer: personId !== null };
  return {
    id,
    campaign,
    platform,
    status,
    statusReason,
    explanation,
    localOnly,
    statusAt: new Date(statusAt),
    joinedAt: new Date(joinedAt),
    rewards: shownRewards(about, promised, (earned ?? []).map(toEarned)),
    source,
    platformUrl,
    copiedAt: copiedAt === null ? null : new Date(copiedAt),
    blocked: shownBlock(status, block),
    hints: shownHints(status, hints),
    pending: pending && toPending(pending),
    referrer: personId === null ? null : { personId, name, email, contactId },
    standing: toStanding(standing),
  };
}

function toPending([rules, snapshot, round, expiresAt]: PendingColumns): PendingFacts {
  return {
    rules: (rules ?? []).map(([name, definition, dueAt]) => ({
      name,
      definition,
      dueAt: dueAt === null ? null : new Date(dueAt),
    })),
    snapshot: snapshot && { facts: snapshot[0], at: new Date(snapshot[1]) },
    reopened: round > 0,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  };
}

function toReferrer(columns: ReferrerColumns): StoredReferrer {
  const [id, campaign, code, link, platformUrl, joinedAt, referrals, rewards, latest, ...standing] = columns;
  return {
    id,
    campaign,
    code,
    link,
    platformUrl,
    joinedAt: new Date(joinedAt),
    referrals: referrals ?? {},
    rewards: rewards ?? {},
    latest: newestFirst(
      (latest ?? []).map(([name, email, status, joined]) => ({
        name,
        email,
        status,
        joinedAt: new Date(joined),
      })),
    ),
    standing: toStanding(standing),
  };
}

function toStanding([pausedAt, endsOn, archivedAt]: StandingColumns): StoredStanding {
  const at = (moment: string | null) => (moment === null ? null : new Date(moment));
  return { pausedAt: at(pausedAt), endsOn, archivedAt: at(archivedAt) };
}
