// One sentence about an evaluation, for the card and the record: what is missing, or what it was that counted.
import type { RuleDefinition } from './rule.ts';
import type { Evaluation, Verdict } from './rule-evaluation.ts';

type Judged = Exclude<Verdict, { joined: 'all' | 'any' }>;

/** A card has room for a few; all of them are in the reasons. */
const mostTold = 4;

/** "Needs plan to be pro or team; it is free (Nov 12, 2026)". `on` is the day, as it is to be shown. */
export function explainPending({ verdict }: Pick<Evaluation, 'verdict'>, on: string): string {
  const missing = telling(verdict, false);
  const [first] = missing;
  if (first === undefined) return `Meets the conditions (${on})`;
  const there = missing.length === 1 ? `${first.pronoun} ${first.seen}` : statements(missing);
  return `Needs ${needs(verdict)}; ${there} (${on})`;
}

/** "Qualified by rule Paid plan on Nov 12, 2026: plan changed from free to pro". */
export function explainMet(
  ruleName: string,
  { verdict }: Pick<Evaluation, 'verdict'>,
  on: string,
  then: RuleDefinition['then'],
): string {
  const what = then === 'qualify' ? 'Qualified' : 'Disqualified';
  return `${what} by rule ${ruleName} on ${on}: ${statements(telling(verdict, true))}`;
}

/** "Qualifies on Nov 12, 2026 by rule Paid plan if it stays so". */
export function explainHolding(ruleName: string, on: string, then: RuleDefinition['then']): string {
  return `${then === 'qualify' ? 'Qualifies' : 'Disqualifies'} on ${on} by rule ${ruleName} if it stays so`;
}

/** The conditions that made the difference: of those that hold in an unmet rule, nobody needs to hear, and vice versa. */
function telling(verdict: Verdict, met: boolean): Judged[] {
  if (verdict.met !== met) return [];
  return 'joined' in verdict ? verdict.of.flatMap((one) => telling(one, met)) : [verdict];
}

/** "plan to be pro, and seats to be at least 5"; groups inside groups in brackets. */
function needs(verdict: Verdict): string {
  if (!('joined' in verdict)) return `${verdict.about} ${verdict.wanted}`;
  const unmet = verdict.of.filter((one) => !one.met);
  const [only] = unmet;
  if (unmet.length === 1 && only !== undefined) return needs(only);
  const words = unmet.map((one) => (telling(one, false).length > 1 ? `(${needs(one)})` : needs(one)));
  return listed(words, verdict.joined === 'all' ? ', and ' : ', or ');
}

function statements(judged: readonly Judged[]): string {
  return listed(
    judged.map(({ about, seen }) => `${about} ${seen}`),
    ', ',
  );
}

function listed(words: readonly string[], between: string): string {
  const more = words.length - mostTold;
  return more <= 0 ? words.join(between) : `${words.slice(0, mostTold).join(between)}${between}${more} more`;
}
