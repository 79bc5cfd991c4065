// Rules and contacts for the tests about them.
import type { Facts } from '../../../src/domain/qualification/notification.ts';
import {
  type Condition,
  type RuleDefinition,
  ruleDefinition,
} from '../../../src/domain/qualification/rule.ts';
import { type Evaluation, evaluate } from '../../../src/domain/qualification/rule-evaluation.ts';

export const now = new Date('2026-11-12T10:00:00Z');
export const plan = 'custom_attributes.plan';

/** Through the schema, as every rule comes. */
export function rule(when: Condition, more: Partial<RuleDefinition> = {}): RuleDefinition {
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  return ruleDefinition.parse({ when, then: 'qualify', ...more });
}

/** One condition on a contact that was seen before, or not (null). */
export function seeing(
  when: Condition,
  after: Facts,
  before: Facts | null = null,
  more: { holding?: boolean; becameUser?: boolean; tagNames?: Record<string, string> } = {},
): Evaluation {
  const { tagNames, ...seen } = more;
  const definition = rule(when, tagNames === undefined ? {} : { tag_names: tagNames });
  return evaluate(definition, { before, after, becameUser: false, now, ...seen });
}
