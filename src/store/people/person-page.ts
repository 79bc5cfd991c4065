// Everything stored about one person, for their page in the console.
import { and, count, desc, eq, inArray, ne, sql } from 'drizzle-orm';
import { shownHints } from '../../domain/program/doubt.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import { shownBlock } from '../../domain/program/referral.ts';
import { shownRewards } from '../../domain/rewards/shown-reward.ts';
import type { Queryable } from '../database.ts';
import { enrollments } from '../enrollment/schema-enrollment.ts';
import { campaignOf, giver, ofGiver, personOf, referralOf, referrerOf, ruleOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { standingColumns } from '../program/campaigns.ts';
import { personColumns } from '../program/people.ts';
import { qualificationColumn } from '../program/qualification-block.ts';
import { type EarnedColumns, earnedRewards, toEarned } from '../rewards/earned-rewards.ts';
import {
  campaigns,
  contacts,
  decisions,
  holds,
  people,
  referralHistory,
  referrals,
  referrers,
  rules,
} from '../schema.ts';

/** Applies to campaigns, and to their combined history. */
const maxCampaigns = 50;
const maxEntries = 200;
const latestShown = 10;

export type StoredPage = NonNullable<Awaited<ReturnType<typeof readPersonPage>>>;

/** Limited lists; null when the workspace has no such person. */
export async function readPersonPage(db: Queryable, workspaceId: string, personId: string) {
  const [person] = await db
    .select({ ...personColumns, createdAt: people.createdAt })
    .from(people)
    .where(owned(people, { workspaceId, id: personId }));
  if (!person) return null;
  const [alsoThisContact, contact, referred, referring, enrolled] = await Promise.all([
    person.contactId === null ? [] : sameContactAs(db, workspaceId, personId, person.contactId),
    person.contactId === null ? null : snapshotOf(db, workspaceId, person.contactId),
    referralsOf(db, workspaceId, personId),
    referrersOf(db, workspaceId, personId),
    enrollmentsOf(db, workspaceId, personId),
  ]);
  return {
    ...{ person, alsoThisContact, contact },
    referrals: referred,
    referrers: referring,
    enrollments: enrolled,
  };
}

function sameContactAs(db: Queryable, workspaceId: string, personId: string, contactId: string) {
  return db
    .select(personColumns)
    .from(people)
    .where(and(owned(people, { workspaceId, contactId }), ne(people.id, personId)))
    .limit(maxCampaigns);
}

async function snapshotOf(db: Queryable, workspaceId: string, contactId: string) {
  const [row] = await db.select().from(contacts).where(owned(contacts, { workspaceId, contactId }));
  // A row that only locks a contact has no snapshot yet.
  return row && (row.seenAt.getTime() > 0 || row.deletedAt) ? row : null;
}

async function referralsOf(db: Queryable, workspaceId: string, personId: string) {
  const rows = await db
    .select({
      referral: referrals,
      qualification: qualificationColumn,
      campaign: campaignColumns,
      standing: standingColumns,
      promised: campaigns.rewards,
      earned: sql<EarnedColumns[] | null>`${sql.raw(earnedRewards('referrals'))}`,
      referrer: { personId: giver.id, name: giver.name, email: giver.email },
    })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(owned(referrals, { workspaceId, personId }))
    .orderBy(desc(referrals.joinedAt))
    .limit(maxCampaigns);
  const ids = rows.map((row) => row.referral.id);
  const [history, decided, held] = await Promise.all([
    historyOf(db, workspaceId, ids),
    decisionsOf(db, workspaceId, ids),
    holdsOf(db, workspaceId, ids),
  ]);
  return rows.map(
    ({ referral, qualification: { block, hints }, campaign, standing, promised, earned, referrer }) => ({
      ...referral,
      blocked: shownBlock(referral.status, block),
      hints: shownHints(referral.status, hints),
      campaign: { ...campaign, standing },
      rewards: shownRewards(
        { status: referral.status, note: referral.rewardNote, hasReferrer: referral.referrerId !== null },
        promised,
        (earned ?? []).map(toEarned),
      ),
      referrer,
      history: history
        .filter((entry) => entry.referralId === referral.id)
        .map(({ id, actor, actorName, ...entry }) => ({
          ...entry,
          id: String(id),
          actor: { kind: actor, name: actorName },
        })),
      decisions: decided.filter((entry) => entry.referralId === referral.id),
      holds: held.filter((entry) => entry.referralId === referral.id),
    }),
  );
}

function historyOf(db: Queryable, workspaceId: string, ids: string[]) {
  return db
    .select()
    .from(referralHistory)
    .where(and(eq(referralHistory.workspaceId, workspaceId), inArray(referralHistory.referralId, ids)))
    .orderBy(desc(referralHistory.id))
    .limit(maxEntries);
}

function decisionsOf(db: Queryable, workspaceId: string, ids: string[]) {
  return db
    .select({
      id: decisions.id,
      referralId: decisions.referralId,
      at: decisions.at,
      rule: rules.name,
      ruleVersion: decisions.ruleVersion,
      outcome: decisions.outcome,
      explanation: decisions.explanation,
      reasons: decisions.reasons,
      deliveryId: decisions.deliveryId,
    })
    .from(decisions)
    .leftJoin(rules, ruleOf(decisions))
    .where(and(eq(decisions.workspaceId, workspaceId), inArray(decisions.referralId, ids)))
    .orderBy(desc(decisions.id))
    .limit(maxEntries);
}

function holdsOf(db: Queryable, workspaceId: string, ids: string[]) {
  return db
    .select({ referralId: holds.referralId, rule: rules.name, dueAt: holds.dueAt })
    .from(holds)
    .leftJoin(rules, ruleOf(holds))
    .innerJoin(referrals, referralOf(holds))
    .innerJoin(people, personOf(referrals))
    .leftJoin(contacts, owned(contacts, { workspaceId, contactId: people.contactId }))
    .where(
      and(
        eq(holds.workspaceId, workspaceId),
        inArray(holds.referralId, ids),
        // Of an archived contact, no rule waits for a day.
        sql`${contacts.archived} is not true`,
      ),
    );
}

async function referrersOf(db: Queryable, workspaceId: string, personId: string) {
  const rows = await db
    .select({
      id: referrers.id,
      campaign: campaignColumns,
      standing: standingColumns,
      code: referrers.code,
      link: referrers.link,
      joinedAt: referrers.joinedAt,
    })
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .where(owned(referrers, { workspaceId, personId }))
    .orderBy(desc(referrers.joinedAt))
    .limit(maxCampaigns);
  return Promise.all(
    rows.map(async ({ campaign, standing, ...row }) => {
      const [counts, latest] = await Promise.all([
        countsOf(db, workspaceId, row.id),
        latestOf(db, workspaceId, row.id),
      ]);
      return { ...row, campaign: { ...campaign, standing }, counts, latest };
    }),
  );
}

async function countsOf(db: Queryable, workspaceId: string, referrerId: string) {
  const withStatus = (status: ReferralStatus) =>
    sql<number>`count(*) filter (where ${referrals.status} = ${status})::int`;
  const [counted] = await db
    .select({
      referred: count(),
      pending: withStatus('pending'),
      qualified: withStatus('qualified'),
      disqualified: withStatus('disqualified'),
      expired: withStatus('expired'),
    })
    .from(referrals)
    .where(owned(referrals, { workspaceId, referrerId }));
  return counted ?? { referred: 0, pending: 0, qualified: 0, disqualified: 0, expired: 0 };
}

function latestOf(db: Queryable, workspaceId: string, referrerId: string) {
  return db
    .select({
      personId: people.id,
      name: people.name,
      email: people.email,
      status: referrals.status,
      joinedAt: referrals.joinedAt,
    })
    .from(referrals)
    .innerJoin(people, personOf(referrals))
    .where(owned(referrals, { workspaceId, referrerId }))
    .orderBy(desc(referrals.joinedAt))
    .limit(latestShown);
}

function enrollmentsOf(db: Queryable, workspaceId: string, personId: string) {
  return db
    .select({
      side: enrollments.side,
      campaign: campaigns.name,
      state: enrollments.state,
      contactId: enrollments.contactId,
      outcome: enrollments.outcome,
      changedAt: enrollments.changedAt,
    })
    .from(enrollments)
    .innerJoin(campaigns, campaignOf(enrollments))
    .where(owned(enrollments, { workspaceId, personId }))
    .orderBy(desc(enrollments.changedAt))
    .limit(maxCampaigns);
}

const campaignColumns = { id: campaigns.id, name: campaigns.name, platform: campaigns.platform };
