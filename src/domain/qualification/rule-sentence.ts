// A whole rule in words, for those who read it without its form: "Needs plan to be pro. Then it qualifies."
import type { Condition, RuleDefinition } from './rule.ts';
import { aboutOf, type TagNames, wantedOf } from './rule-words.ts';

/** One or more sentences. */
export function ruleSentence(definition: RuleDefinition): string {
  const { when, then, holds_for_days: days, sale_value_from: sale } = definition;
  const verb = then === 'qualify' ? 'qualifies' : 'is disqualified';
  const after = days === undefined ? '' : ` once that has held for ${days === 1 ? 'a day' : `${days} days`}`;
  const value = sale === undefined ? '' : ` The sale value is ${sale.replace(/^custom_attributes\./, '')}.`;
  return `Needs ${conditionWords(when, definition.tag_names ?? {}, true)}. Then the referral ${verb}${after}.${value}`;
}

function conditionWords(condition: Condition, tagNames: TagNames, outermost = false): string {
  if ('all' in condition) return grouped(condition.all, ' and ', tagNames, outermost);
  if ('any' in condition) return grouped(condition.any, ' or ', tagNames, outermost);
  return `${aboutOf(condition)} ${wantedOf(condition, tagNames)}`;
}

function grouped(
  conditions: readonly Condition[],
  between: string,
  tagNames: TagNames,
  outermost: boolean,
): string {
  const words = conditions.map((one) => conditionWords(one, tagNames)).join(between);
  return outermost || conditions.length === 1 ? words : `(${words})`;
}
