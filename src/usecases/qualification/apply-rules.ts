// Applies rules to a person's referrals: decisions with reasons, holds, and runs.
import type { Context } from '../../context.ts';
import { day } from '../../domain/day.ts';
import { archivedReason } from '../../domain/program/qualification-block.ts';
import { type ReferralState, transition, whyOverdue } from '../../domain/program/referral.ts';
import type { AttributeChange, Facts } from '../../domain/qualification/notification.ts';
import { attributesOf, holdEnd } from '../../domain/qualification/rule.ts';
import { type Evaluation, evaluate, meets, type Seen } from '../../domain/qualification/rule-evaluation.ts';
import {
  explainBlocked,
  explainHolding,
  explainMet,
  explainPending,
} from '../../domain/qualification/rule-explanation.ts';
import type { Tx } from '../../store/database.ts';
import { writeGathered } from '../../store/gathered-writes.ts';
import { findBlock } from '../../store/program/qualification-block.ts';
import { insertDecision } from '../../store/qualification/decisions.ts';
import { endHold, type Hold, keepHold } from '../../store/qualification/holds.ts';
import {
  type LatestDecision,
  type RuledReferral,
  setExplanation,
} from '../../store/qualification/ruled-referrals.ts';
import type { ActiveRule } from '../../store/qualification/rules.ts';
import { blockedUntil, requestStatusChange, statusRun } from '../program/change-status.ts';
import { askIfDoubtful } from '../program/doubtful.ts';
import { type KnownReferral, type ReadAhead, readAhead } from '../program/read-ahead.ts';

type Application = {
  workspaceId: string;
  timeZone: string;
  deliveryId: number | null;
  rules: readonly ActiveRule[];
  referrals: readonly RuledReferral[];
  change: AttributeChange;
  /** Set when a teammate applies rules: also evaluates referrals that were put back to pending. */
  requested?: boolean;
  /** Of many applications in this transaction; see `readForRules`. */
  ahead?: ReadAhead | null | undefined;
};

type Case = Pick<Application, 'workspaceId' | 'timeZone' | 'deliveryId' | 'ahead'> & {
  ctx: Context;
  tx: Tx;
  referral: RuledReferral;
  rule: ActiveRule;
  evaluation: Evaluation;
  hold: Hold | null;
};

/**
 * `pending`: why it stays pending; null if it does not, or nothing is known. `settled`: the state after an
 * immediate change.
 */
type Decided = { result: string; pending: string | null; settled?: ReferralState | null };

/** Each rule applies to its campaign's referrals. Returns the outcome in words. */
export async function applyRules(ctx: Context, tx: Tx, application: Application): Promise<string> {
  const results: string[] = [];
  for (const referral of application.referrals) {
    const decided = await applyToReferral(ctx, tx, application, referral);
    results.push(...decided.map(({ result }) => result));
    const settled = decided.findLast((each) => each.settled)?.settled;
    if (settled) Object.assign(referral, settled, { explanation: null });
    if (referral.status === 'pending') {
      const reasons = decided.flatMap(({ pending }) => pending ?? []);
      const explanation = reasons.length === 0 ? null : reasons.join('. ');
      await explain(tx, application.workspaceId, referral, explanation);
    }
  }
  return results.length === 0 ? 'No rule applies.' : results.join(' ');
}

async function applyToReferral(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone, deliveryId, rules, change, requested = false, ahead }: Application,
  referral: RuledReferral,
): Promise<Decided[]> {
  const decided: Decided[] = [];
  for (const rule of rules.filter((each) => each.campaignId === referral.campaignId)) {
    const hold = referral.holds.find((each) => each.ruleId === rule.id) ?? null;
    if (!applies(rule, referral)) {
      // The referral changed in another way meanwhile.
      if (hold) await dropHold(tx, referral, hold);
      continue;
    }
    const evaluation = evaluate(rule.definition, seenIn(ctx, timeZone, rule, change, hold !== null));
    const reopened = referral.round > 0 && !requested && hold === null && evaluation.met;
    if (reopened && metBefore(ctx, timeZone, rule, change)) {
      decided.push({
        result: `${rule.name}: met before the referral went back to pending.`,
        pending: `Met rule ${rule.name} already when it was put back to pending`,
      });
      continue;
    }
    const { result, ...rest } = await decide({
      ctx,
      tx,
      workspaceId,
      timeZone,
      deliveryId,
      ahead,
      referral,
      rule,
      evaluation,
      hold,
    });
    decided.push({ ...rest, result: `${rule.name}: ${result}` });
  }
  return decided;
}

/** Only when new: most notifications change nothing. */
async function explain(tx: Tx, workspaceId: string, referral: RuledReferral, explanation: string | null) {
  if (referral.explanation === explanation) return;
  await setExplanation(tx, workspaceId, referral.id, explanation);
  referral.explanation = explanation;
}

async function dropHold(tx: Tx, referral: RuledReferral, hold: Hold): Promise<void> {
  await endHold(tx, hold);
  referral.holds = referral.holds.filter(({ ruleId }) => ruleId !== hold.ruleId);
}

/** A qualifying rule looks only at pending referrals; a disqualifying one also at qualified ones. */
function applies(rule: ActiveRule, referral: RuledReferral): boolean {
  if (referral.status === 'pending') return true;
  return rule.definition.then === 'disqualify' && referral.status === 'qualified';
}

function seenIn(
  ctx: Context,
  timeZone: string,
  { definition }: ActiveRule,
  change: AttributeChange,
  holding: boolean,
): Seen {
  // An attribute missing from the snapshot was unknown, not empty.
  const known =
    change.before !== null && attributesOf(definition).every((name) => name in (change.before ?? {}));
  const before = known ? change.before : null;
  return { ...change, before, now: ctx.now(), holding, timeZone };
}

/** Whether applying the rule to a contact as it is may act: most do not meet it, and need no look at their referral. */
export function isMet(ctx: Context, timeZone: string, rule: ActiveRule, facts: Facts): boolean {
  const change = { before: facts, after: facts, becameUser: false };
  return [false, true].some((holding) =>
    meets(rule.definition, seenIn(ctx, timeZone, rule, change, holding)),
  );
}

/**
 * Whether the rule was met before. A referral put back by hand waits until its contact newly meets the rule:
 * otherwise the echo of that step would undo it.
 */
function metBefore(
  ctx: Context,
  timeZone: string,
  { definition }: ActiveRule,
  { before }: AttributeChange,
): boolean {
  if (before === null) return true;
  const current = { before: null, after: before, becameUser: false, now: ctx.now(), timeZone };
  return meets(definition, current);
}

async function decide(which: Case): Promise<Decided> {
  const { evaluation, rule, hold } = which;
  if (evaluation.met) {
    if (rule.definition.then === 'qualify' && which.referral.archived) {
      return keepBlocked(which, archivedReason);
    }
    const since = hold?.since ?? which.ctx.now();
    const dueAt = holdEnd(rule.definition, { since, timeZone: which.timeZone });
    return dueAt === null ? act(which) : keepHolding(which, { since, dueAt });
  }
  if (hold) await dropHold(which.tx, which.referral, hold);
  const explanation = explainPending(evaluation, today(which));
  await record(which, hold ? 'stopped' : 'not-met', explanation);
  return { result: 'not met.', pending: explanation };
}

async function keepHolding(which: Case, { since, dueAt }: { since: Date; dueAt: Date }): Promise<Decided> {
  const { ctx, rule, hold, timeZone } = which;
  // The stored end may be that of an earlier version of the rule, or the next look at a blocked referral.
  if (hold && dueAt <= ctx.now()) return act(which);
  if (hold?.dueAt.getTime() !== dueAt.getTime()) await storeHold(which, { since, dueAt });
  const explanation = explainHolding(rule.name, { dueAt, timeZone }, rule.definition.then);
  await record(which, 'holding', explanation, hold !== null);
  return { result: 'holding.', pending: explanation };
}

async function storeHold(
  { tx, workspaceId, referral, rule }: Case,
  { since, dueAt }: { since: Date; dueAt: Date },
) {
  const kept = { workspaceId, referralId: referral.id, ruleId: rule.id, since, dueAt };
  await keepHold(tx, kept);
  referral.holds = [...referral.holds.filter(({ ruleId }) => ruleId !== rule.id), kept];
}

/** Once nothing is in the way, it qualifies without another change of the contact, if the rule still holds. */
async function keepBlocked(which: Case, reason: string): Promise<Decided> {
  const { ctx, rule, hold } = which;
  await storeHold(which, { since: hold?.since ?? ctx.now(), dueAt: blockedUntil(ctx) });
  const explanation = explainBlocked(rule.name, reason);
  await record(which, 'blocked', explanation);
  return { result: 'met, but blocked.', pending: explanation };
}

async function act(which: Case): Promise<Decided> {
  const { ctx, tx, workspaceId, referral, rule, evaluation, hold } = which;
  const { then: change } = rule.definition;
  const explanation = explainMet(rule.name, evaluation, today(which), change);
  const deduplicationKey = runKeyOf(referral, change);
  // Asked now, because this update may have linked a person.
  const known = which.ahead?.take(referral, deduplicationKey) ?? null;
  // What was not read ahead is read now, including earlier changes of this transaction.
  if (which.ahead && known === null) await writeGathered(tx);
  const block = change === 'qualify' ? await blockNow(which, known) : null;
  if (block && referral.status === 'pending') {
    await askIfDoubtful(ctx, tx, workspaceId, referral.id, block);
    return keepBlocked(which, block.reason);
  }
  if (hold) await dropHold(tx, referral, hold);
  const overdue = change === 'qualify' ? whyOverdue(referral, referral.expiresAt, ctx.now()) : null;
  if (overdue !== null) {
    await record(which, 'blocked', explainBlocked(rule.name, overdue));
    return { result: 'met too late.', pending: overdue };
  }
  const possible = transition(referral, change, block);
  if (possible.outcome !== 'changed') {
    await record(which, 'met', explanation);
    return { result: 'met; nothing to change.', pending: null };
  }
  const { id: referralId, personId, contactId, maxAttempts } = referral;
  const actor = { kind: 'rule' as const, id: rule.id, name: rule.name };
  const work = { change, reason: explanation, actor, saleValue: evaluation.saleValue };
  const run = { deduplicationKey, cause: explanation, maxAttempts };
  const changed = { workspaceId, referralId, personId, contactId };
  const { isNew, settled } = await requestStatusChange(ctx, tx, statusRun(changed, work, run), known);
  if (settled) which.ahead?.noteChange(contactId);
  await record(which, 'met', explanation, !isNew);
  return {
    result: isNew ? 'met.' : 'met; already in progress.',
    settled,
    // Until the platform is reached.
    pending: `Has met rule ${rule.name} since ${today(which)}; waiting for the referral platform`,
  };
}

/** Once per pending round, whichever rule is first. */
const runKeyOf = ({ id, round }: RuledReferral, change: ActiveRule['definition']['then']) =>
  `${change}:${id}:${round}`;

const blockNow = async ({ tx, workspaceId, referral }: Case, known: KnownReferral | null) =>
  known ? known.tracked.block : findBlock(tx, workspaceId, referral.id);

/** Reads ahead for several referrals that a rule may change. People must be linked before. */
export async function readForRules(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone, rules }: Pick<Application, 'workspaceId' | 'timeZone' | 'rules'>,
  applications: readonly Pick<Application, 'referrals' | 'change'>[],
): Promise<ReadAhead | null> {
  const acting = applications.flatMap(({ referrals, change }) =>
    referrals.flatMap((referral) =>
      rules
        .filter((rule) => rule.campaignId === referral.campaignId && applies(rule, referral))
        .filter(({ definition }) => definition.holds_for_days === undefined)
        .filter((rule) => meets(rule.definition, seenIn(ctx, timeZone, rule, change, false)))
        .map(({ definition }) => ({ id: referral.id, runKey: runKeyOf(referral, definition.then) })),
    ),
  );
  if (acting.length < 2) return null;
  const ids = [...new Set(acting.map(({ id }) => id))];
  const runKeys = acting.map(({ runKey }) => runKey);
  return readAhead(tx, workspaceId, ids, runKeys);
}

/**
 * Skips a repeated decision. While its effect lasts, new words do not count: the echo of our write-back says
 * "plan is pro" after "plan changed from free to pro".
 */
async function record(which: Case, outcome: LatestDecision['outcome'], explanation: string, goesOn = false) {
  const { ctx, tx, workspaceId, referral, rule, deliveryId, evaluation } = which;
  const decision = { outcome, reasons: evaluation.reasons, ruleVersion: rule.version };
  const latest = referral.latest.get(rule.id);
  if (goesOn && latest?.outcome === outcome && latest.ruleVersion === rule.version) return;
  if (latest && comparable(latest) === comparable(decision)) return;
  const ids = { referralId: referral.id, ruleId: rule.id, deliveryId };
  await insertDecision(tx, workspaceId, { ...ids, ...decision, explanation, at: ctx.now() });
  referral.latest.set(rule.id, decision);
}

const today = ({ ctx, timeZone }: Case) => day(ctx.now(), timeZone);

/** By key: jsonb does not keep their order. */
function comparable({ ruleVersion, outcome, reasons }: LatestDecision): string {
  const words = reasons.map(({ wanted, seen, met }) => [wanted, seen, met]);
  return JSON.stringify([ruleVersion, outcome, words]);
}
