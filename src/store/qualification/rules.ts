// Rules of a workspace's campaigns, and the decisions that were made by them.
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { ruleDefinition } from '../../domain/qualification/rule.ts';
import type { Decision, Rule, RuleStore } from '../../usecases/qualification/rules.ts';
import { changingDirectly } from '../campaigns/publishing.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns, decisions, holds, rules } from '../schema.ts';
import type { BeginReading } from './rule-readings.ts';
import { ruleReadings } from './schema-rule-readings.ts';

type As = Parameters<RuleStore<Tx>['add']>[2];

const columns = {
  id: rules.id,
  campaign: { id: campaigns.id, name: campaigns.name },
  name: rules.name,
  version: rules.version,
  definition: rules.definition,
  enabled: rules.enabled,
  createdAt: rules.createdAt,
  updatedAt: rules.updatedAt,
  reading: {
    read: ruleReadings.read,
    total: ruleReadings.total,
    finishedAt: ruleReadings.finishedAt,
    trouble: ruleReadings.trouble,
  },
};

export function createRuleStore(
  { db, transaction }: Pick<Database, 'db' | 'transaction'>,
  beginReading: BeginReading,
): RuleStore<Tx> {
  const one = (workspaceId: string, id: string) => and(eq(rules.workspaceId, workspaceId), eq(rules.id, id));
  const reading = () =>
    db
      .select(columns)
      .from(rules)
      .innerJoin(
        campaigns,
        and(eq(campaigns.workspaceId, rules.workspaceId), eq(campaigns.id, rules.campaignId)),
      )
      .leftJoin(
        ruleReadings,
        and(eq(ruleReadings.workspaceId, rules.workspaceId), eq(ruleReadings.ruleId, rules.id)),
      );

  /** Null when there is no such rule. The campaign is locked first, as publishing does. */
  const ofRule = <T>(workspaceId: string, id: string, as: As, change: (tx: Tx) => Promise<T>) =>
    transaction(async (tx) => {
      const [rule] = await tx
        .select({ campaignId: rules.campaignId })
        .from(rules)
        .where(one(workspaceId, id));
      return rule ? changingDirectly(tx, workspaceId, rule.campaignId, as, () => change(tx)) : null;
    });

  return {
    async list(workspaceId, { campaignId }, page) {
      const rows = await reading()
        .where(
          and(
            eq(rules.workspaceId, workspaceId),
            matching(rules.campaignId, campaignId),
            olderThan(rules.createdAt, rules.id, page.after),
          ),
        )
        .orderBy(...newestFirst(rules.createdAt, rules.id))
        .limit(page.limit + 1);
      return toPage(rows.map(toRule), page, (rule) => ({ at: rule.createdAt, id: rule.id }));
    },

    async find(workspaceId, id) {
      const [row] = await reading().where(one(workspaceId, id));
      return row ? toRule(row) : null;
    },

    add: (workspaceId, rule, as) =>
      transaction((tx) =>
        changingDirectly(tx, workspaceId, rule.campaignId, as, async () => {
          await tx.insert(rules).values({ workspaceId, ...rule });
          if (rule.enabled) await beginReading(tx, workspaceId, rule, rule.createdAt);
        }),
      ),

    async change(workspaceId, id, { name, definition, enabled }, updatedAt, as) {
      await ofRule(workspaceId, id, as, async (tx) => {
        const [changed] = await tx
          .update(rules)
          .set({
            version: sql`${rules.version} + 1`,
            updatedAt,
            ...(name !== undefined && { name }),
            ...(definition !== undefined && { definition }),
            ...(enabled !== undefined && { enabled }),
          })
          .where(one(workspaceId, id))
          .returning({ id: rules.id, campaignId: rules.campaignId, enabled: rules.enabled });
        if (changed?.enabled && definition !== undefined)
          await beginReading(tx, workspaceId, { ...changed, definition }, updatedAt);
      });
    },

    remove: async (workspaceId, id, as) =>
      (await ofRule(workspaceId, id, as, async (tx) => {
        await tx.delete(holds).where(and(eq(holds.workspaceId, workspaceId), eq(holds.ruleId, id)));
        const removed = await tx.delete(rules).where(one(workspaceId, id)).returning({ id: rules.id });
        return removed.length > 0;
      })) ?? false,

    async decisions(workspaceId, { referralId, ruleId }, page) {
      const rows = await db
        .select({ decision: decisions, ruleName: rules.name })
        .from(decisions)
        .leftJoin(rules, and(eq(rules.workspaceId, decisions.workspaceId), eq(rules.id, decisions.ruleId)))
        .where(
          and(
            eq(decisions.workspaceId, workspaceId),
            matching(decisions.referralId, referralId),
            matching(decisions.ruleId, ruleId),
            page.after === null ? undefined : lt(decisions.id, Number(page.after.id)),
          ),
        )
        .orderBy(desc(decisions.id))
        .limit(page.limit + 1);
      return toPage(rows.map(toDecision), page, ({ at, id }) => ({ at, id }));
    },
  };
}

function toRule(row: Omit<Rule, 'definition'> & { definition: unknown }): Rule {
  return { ...row, definition: ruleDefinition.parse(row.definition) };
}

type DecisionRow = { decision: typeof decisions.$inferSelect; ruleName: string | null };

function toDecision({ decision, ruleName }: DecisionRow): Decision {
  const { id, referralId, ruleId, ruleVersion, outcome, explanation, reasons, deliveryId, at } = decision;
  const rule = { id: ruleId, name: ruleName, version: ruleVersion };
  return { id: String(id), referralId, rule, outcome, explanation, reasons, deliveryId, at };
}
