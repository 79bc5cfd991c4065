// A rule: conditions on a contact's attributes in Intercom, and what happens to the referral when they are met.
import { z } from 'zod';
import { daysLater } from '../day.ts';
import { attributeName, attributeOf, type Test, testSchema, text } from './operators.ts';

export type Condition = Test | { all: Condition[] } | { any: Condition[] };

/** Limited by construction, so that no depth of nesting exhausts the stack. */
const conditions = (inner: z.ZodType<Condition>) => z.array(inner).min(1).max(20);
const group = (inner: z.ZodType<Condition>): z.ZodType<Condition> =>
  z.union([
    testSchema,
    z.strictObject({ all: conditions(inner) }),
    z.strictObject({ any: conditions(inner) }),
  ]);
const upToThreeLevels = group(group(group(testSchema)));

/** Groups nest up to three levels deep, with at most 20 conditions in each. */
export const ruleDefinition = z.strictObject({
  when: upToThreeLevels.describe('One condition, or a group of them.'),
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
  then: z.enum(['qualify', 'disqualify']),
  holds_for_days: z.int().min(1).max(365).optional().describe('Days for which the conditions must stay met.'),
  sale_value_from: attributeName.optional().describe('Attribute with the sale value.'),
  tag_names: z.record(text, text).optional().describe('Names of the tags. Set when a rule is saved.'),
  attribute_types: z
    .record(text, z.enum(['text', 'number', 'yes-no', 'date', 'tags', 'other']))
    .optional()
    .describe('Types of custom attributes. Set when a rule is saved.'),
});
export type RuleDefinition = z.infer<typeof ruleDefinition>;

/** Null when the rule acts at once. */
export function holdEnd(
  rule: RuleDefinition,
  { since, timeZone }: { since: Date; timeZone: string },
): Date | null {
  return rule.holds_for_days === undefined ? null : daysLater(since, rule.holds_for_days, timeZone);
}

export function attributesOf(rule: RuleDefinition): string[] {
  return [
    ...new Set([
      ...testsOf(rule.when).map(attributeOf),
      ...(rule.sale_value_from === undefined ? [] : [rule.sale_value_from]),
    ]),
  ];
}

function testsOf(condition: Condition): Test[] {
  if ('all' in condition) return condition.all.flatMap(testsOf);
  if ('any' in condition) return condition.any.flatMap(testsOf);
  return [condition];
}
