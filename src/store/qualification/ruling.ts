// What rules read and write: referrals as they are ruled over, decisions, holds, the enabled rules.
import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import { ruleDefinition } from '../../domain/qualification/rule.ts';
import {
  attemptsFor,
  campaignSettings,
  defaultSettings,
  workspaceSettings,
} from '../../domain/workspace/settings.ts';
import type {
  Hold,
  QualificationStores,
  RuledReferral,
} from '../../usecases/qualification/qualification-edges.ts';
import type { Database, Tx } from '../database.ts';
import { ofCampaign, ofPerson } from '../program/referral-joins.ts';
import {
  campaigns,
  decisions,
  holds,
  installations,
  people,
  referrals,
  rules,
  runs,
  settings,
} from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';

type Stores = QualificationStores<Tx>;

const most = 1_000;

const ruled = {
  id: referrals.id,
  campaignId: referrals.campaignId,
  status: referrals.status,
  reward: referrals.rewardStatus,
  campaignRewards: isNotNull(campaigns.reward).mapWith(Boolean),
  personId: referrals.personId,
  contactId: people.contactId,
  round: referrals.round,
  explanation: referrals.explanation,
  campaignSettings: campaigns.settings,
  workspaceSettings: settings.settings,
};

export function createReferralRulingStore({ db }: Pick<Database, 'db'>): Stores['referrals'] {
  const read = async (tx: Tx, workspaceId: string, which: SQL | undefined): Promise<RuledReferral[]> => {
    const rows = await tx
      .select(ruled)
      .from(referrals)
      .innerJoin(campaigns, ofCampaign)
      .innerJoin(people, ofPerson)
      .leftJoin(settings, eq(settings.workspaceId, referrals.workspaceId))
      .where(and(eq(referrals.workspaceId, workspaceId), which))
      .orderBy(asc(referrals.id))
      .for('update', { of: referrals });
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const held = await holdsOf(tx, workspaceId, ids);
    const said = await latestDecisions(tx, workspaceId, ids);
    return rows.map(({ campaignSettings: ofCampaign, workspaceSettings: ofWorkspace, ...row }) => ({
      ...row,
      holds: held.filter((hold) => hold.referralId === row.id),
      latest: new Map(
        said.filter((one) => one.referralId === row.id).map(({ ruleId, ...decision }) => [ruleId, decision]),
      ),
      mostAttempts: attemptsFor(
        'change-status',
        ofWorkspace === null ? defaultSettings : workspaceSettings.parse(ofWorkspace),
        campaignSettings.parse(ofCampaign),
      ),
    }));
  };

  return {
    ofPeople: (tx, workspaceId, personIds) =>
      personIds.length === 0
        ? Promise.resolve([])
        : read(tx, workspaceId, inArray(referrals.personId, [...personIds])),
    byId: (tx, workspaceId, referralId) => read(tx, workspaceId, eq(referrals.id, referralId)),
    pendingOf: (workspaceId, campaignId) =>
      db
        .select({ id: referrals.id, contactId: people.contactId })
        .from(referrals)
        .innerJoin(people, ofPerson)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(referrals.campaignId, campaignId),
            eq(referrals.status, 'pending'),
          ),
        )
        .orderBy(asc(referrals.id)),
    async explain(tx, workspaceId, referralId, explanation) {
      await tx
        .update(referrals)
        .set({ explanation })
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, referralId)));
    },
    async overdue(now) {
      const days = sql<number>`(${campaigns.settings}->>'expires_after_days')::int`;
      return db
        .select({ workspaceId: referrals.workspaceId, id: referrals.id, expiresAfterDays: days })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .where(
          and(
            eq(referrals.status, 'pending'),
            isNotUninstalled(referrals.workspaceId),
            sql`${campaigns.settings} ? 'expires_after_days'`,
            // Since it was put back to pending, where it was.
            sql`${referrals.statusAt} + make_interval(days => ${days}) <= ${now.toISOString()}::timestamptz`,
            sql`not exists (select 1 from ${runs} where ${runs.workspaceId} = ${referrals.workspaceId}
              and ${runs.dedupe} = 'expire:' || ${referrals.id} || ':' || ${referrals.round})`,
          ),
        )
        .limit(most);
    },
  };
}

function holdsOf(tx: Tx, workspaceId: string, referralIds: readonly string[]): Promise<Hold[]> {
  return tx
    .select()
    .from(holds)
    .where(and(eq(holds.workspaceId, workspaceId), inArray(holds.referralId, [...referralIds])));
}

/** The latest of each rule. */
function latestDecisions(tx: Tx, workspaceId: string, referralIds: readonly string[]) {
  return tx
    .selectDistinctOn([decisions.referralId, decisions.ruleId], {
      referralId: decisions.referralId,
      ruleId: decisions.ruleId,
      ruleVersion: decisions.ruleVersion,
      outcome: decisions.outcome,
      reasons: decisions.reasons,
    })
    .from(decisions)
    .where(and(eq(decisions.workspaceId, workspaceId), inArray(decisions.referralId, [...referralIds])))
    .orderBy(decisions.referralId, decisions.ruleId, desc(decisions.id));
}

export const decisionStore: Stores['decisions'] = {
  async add(tx, workspaceId, { rule, ...decision }) {
    await tx
      .insert(decisions)
      .values({ workspaceId, ruleId: rule.id, ruleVersion: rule.version, ...decision });
  },
};

export function createHoldStore({ db }: Pick<Database, 'db'>): Stores['holds'] {
  const which = (hold: Pick<Hold, 'workspaceId' | 'referralId' | 'ruleId'>) =>
    and(
      eq(holds.workspaceId, hold.workspaceId),
      eq(holds.referralId, hold.referralId),
      eq(holds.ruleId, hold.ruleId),
    );
  return {
    async start(tx, hold) {
      await tx.insert(holds).values(hold).onConflictDoNothing();
    },
    async end(tx, hold) {
      await tx.delete(holds).where(which(hold));
    },
    due: (now) =>
      db
        .select(getTableColumns(holds))
        .from(holds)
        .innerJoin(installations, eq(installations.workspaceId, holds.workspaceId))
        .where(and(lte(holds.dueAt, now), eq(installations.status, 'active')))
        .orderBy(asc(holds.dueAt))
        .limit(most),
    async lock(tx, hold) {
      const [found] = await tx.select().from(holds).where(which(hold)).for('update');
      return found ?? null;
    },
  };
}

export const enabledRules: Stores['rules'] = {
  async enabled(tx, workspaceId) {
    const rows = await tx
      .select({
        id: rules.id,
        campaignId: rules.campaignId,
        name: rules.name,
        version: rules.version,
        definition: rules.definition,
      })
      .from(rules)
      .where(and(eq(rules.workspaceId, workspaceId), eq(rules.enabled, true)))
      .orderBy(asc(rules.createdAt), asc(rules.id));
    return rows.map((row) => ({ ...row, definition: ruleDefinition.parse(row.definition) }));
  },
};
