// The rules of a workspace's campaigns.
import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq, sql } from 'drizzle-orm';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Rule } from '../../domain/qualification/stored-rule.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, matching, pageOf } from '../page.ts';
import { standingColumns } from '../program/campaigns.ts';
import { campaigns, rules } from '../schema.ts';
import { makeHoldsDue } from './holds.ts';
import { withdrawRule } from './ruled-referrals.ts';
import { ruleReadings } from './schema-rule-readings.ts';

export type ActiveRule = Pick<Rule, 'id' | 'name' | 'version' | 'definition'> & { campaignId: string };

export type NewRule = Omit<Rule, 'campaign' | 'reading'> & { campaignId: string };
export type RuleChanges = Partial<Pick<Rule, 'name' | 'definition' | 'enabled'>>;

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

const byId = (workspaceId: string, id: string) => owned(rules, { workspaceId, id });

const selectRules = (db: Queryable) =>
  db
    .select(columns)
    .from(rules)
    .innerJoin(campaigns, campaignOf(rules))
    .leftJoin(ruleReadings, owned(ruleReadings, { workspaceId: rules.workspaceId, id: rules.id }));

/** Oldest first, the order in which they apply. Those of campaigns in which rules decide nothing any more are left out. */
export async function enabledRules(db: Queryable, workspaceId: string, now: Date): Promise<ActiveRule[]> {
  const enabled = await db
    .select({
      id: rules.id,
      campaignId: rules.campaignId,
      name: rules.name,
      version: rules.version,
      definition: rules.definition,
      standing: standingColumns,
    })
    .from(rules)
    .innerJoin(campaigns, campaignOf(rules))
    .where(owned(rules, { workspaceId, enabled: true }))
    .orderBy(asc(rules.createdAt), asc(rules.id));
  return enabled.flatMap(({ standing, ...rule }) =>
    allows(standing, 'decide', now) ? [{ ...rule, definition: sharedDefinition(rule) }] : [],
  );
}

type Definition = ActiveRule['definition'];

const definitions = new Map<string, Definition>();
const maxDefinitions = 2_000;

/**
 * The same object for as long as the definition is the same, so that it is compiled once. Compared and not only found by its
 * version, because a transaction that is undone has used its version too.
 */
function sharedDefinition({ id, definition }: Pick<ActiveRule, 'id' | 'definition'>): Definition {
  const known = definitions.get(id);
  if (known !== undefined && isDeepStrictEqual(known, definition)) return known;
  if (definitions.size >= maxDefinitions) definitions.clear();
  definitions.set(id, definition);
  return definition;
}

export async function listRules(
  db: Queryable,
  workspaceId: string,
  { campaignId }: { campaignId?: string | undefined },
  page: PageRequest,
): Promise<Page<Rule>> {
  const condition = and(eq(rules.workspaceId, workspaceId), matching(rules.campaignId, campaignId));
  return pageOf(selectRules(db), byTime(rules, 'createdAt'), condition, page);
}

export async function findRule(db: Queryable, workspaceId: string, id: string): Promise<Rule | null> {
  const [row] = await selectRules(db).where(byId(workspaceId, id));
  return row ?? null;
}

/** False for a rule that was removed, and in a campaign in which rules decide nothing any more, too. */
export async function isEnabled(db: Queryable, workspaceId: string, id: string, now: Date): Promise<boolean> {
  const [rule] = await db
    .select({ standing: standingColumns })
    .from(rules)
    .innerJoin(campaigns, campaignOf(rules))
    .where(owned(rules, { workspaceId, id, enabled: true }));
  return rule !== undefined && allows(rule.standing, 'decide', now);
}

export async function campaignOfRule(db: Queryable, workspaceId: string, id: string): Promise<string | null> {
  const [rule] = await db.select({ campaignId: rules.campaignId }).from(rules).where(byId(workspaceId, id));
  return rule?.campaignId ?? null;
}

export async function insertRule(tx: Tx, workspaceId: string, rule: NewRule): Promise<void> {
  await tx.insert(rules).values({ workspaceId, ...rule });
}

/** Increments the version. */
export async function updateRule(
  tx: Tx,
  workspaceId: string,
  id: string,
  { name, definition, enabled }: RuleChanges,
  updatedAt: Date,
): Promise<{ enabled: boolean } | null> {
  const [changed] = await tx
    .update(rules)
    .set({
      version: sql`${rules.version} + 1`,
      updatedAt,
      ...(name !== undefined && { name }),
      ...(definition !== undefined && { definition }),
      ...(enabled !== undefined && { enabled }),
    })
    .where(byId(workspaceId, id))
    .returning({ enabled: rules.enabled });
  if (changed?.enabled) await makeHoldsDue(tx, workspaceId, { ruleId: id }, updatedAt);
  else if (changed) await withdrawRule(tx, { workspaceId, ruleId: id });
  return changed ?? null;
}

/** Decisions stay. */
export async function deleteRule(tx: Tx, workspaceId: string, id: string): Promise<boolean> {
  await withdrawRule(tx, { workspaceId, ruleId: id });
  const removed = await tx.delete(rules).where(byId(workspaceId, id)).returning({ id: rules.id });
  return removed.length > 0;
}
