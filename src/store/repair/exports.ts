// The pages that an export is made of.
import { and, asc, eq, gt, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ExportStore } from '../../usecases/repair/export.ts';
import type { Database } from '../database.ts';
import { matching } from '../page.ts';
import { giver, ofCampaign, ofGiver, ofPerson, ofReferrer } from '../program/referral-joins.ts';
import { campaigns, decisions, people, referrals, referrers, rules } from '../schema.ts';

export function createExportStore({ db }: Pick<Database, 'db'>): ExportStore {
  return {
    people: (workspaceId, { campaignId, after, limit }) =>
      db
        .select({
          id: people.id,
          email: people.email,
          name: people.name,
          externalId: people.externalId,
          contactId: people.contactId,
          createdAt: people.createdAt,
          refersIn: campaignsOf('referrers'),
          referredIn: campaignsOf('referrals'),
        })
        .from(people)
        .where(
          and(
            eq(people.workspaceId, workspaceId),
            campaignId === undefined
              ? undefined
              : or(isIn('referrals', campaignId), isIn('referrers', campaignId)),
            behind(people.id, after),
          ),
        )
        .orderBy(asc(people.id))
        .limit(limit),

    referrals: (workspaceId, { campaignId, after, limit }) =>
      db
        .select({
          id: referrals.id,
          campaignId: campaigns.id,
          campaign: campaigns.name,
          platform: campaigns.platform,
          status: referrals.status,
          statusReason: referrals.statusReason,
          statusAt: referrals.statusAt,
          reward: referrals.rewardStatus,
          source: referrals.source,
          joinedAt: referrals.joinedAt,
          explanation: referrals.explanation,
          saleValue: referrals.saleValue,
          personId: people.id,
          email: people.email,
          name: people.name,
          externalId: people.externalId,
          contactId: people.contactId,
          referrerId: referrers.id,
          referrerCode: referrers.code,
          referrerEmail: giver.email,
          referrerName: giver.name,
        })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .innerJoin(people, ofPerson)
        .leftJoin(referrers, ofReferrer)
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

    decisions: (workspaceId, { campaignId, after, limit }) =>
      db
        .select({
          id: decisions.id,
          at: decisions.at,
          outcome: decisions.outcome,
          explanation: decisions.explanation,
          reasons: decisions.reasons,
          ruleId: decisions.ruleId,
          rule: rules.name,
          ruleVersion: decisions.ruleVersion,
          deliveryId: decisions.deliveryId,
          referralId: referrals.id,
          campaign: campaigns.name,
          email: people.email,
        })
        .from(decisions)
        .innerJoin(
          referrals,
          and(eq(referrals.workspaceId, decisions.workspaceId), eq(referrals.id, decisions.referralId)),
        )
        .innerJoin(campaigns, ofCampaign)
        .innerJoin(people, ofPerson)
        .leftJoin(rules, and(eq(rules.workspaceId, decisions.workspaceId), eq(rules.id, decisions.ruleId)))
        .where(
          and(
            eq(decisions.workspaceId, workspaceId),
            matching(referrals.campaignId, campaignId),
            behind(decisions.id, after),
          ),
        )
        .orderBy(asc(decisions.id))
        .limit(limit),
  };
}

function behind<T>(id: PgColumn, after: T | null): SQL | undefined {
  return after === null ? undefined : gt(id, after);
}

/** By their names: a query of one table alone does not say whose its columns are. */
const membership = (table: 'referrals' | 'referrers') =>
  sql`from ${sql.identifier(table)} member join campaigns
    on campaigns.workspace_id = member.workspace_id and campaigns.id = member.campaign_id
    where member.workspace_id = people.workspace_id and member.person_id = people.id`;

const campaignsOf = (table: 'referrals' | 'referrers') =>
  sql<string[]>`array(select campaigns.name ${membership(table)} order by campaigns.name)`;

const isIn = (table: 'referrals' | 'referrers', campaignId: string) =>
  sql`exists (select ${membership(table)} and campaigns.id = ${campaignId})`;
