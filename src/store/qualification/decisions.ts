// Decisions: one evaluation of one rule for one referral, with its reasons.
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Decision } from '../../domain/qualification/stored-rule.ts';
import type { Queryable, Tx } from '../database.ts';
import { gathered, manyRows } from '../gathered-writes.ts';
import { ruleOf } from '../joins.ts';
import { isAmong } from '../owned.ts';
import { bySequence, mapPage, matching, pageOf } from '../page.ts';
import { decisions, rules } from '../schema.ts';

export type NewDecision = Omit<Decision, 'id' | 'rule'> & { ruleId: string; ruleVersion: number };

export function insertDecision(tx: Tx, workspaceId: string, decision: NewDecision): Promise<void> {
  return insertDecisions(tx, [{ workspaceId, ...decision }]);
}

const insertDecisions = gathered(async (tx: Tx, rows: readonly (typeof decisions.$inferInsert)[]) => {
  await tx.execute(sql`insert into ${manyRows(decisions, rows)}`);
});

/** After the rule's latest decision for the referral, which does not take effect any more. */
export async function stopDecision(
  tx: Tx,
  { workspaceId, referralId, ruleId }: { workspaceId: string; referralId: string; ruleId: string },
  stopped: { explanation: string; at: Date },
): Promise<void> {
  const latest = (await latestDecisions(tx, workspaceId, [referralId])).find(
    (each) => each.ruleId === ruleId,
  );
  if (!latest) return;
  await insertDecision(tx, workspaceId, { ...latest, ...stopped, outcome: 'stopped', deliveryId: null });
}

export function latestDecisions(db: Queryable, workspaceId: string, referralIds: readonly string[]) {
  return db
    .selectDistinctOn([decisions.referralId, decisions.ruleId], {
      referralId: decisions.referralId,
      ruleId: decisions.ruleId,
      ruleVersion: decisions.ruleVersion,
      outcome: decisions.outcome,
      reasons: decisions.reasons,
      at: decisions.at,
    })
    .from(decisions)
    .where(and(eq(decisions.workspaceId, workspaceId), isAmong(decisions.referralId, referralIds)))
    .orderBy(decisions.referralId, decisions.ruleId, desc(decisions.id));
}

/** Newest first. */
export async function listDecisions(
  db: Queryable,
  workspaceId: string,
  { referralId, ruleId }: { referralId?: string | undefined; ruleId?: string | undefined },
  page: PageRequest,
): Promise<Page<Decision>> {
  const query = db
    .select({ ...getTableColumns(decisions), ruleName: rules.name })
    .from(decisions)
    .leftJoin(rules, ruleOf(decisions));
  const condition = and(
    eq(decisions.workspaceId, workspaceId),
    matching(decisions.referralId, referralId),
    matching(decisions.ruleId, ruleId),
  );
  const found = await pageOf(query, bySequence(decisions, 'id', 'at'), condition, page);
  return mapPage(found, ({ id, workspaceId: _, ruleId: ofRule, ruleName, ruleVersion, ...rest }) => ({
    ...rest,
    id: String(id),
    rule: { id: ofRule, name: ruleName, version: ruleVersion },
  }));
}
