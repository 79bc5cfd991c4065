// Referrals as rules need them: locked, with holds, latest decisions and settings; and overdue ones.
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { ReferralState } from '../../domain/program/referral.ts';
import { attemptsFor, defaultSettings, workspaceSettings } from '../../domain/workspace/settings.ts';
import type { Queryable, Tx } from '../database.ts';
import { gathered } from '../gathered-writes.ts';
import { campaignOf, personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { expiresAtColumn } from '../program/referral-status.ts';
import { campaigns, holds, people, referrals, runs, settings } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';
import { latestDecisions, type NewDecision } from './decisions.ts';
import { type Hold, holdsOfReferrals } from './holds.ts';

/** Kept current while one transaction makes several changes; `decisions` are by rule id. */
export type RuledReferral = ReferralState & {
  id: string;
  campaignId: string;
  personId: string;
  contactId: string | null;
  /** Archived in Intercom, which then sends too little about the contact to know whether a rule is still met. */
  archived: boolean;
  round: number;
  maxAttempts: number;
  expiresAt: Date | null;
  explanation: string | null;
  holds: Hold[];
  latest: Map<string, LatestDecision>;
};

export type LatestDecision = Pick<NewDecision, 'outcome' | 'reasons' | 'ruleVersion'>;

const overdueAtOnce = 1_000;

const columns = {
  id: referrals.id,
  campaignId: referrals.campaignId,
  status: referrals.status,
  personId: referrals.personId,
  contactId: people.contactId,
  archived: sql<boolean>`exists (select from contacts where contacts.workspace_id = ${people.workspaceId}
    and contacts.contact_id = ${people.contactId} and archived and deleted_at is null)`,
  round: referrals.round,
  expiresAt: expiresAtColumn,
  explanation: referrals.explanation,
  campaignSettings: campaigns.settings,
  workspaceSettings: settings.settings,
};

export async function lockReferralsOfPeople(tx: Tx, workspaceId: string, personIds: readonly string[]) {
  if (personIds.length === 0) return [];
  return lockReferrals(
    tx,
    workspaceId,
    sql`${referrals.personId} = any(${sql.param([...personIds])}::uuid[])`,
  );
}

export async function lockReferral(tx: Tx, workspaceId: string, referralId: string) {
  const [found] = await lockReferrals(tx, workspaceId, eq(referrals.id, referralId));
  return found ?? null;
}

async function lockReferrals(
  tx: Tx,
  workspaceId: string,
  selected: SQL | undefined,
): Promise<RuledReferral[]> {
  const rows = await tx
    .select(columns)
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .leftJoin(settings, eq(settings.workspaceId, referrals.workspaceId))
    .where(and(eq(referrals.workspaceId, workspaceId), selected))
    .orderBy(asc(referrals.id))
    .for('update', { of: referrals });
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const held = await holdsOfReferrals(tx, workspaceId, ids);
  const decided = await latestDecisions(tx, workspaceId, ids);
  return rows.map(({ campaignSettings: inCampaign, workspaceSettings: inWorkspace, ...row }) => ({
    ...row,
    holds: held.filter((hold) => hold.referralId === row.id),
    latest: new Map(
      decided
        .filter((latest) => latest.referralId === row.id)
        .map(({ ruleId, ...decision }) => [ruleId, decision]),
    ),
    maxAttempts: attemptsFor(
      'change-status',
      inWorkspace === null ? defaultSettings : workspaceSettings.parse(inWorkspace),
      inCampaign,
    ),
  }));
}

export function pendingReferrals(db: Queryable, workspaceId: string, campaignId: string) {
  return db
    .select({ id: referrals.id, contactId: people.contactId })
    .from(referrals)
    .innerJoin(people, personOf(referrals))
    .where(owned(referrals, { workspaceId, campaignId, status: 'pending' }))
    .orderBy(asc(referrals.id));
}

export const countPendingReferrals = (
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<number> => db.$count(referrals, owned(referrals, { workspaceId, campaignId, status: 'pending' }));

/** In the order of ids, after one of them. Those that are not pending any more since the transaction began count still. */
export function pendingAfter(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  { after, limit }: { after: string | null; limit: number },
) {
  return tx
    .select({ id: referrals.id, contactId: people.contactId })
    .from(referrals)
    .innerJoin(people, personOf(referrals))
    .where(
      and(
        owned(referrals, { workspaceId, campaignId, status: 'pending' }),
        after === null ? undefined : gt(referrals.id, after),
      ),
    )
    .orderBy(asc(referrals.id))
    .limit(limit);
}

/** Of a pending referral: a change of its status takes the explanation away. */
export function setExplanation(
  tx: Tx,
  workspaceId: string,
  referralId: string,
  explanation: string | null,
): Promise<void> {
  return setExplanations(tx, [{ workspaceId, id: referralId, explanation }]);
}

type Explained = { workspaceId: string; id: string; explanation: string | null };

const setExplanations = gathered(async (tx: Tx, explained: readonly Explained[]) => {
  const latest = [...new Map(explained.map((each) => [each.id, each])).values()];
  await tx.execute(sql`
    update referrals set explanation = given.explanation
    from jsonb_to_recordset(${JSON.stringify(latest)}::jsonb)
      as given ("workspaceId" text, id uuid, explanation text)
    where referrals.workspace_id = given."workspaceId" and referrals.id = given.id and referrals.status = 'pending'`);
});

/**
 * Ends the holds of a rule that no longer applies, and takes its reason from pending referrals: they show what the
 * other rules said last. Of all its campaign's referrals, or of one.
 */
export async function withdrawRule(
  tx: Tx,
  { workspaceId, ruleId, referralId }: { workspaceId: string; ruleId: string; referralId?: string },
): Promise<void> {
  const selected = referralId === undefined ? sql`` : sql`and id = ${referralId}`;
  // In the order in which notifications lock them, and before their holds.
  await tx.execute(sql`
    update referrals set explanation = latest.of_others
    from (
      select id from referrals
      where workspace_id = ${workspaceId} and status = 'pending' and explanation is not null ${selected}
        and campaign_id = (select campaign_id from rules where workspace_id = ${workspaceId} and id = ${ruleId})
      order by id for update
    ) explained
    cross join lateral (
      select bool_or(decision.rule_id = ${ruleId}) as of_rule,
        string_agg(decision.explanation, '. ' order by rule.created_at, rule.id)
          filter (where decision.outcome <> 'met' and rule.enabled and rule.id <> ${ruleId}) as of_others
      from (
        select distinct on (rule_id) rule_id, outcome, explanation from decisions
        where workspace_id = ${workspaceId} and referral_id = explained.id
        order by rule_id, id desc
      ) decision
      left join rules rule on rule.workspace_id = ${workspaceId} and rule.id = decision.rule_id
    ) latest
    where referrals.workspace_id = ${workspaceId} and referrals.id = explained.id
      and (latest.of_rule or exists (
        select from holds
        where workspace_id = ${workspaceId} and referral_id = explained.id and rule_id = ${ruleId}
      ))`);
  await tx
    .delete(holds)
    .where(owned(holds, { workspaceId, ruleId, ...(referralId !== undefined && { referralId }) }));
}

export type OverdueReferral = { workspaceId: string; id: string; expiresAfterDays: number };

/** Pending too long and without a run that expires them; at most a thousand. */
export function overdueReferrals(db: Queryable, now: Date): Promise<OverdueReferral[]> {
  const days = sql<number>`(${campaigns.settings}->>'expires_after_days')::int`;
  return db
    .select({ workspaceId: referrals.workspaceId, id: referrals.id, expiresAfterDays: days })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(
      and(
        eq(referrals.status, 'pending'),
        isNotUninstalled(referrals.workspaceId),
        sql`${campaigns.settings} ? 'expires_after_days'`,
        // Counted from the last return to pending.
        sql`${referrals.statusAt} + make_interval(days => ${days}) <= ${now.toISOString()}::timestamptz`,
        sql`not exists (select 1 from ${runs} where ${runs.workspaceId} = ${referrals.workspaceId}
          and ${runs.deduplicationKey} = 'expire:' || ${referrals.id} || ':' || ${referrals.round})`,
      ),
    )
    .limit(overdueAtOnce);
}
