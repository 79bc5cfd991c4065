// Export files: their columns (the CSV's headers), read by page: the audit log newest first, all else in order of ids.
import { and, asc, desc, eq, gt, or, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Queryable } from '../database.ts';
import { reviews } from '../enrollment/schema-enrollment.ts';
import { finRequests } from '../fin/schema-fin.ts';
import { campaignOf, giver, ofGiver, personOf, referralOf, referrerOf, ruleOf } from '../joins.ts';
import { namedFriends } from '../messenger/schema-messenger.ts';
import { owned } from '../owned.ts';
import { matching, olderThan } from '../page.ts';
import { blockReasonColumn } from '../program/qualification-block.ts';
import { uncountedJoins } from '../program/schema-uncounted-joins.ts';
import { rewards } from '../rewards/schema-rewards.ts';
import { campaigns, decisions, people, referrals, referrers, rules } from '../schema.ts';
import { auditLog } from '../workspace/schema-console.ts';

/** Explicit names: a single-table query does not qualify its columns. */
const membership = (table: 'referrals' | 'referrers') =>
  sql`from ${sql.identifier(table)} member join campaigns
    on campaigns.workspace_id = member.workspace_id and campaigns.id = member.campaign_id
    where member.workspace_id = people.workspace_id and member.person_id = people.id`;

const campaignsOf = (table: 'referrals' | 'referrers') =>
  sql<string>`array_to_string(array(select campaigns.name ${membership(table)} order by campaigns.name), '; ')`;

const isIn = (table: 'referrals' | 'referrers', campaignId: string) =>
  sql`exists (select ${membership(table)} and campaigns.id = ${campaignId})`;

/** Of the person that the query joins. */
const isInCampaign = (id: string | undefined) =>
  id === undefined ? undefined : or(isIn('referrals', id), isIn('referrers', id));

const personColumns = {
  person_id: people.id,
  email: people.email,
  name: people.name,
  external_id: people.externalId,
  contact_id: people.contactId,
  created_at: people.createdAt,
  referrer_in: campaignsOf('referrers'),
  referred_in: campaignsOf('referrals'),
};

const referralColumns = {
  referral_id: referrals.id,
  campaign_id: campaigns.id,
  campaign: campaigns.name,
  platform: campaigns.platform,
  status: referrals.status,
  status_at: referrals.statusAt,
  status_reason: referrals.statusReason,
  reward_status: referrals.rewardStatus,
  sale_value: referrals.saleValue,
  source: referrals.source,
  joined_at: referrals.joinedAt,
  explanation: referrals.explanation,
  blocked: blockReasonColumn,
  person_id: people.id,
  email: people.email,
  name: people.name,
  external_id: people.externalId,
  contact_id: people.contactId,
  referrer_id: referrers.id,
  referrer_code: referrers.code,
  referrer_email: giver.email,
  referrer_name: giver.name,
};

const rewardColumns = {
  reward_id: rewards.id,
  status: rewards.status,
  recipient: rewards.recipient,
  label: rewards.label,
  amount: rewards.amount,
  currency: rewards.currency,
  due_at: rewards.dueAt,
  approved_at: rewards.approvedAt,
  issued_at: rewards.issuedAt,
  canceled_at: rewards.canceledAt,
  reference: rewards.reference,
  reason: rewards.reason,
  campaign_id: campaigns.id,
  campaign: campaigns.name,
  referral_id: rewards.referralId,
  person_id: people.id,
  email: people.email,
  name: people.name,
  external_id: people.externalId,
  contact_id: people.contactId,
};

const uncountedColumns = {
  join_id: uncountedJoins.id,
  day: uncountedJoins.day,
  times: uncountedJoins.times,
  last_at: uncountedJoins.at,
  why: uncountedJoins.why,
  campaign_id: campaigns.id,
  campaign: campaigns.name,
  code: uncountedJoins.code,
  referrer_id: referrers.id,
  referrer_email: people.email,
  person_id: uncountedJoins.personId,
  email: sql<string | null>`case when identity like 'email:%' then substr(identity, 7) end`,
  external_id: sql<string | null>`case when identity like 'external:%' then substr(identity, 10) end`,
};

const namedFriendColumns = {
  person_id: people.id,
  email: people.email,
  named_as: namedFriends.name,
  named_at: namedFriends.namedAt,
  campaign_id: campaigns.id,
  campaign: campaigns.name,
  referrer_id: referrers.id,
  referrer_code: referrers.code,
  referrer_email: giver.email,
  referrer_contact_id: namedFriends.contactId,
};

/** What customers reported through Fin. */
const missingReferralColumns = {
  review_id: reviews.id,
  reported_at: reviews.askedAt,
  campaign_id: campaigns.id,
  campaign: campaigns.name,
  person_id: people.id,
  email: people.email,
  name: people.name,
  external_id: people.externalId,
  contact_id: people.contactId,
  friend_email: reviews.friendEmail,
  said: reviews.said,
  decided_at: reviews.decidedAt,
  decision: reviews.decision,
};

const finRequestColumns = {
  request_id: finRequests.id,
  at: finRequests.at,
  purpose: finRequests.purpose,
  person_id: people.id,
  email: people.email,
  name: people.name,
  external_id: people.externalId,
  contact_id: people.contactId,
};

const decisionColumns = {
  decision_id: decisions.id,
  at: decisions.at,
  outcome: decisions.outcome,
  explanation: decisions.explanation,
  reasons: decisions.reasons,
  rule_id: decisions.ruleId,
  /** Null after the rule was deleted. */
  rule: rules.name,
  rule_version: decisions.ruleVersion,
  delivery_id: decisions.deliveryId,
  referral_id: referrals.id,
  campaign: campaigns.name,
  email: people.email,
};

/** The log concerns the whole workspace: it is never limited to a campaign. */
const auditColumns = {
  entry_id: auditLog.id,
  at: auditLog.at,
  actor_kind: auditLog.actor,
  actor_id: auditLog.actorId,
  actor: auditLog.actorName,
  action: auditLog.action,
  subject_type: auditLog.subjectType,
  subject_id: auditLog.subjectId,
  details: auditLog.details,
};

type Which = { campaignId: string | undefined; after: Record<string, unknown> | null; limit: number };
type ExportFile = {
  columns: string[];
  /** `after` is the last row of the page before. */
  read(db: Queryable, workspaceId: string, which: Which): Promise<Record<string, unknown>[]>;
};

/** The id is the first column of these files. */
const behind = (id: PgColumn, after: Which['after']) =>
  after === null ? undefined : gt(id, Object.values(after)[0]);

const behindEntry = (after: Which['after']) =>
  after === null
    ? undefined
    : olderThan(auditLog.at, auditLog.id, { at: after.at as Date, id: String(after.entry_id) });

export const exportFiles = {
  audit: {
    columns: Object.keys(auditColumns),
    read: (db, workspaceId, { after, limit }) =>
      db
        .select(auditColumns)
        .from(auditLog)
        .where(and(eq(auditLog.workspaceId, workspaceId), behindEntry(after)))
        .orderBy(desc(auditLog.at), desc(auditLog.id))
        .limit(limit),
  },
  people: {
    columns: Object.keys(personColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(personColumns)
        .from(people)
        .where(and(eq(people.workspaceId, workspaceId), isInCampaign(campaignId), behind(people.id, after)))
        .orderBy(asc(people.id))
        .limit(limit),
  },
  referrals: {
    columns: Object.keys(referralColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(referralColumns)
        .from(referrals)
        .innerJoin(campaigns, campaignOf(referrals))
        .innerJoin(people, personOf(referrals))
        .leftJoin(referrers, referrerOf(referrals))
        .leftJoin(giver, ofGiver)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            matching(referrals.campaignId, campaignId),
            behind(referrals.id, after),
          ),
        )
        .orderBy(asc(referrals.id))
        .limit(limit),
  },
  rewards: {
    columns: Object.keys(rewardColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(rewardColumns)
        .from(rewards)
        .innerJoin(campaigns, campaignOf(rewards))
        .innerJoin(people, personOf(rewards))
        .where(
          and(
            eq(rewards.workspaceId, workspaceId),
            matching(rewards.campaignId, campaignId),
            behind(rewards.id, after),
          ),
        )
        .orderBy(asc(rewards.id))
        .limit(limit),
  },
  uncounted_joins: {
    columns: Object.keys(uncountedColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(uncountedColumns)
        .from(uncountedJoins)
        .leftJoin(campaigns, campaignOf(uncountedJoins))
        .leftJoin(referrers, owned(referrers, { workspaceId, code: uncountedJoins.code }))
        .leftJoin(people, owned(people, { workspaceId, id: referrers.personId }))
        .where(
          and(
            eq(uncountedJoins.workspaceId, workspaceId),
            matching(uncountedJoins.campaignId, campaignId),
            behind(uncountedJoins.id, after),
          ),
        )
        .orderBy(asc(uncountedJoins.id))
        .limit(limit),
  },
  decisions: {
    columns: Object.keys(decisionColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(decisionColumns)
        .from(decisions)
        .innerJoin(referrals, referralOf(decisions))
        .innerJoin(campaigns, campaignOf(referrals))
        .innerJoin(people, personOf(referrals))
        .leftJoin(rules, ruleOf(decisions))
        .where(
          and(
            eq(decisions.workspaceId, workspaceId),
            matching(referrals.campaignId, campaignId),
            behind(decisions.id, after),
          ),
        )
        .orderBy(asc(decisions.id))
        .limit(limit),
  },
  missing_referrals: {
    columns: Object.keys(missingReferralColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(missingReferralColumns)
        .from(reviews)
        .innerJoin(campaigns, campaignOf(reviews))
        .innerJoin(people, owned(people, { workspaceId, id: reviews.reporterId }))
        .where(
          and(
            eq(reviews.workspaceId, workspaceId),
            matching(reviews.campaignId, campaignId),
            behind(reviews.id, after),
          ),
        )
        .orderBy(asc(reviews.id))
        .limit(limit),
  },
  fin_requests: {
    columns: Object.keys(finRequestColumns),
    read: (db, workspaceId, { campaignId, after, limit }) =>
      db
        .select(finRequestColumns)
        .from(finRequests)
        .innerJoin(people, personOf(finRequests))
        .where(
          and(
            eq(finRequests.workspaceId, workspaceId),
            isInCampaign(campaignId),
            behind(finRequests.id, after),
          ),
        )
        .orderBy(asc(finRequests.id))
        .limit(limit),
  },
  named_friends: {
    columns: Object.keys(namedFriendColumns),
    // A friend may be named by several referrers, so a page ends with all rows of its last friend.
    read: (db, workspaceId, { campaignId, after, limit }) => {
      const from = after === null ? sql`true` : sql`n.person_id > ${after.person_id}`;
      const wanted = campaignId === undefined ? sql`true` : sql`f.campaign_id = ${campaignId}`;
      const page = sql`(select distinct n.person_id from named_friends n
        join referrers f on f.workspace_id = n.workspace_id and f.id = n.referrer_id
        where n.workspace_id = ${workspaceId} and ${wanted} and ${from} order by n.person_id limit ${limit})`;
      return db
        .select(namedFriendColumns)
        .from(namedFriends)
        .innerJoin(people, personOf(namedFriends))
        .innerJoin(referrers, referrerOf(namedFriends))
        .innerJoin(campaigns, campaignOf(referrers))
        .innerJoin(giver, owned(giver, { workspaceId: referrers.workspaceId, id: referrers.personId }))
        .where(
          and(
            eq(namedFriends.workspaceId, workspaceId),
            matching(referrers.campaignId, campaignId),
            sql`${namedFriends.personId} in ${page}`,
          ),
        )
        .orderBy(asc(namedFriends.personId), asc(referrers.id));
    },
  },
} satisfies Record<string, ExportFile>;

export type ExportName = keyof typeof exportFiles;
