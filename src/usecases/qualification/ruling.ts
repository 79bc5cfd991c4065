// Rules over one person's referrals: decisions with their reasons, holds, and the runs that follow from them.
import { day } from '../../domain/day.ts';
import { transition } from '../../domain/program/referral.ts';
import type { Facts } from '../../domain/qualification/notice.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { type Evaluation, evaluate } from '../../domain/qualification/rule-evaluation.ts';
import { explainMet, explainPending } from '../../domain/qualification/rule-explanation.ts';
import type {
  ActiveRule,
  Hold,
  NewDecision,
  QualificationStores,
  RuledReferral,
} from './qualification-edges.ts';

export type Change = { before: Facts | null; after: Facts; becameUser: boolean };

type Case<Tx> = {
  tx: Tx;
  workspaceId: string;
  timeZone: string;
  deliveryId: number | null;
  referral: RuledReferral;
  rule: ActiveRule;
  evaluation: Evaluation;
  hold: Hold | null;
};

export type Ruling<Tx> = ReturnType<typeof createRuling<Tx>>;

type Said = Pick<NewDecision, 'outcome' | 'reasons'> & { ruleVersion: number };

const dayMs = 86_400_000;

export function createRuling<Tx>(deps: { stores: QualificationStores<Tx>; now(): Date }) {
  const { stores } = deps;

  /** Each rule over each referral of its campaign. Resolves with what came of it, in words. */
  async function rule(
    tx: Tx,
    given: {
      workspaceId: string;
      timeZone: string;
      deliveryId: number | null;
      rules: ActiveRule[];
      referrals: RuledReferral[];
      change: Change;
      /** Asked for by somebody, so that whoever was put back to pending is looked at anew as well. */
      anew?: boolean;
    },
  ): Promise<string> {
    const { workspaceId, timeZone, deliveryId, referrals, change, anew = false } = given;
    const results: string[] = [];
    for (const referral of referrals) {
      const waiting: string[] = [];
      for (const one of given.rules.filter((each) => each.campaignId === referral.campaignId)) {
        const hold = referral.holds.find((each) => each.ruleId === one.id) ?? null;
        if (!applies(one, referral)) {
          // Somebody else decided meanwhile.
          if (hold) await endHold(tx, referral, hold);
          continue;
        }
        const evaluation = evaluateChange(one, change, hold !== null);
        const which = { tx, workspaceId, timeZone, deliveryId, referral, rule: one, evaluation, hold };
        const putBack = referral.round > 0 && !anew && hold === null && evaluation.met;
        if (putBack && metBefore(one, change)) {
          waiting.push(`Met rule ${one.name} already when it was put back to pending`);
          results.push(`${one.name}: met before, and put back to pending since.`);
        } else results.push(await decide(which, waiting));
      }
      if (referral.status === 'pending') await explain(tx, workspaceId, referral, joined(waiting));
    }
    return results.length === 0 ? 'No rule applies.' : results.join(' ');
  }

  /** Says it only when it is something new: most notifications change nothing of it. */
  async function explain(
    tx: Tx,
    workspaceId: string,
    referral: RuledReferral,
    explanation: string | null,
  ): Promise<void> {
    if (referral.explanation === explanation) return;
    await stores.referrals.explain(tx, workspaceId, referral.id, explanation);
    referral.explanation = explanation;
  }

  async function endHold(tx: Tx, referral: RuledReferral, hold: Hold): Promise<void> {
    await stores.holds.end(tx, hold);
    referral.holds = referral.holds.filter((one) => one.ruleId !== hold.ruleId);
  }

  function evaluateChange(one: ActiveRule, change: Change, holding: boolean): Evaluation {
    // An attribute that was not kept so far was not "nothing" before: it was not looked at.
    const known =
      change.before !== null && attributesOf(one.definition).every((name) => name in (change.before ?? {}));
    return evaluate(one.definition, {
      ...change,
      before: known ? change.before : null,
      now: deps.now(),
      holding,
    });
  }

  /**
   * Whether the rule was met before this change. What was put back to pending by hand stays so until its contact comes
   * to meet the rule again: the next notification, which is the echo of that very step, would undo it.
   */
  function metBefore(one: ActiveRule, { before }: Change): boolean {
    if (before === null) return true;
    const seen = { before: null, after: before, becameUser: false, now: deps.now() };
    return evaluate(one.definition, seen).met;
  }

  async function decide(which: Case<Tx>, waiting: string[]): Promise<string> {
    const { evaluation, rule: one, hold } = which;
    if (!evaluation.met) {
      if (hold) await endHold(which.tx, which.referral, hold);
      const explanation = explainPending(evaluation, today(which));
      waiting.push(explanation);
      await record(which, hold ? 'stopped' : 'not-met', explanation);
      return `${one.name}: not met.`;
    }
    if (one.definition.holds_for_days === undefined) return qualify(which, waiting);
    return keepHolding(which, one.definition.holds_for_days, waiting);
  }

  async function keepHolding(which: Case<Tx>, days: number, waiting: string[]): Promise<string> {
    const { tx, workspaceId, referral, rule: one, hold } = which;
    const since = hold?.since ?? deps.now();
    const dueAt = new Date(since.getTime() + days * dayMs);
    if (hold && hold.dueAt <= deps.now()) {
      await endHold(tx, referral, hold);
      return qualify(which, waiting);
    }
    if (!hold) {
      const started = { workspaceId, referralId: referral.id, ruleId: one.id, since, dueAt };
      await stores.holds.start(tx, started);
      referral.holds = [...referral.holds, started];
    }
    const verb = one.definition.then === 'qualify' ? 'Qualifies' : 'Disqualifies';
    const explanation = `${verb} on ${day(dueAt, which.timeZone)} by rule ${one.name} if it stays so`;
    waiting.push(explanation);
    await record(which, 'holding', explanation, hold !== null);
    return `${one.name}: holding.`;
  }

  async function qualify(which: Case<Tx>, waiting: string[]): Promise<string> {
    const { tx, workspaceId, referral, rule: one, evaluation } = which;
    const explanation = explainMet(one.name, evaluation, today(which), one.definition.then);
    const possible = transition(referral, one.definition.then, referral.campaignRewards);
    if (possible.outcome !== 'changed') {
      await record(which, 'met', explanation);
      return `${one.name}: met, and nothing to change.`;
    }
    // Seen only for as long as the platform is not reached.
    waiting.push(`Meets rule ${one.name} since ${today(which)}; the referral platform is not told yet`);
    const added = await stores.runs.add(tx, {
      workspaceId,
      subject: referral.personId,
      referralId: referral.id,
      contactId: referral.contactId,
      // Once for each time the referral was pending, whichever rule came first and however often it is met.
      dedupe: `${one.definition.then}:${referral.id}:${referral.round}`,
      work: {
        kind: 'change-status',
        referralId: referral.id,
        change: one.definition.then,
        reason: explanation,
        actor: { kind: 'rule', name: one.name },
        saleValue: evaluation.saleValue,
      },
      cause: explanation,
      mostAttempts: referral.mostAttempts,
    });
    await record(which, 'met', explanation, !added);
    return added ? `${one.name}: met.` : `${one.name}: met, and under way already.`;
  }

  /**
   * Nothing when it is what the latest decision of this rule said. While what it led to goes on, other words are no news:
   * the echo of our own write-back says "plan is pro" of what was "plan changed from free to pro".
   */
  async function record(
    which: Case<Tx>,
    outcome: NewDecision['outcome'],
    explanation: string,
    goesOn = false,
  ): Promise<void> {
    const { tx, workspaceId, referral, rule: one, deliveryId, evaluation } = which;
    const { reasons } = evaluation;
    const said = { outcome, reasons, ruleVersion: one.version };
    const latest = referral.latest.get(one.id);
    if (goesOn && latest?.outcome === outcome && latest.ruleVersion === one.version) return;
    if (latest && inWords(latest) === inWords(said)) return;
    const decision = { referralId: referral.id, rule: one, deliveryId, outcome, explanation, reasons };
    await stores.decisions.add(tx, workspaceId, { ...decision, at: deps.now() });
    referral.latest.set(one.id, said);
  }

  const today = (which: Case<Tx>) => day(deps.now(), which.timeZone);

  return { rule };
}

/** A rule that qualifies looks at pending referrals only; one that disqualifies, at qualified ones too. */
function applies(one: ActiveRule, referral: RuledReferral): boolean {
  if (referral.status === 'pending') return true;
  return one.definition.then === 'disqualify' && referral.status === 'qualified';
}

/** Key by key: jsonb does not keep their order. */
function inWords({ ruleVersion, outcome, reasons }: Said): string {
  const words = reasons.map(({ wanted, seen, met }) => [wanted, seen, met]);
  return JSON.stringify([ruleVersion, outcome, words]);
}

function joined(explanations: string[]): string | null {
  return explanations.length === 0 ? null : explanations.join('. ');
}
