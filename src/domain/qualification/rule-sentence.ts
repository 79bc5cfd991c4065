// A whole rule in words, for readers who do not see its form: "Needs plan to be pro. Then it qualifies."
import type { Condition, RuleDefinition } from './rule.ts';
import { aboutOf, type TagNames, wantedOf } from './rule-words.ts';

export function ruleSentence(definition: RuleDefinition, timeZone: string): string {
  const { when, then, holds_for_days: days, sale_value_from: sale } = definition;
  const verb = then === 'qualify' ? 'qualifies' : 'is disqualified';
  const after = days === undefined ? '' : ` once that has held for ${days === 1 ? 'a day' : `${days} days`}`;
  const value = sale === undefined ? '' : ` The sale value is ${sale.replace(/^custom_attributes\./, '')}.`;
  return `Needs ${conditionWords(when, { tagNames: definition.tag_names ?? {}, timeZone }, true)}. Then the referral ${verb}${after}.${value}`;
}

type Words = { tagNames: TagNames; timeZone: string };

function conditionWords(condition: Condition, words: Words, outermost = false): string {
  if ('all' in condition) return grouped(condition.all, ' and ', words, outermost);
  if ('any' in condition) return grouped(condition.any, ' or ', words, outermost);
  return `${aboutOf(condition)} ${wantedOf(condition, words.tagNames, words.timeZone)}`;
}

function grouped(conditions: Condition[], between: string, words: Words, outermost: boolean): string {
  const sentence = conditions.map((condition) => conditionWords(condition, words)).join(between);
  return outermost || conditions.length === 1 ? sentence : `(${sentence})`;
}
