// One sentence about an evaluation, for the card and the record: what is missing, or what decided it.
import { day } from '../day.ts';
import { listFirst } from '../words.ts';
import type { RuleDefinition } from './rule.ts';
import type { ConditionResult, Evaluation } from './rule-evaluation.ts';

type TestResult = Exclude<ConditionResult, { joined: 'all' | 'any' }>;

/** A card has room for a few; the reasons list all of them. */
const maxListed = 4;

/** "Needs plan to be pro or team; it is free (Nov 12, 2026)". `on` is the day as shown. */
export function explainPending({ result }: Pick<Evaluation, 'result'>, on: string): string {
  const missing = decisive(result, false);
  const [first] = missing;
  if (first === undefined) return `Meets the conditions (${on})`;
  const actual = missing.length === 1 ? `${first.pronoun} ${first.seen}` : statements(missing);
  return `Needs ${needs(result)}; ${actual} (${on})`;
}

/** "Qualified by rule Paid plan on Nov 12, 2026: plan changed from free to pro". */
export function explainMet(
  ruleName: string,
  { result }: Pick<Evaluation, 'result'>,
  on: string,
  then: RuleDefinition['then'],
): string {
  const effect = then === 'qualify' ? 'Qualified' : 'Disqualified';
  return `${effect} by rule ${ruleName} on ${on}: ${statements(decisive(result, true))}`;
}

/** "Qualifies on Nov 12, 2026 by rule Paid plan if that stays true". */
export function explainHolding(
  ruleName: string,
  { dueAt, timeZone }: { dueAt: Date; timeZone: string },
  then: RuleDefinition['then'],
): string {
  const effect = then === 'qualify' ? 'Qualifies' : 'Disqualifies';
  return `${effect} on ${day(dueAt, timeZone)} by rule ${ruleName} if that stays true`;
}

/** "Meets rule Paid plan, but cannot qualify. Referrer and friend have the same email: unlink one, or disqualify". */
export function explainBlocked(ruleName: string, why: string): string {
  return `Meets rule ${ruleName}, but cannot qualify. ${why}`;
}

/** The conditions that made the difference: the unmet ones of an unmet rule, the met ones of a met rule. */
function decisive(result: ConditionResult, met: boolean): TestResult[] {
  if (result.met !== met) return [];
  return 'joined' in result ? result.results.flatMap((inner) => decisive(inner, met)) : [result];
}

/** "plan to be pro, and seats to be at least 5"; groups inside groups in brackets. */
function needs(result: ConditionResult): string {
  if (!('joined' in result)) return `${result.about} ${result.wanted}`;
  const unmet = result.results.filter(({ met }) => !met);
  const [only] = unmet;
  if (unmet.length === 1 && only !== undefined) return needs(only);
  const words = unmet.map((inner) =>
    decisive(inner, false).length > 1 ? `(${needs(inner)})` : needs(inner),
  );
  return listFirst(words, result.joined === 'all' ? ', and ' : ', or ', maxListed);
}

function statements(results: readonly TestResult[]): string {
  const words = results.map(({ about, seen }) => `${about} ${seen}`);
  return listFirst(words, ', ', maxListed);
}
