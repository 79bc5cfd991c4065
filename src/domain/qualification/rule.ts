// What a rule is: conditions on what Intercom tells of a contact, and what becomes of the referral when they are met.
import { z } from 'zod';
import { readText, tidy } from '../identity.ts';
import { momentOf } from '../time.ts';

/** PostgreSQL's jsonb can store neither NUL nor half a surrogate pair. */
const text = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (given) => !given.includes('\0') && given.isWellFormed(),
    'must not contain unprintable characters',
  );

const attribute = text.describe(
  "Intercom's name: a standard one such as role or signed_up_at, custom_attributes.NAME, or tags.",
);
/** Compared with what contacts have, so in the one form that such texts have here. */
const value = text
  .overwrite(tidy)
  .refine((given) => 'value' in readText(given), 'must not be empty or contain invisible characters');
const scalar = z.union([value, z.number(), z.boolean()], {
  error: 'must be a text of 1 to 255 characters, a number, true or false',
});
const scalars = z.array(scalar).min(1).max(50);
const isoDate = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-11-12 or 2026-11-12T09:00:00Z',
  })
  .refine((given) => momentOf(given) !== null, 'must be a date between 1990 and 2100');

const operators =
  'is, is_not, is_one_of, contains, is_set, is_not_set, more_than, less_than, at_least, at_most, before, after, ' +
  'within_days, changed, changed_to, became_user';

const test = z.discriminatedUnion(
  'operator',
  [
    z.strictObject({ attribute, operator: z.enum(['is', 'is_not']), value: scalar }),
    z.strictObject({ attribute, operator: z.literal('is_one_of'), values: scalars }),
    z.strictObject({ attribute, operator: z.literal('contains'), value }),
    z.strictObject({ attribute, operator: z.enum(['is_set', 'is_not_set']) }),
    z.strictObject({
      attribute,
      operator: z.enum(['more_than', 'less_than', 'at_least', 'at_most']),
      value: z.number(),
    }),
    z.strictObject({ attribute, operator: z.enum(['before', 'after']), value: isoDate }),
    z.strictObject({ attribute, operator: z.literal('within_days'), value: z.number().positive().max(3650) }),
    z.strictObject({ attribute, operator: z.literal('changed') }),
    z.strictObject({
      attribute,
      operator: z.literal('changed_to'),
      to: scalars.describe('Any of these.'),
      from: z
        .array(scalar.nullable())
        .min(1)
        .max(50)
        .optional()
        .describe('Any of these; null for an attribute that was empty. Left out: from whatever it was.'),
    }),
    z.strictObject({ operator: z.literal('became_user') }),
  ],
  { error: `must be one of ${operators}; a group is {"all": […]} or {"any": […]}` },
);

/** One question about a contact; those about a change look at what was seen before, too. */
export type Test = z.infer<typeof test>;
export type Condition = Test | { all: Condition[] } | { any: Condition[] };
export type RuleDefinition = {
  when: Condition;
  then: 'qualify' | 'disqualify';
  /** Whole days. */
  holds_for_days?: number | undefined;
  /** The attribute that says what the sale was worth, for commission rewards. */
  sale_value_from?: string | undefined;
  /** Names of the tags that the conditions mention by id, as they were when the rule was saved. */
  tag_names?: Record<string, string> | undefined;
};

/** A limit by construction rather than a recursive schema, so that no depth of nesting exhausts the stack. */
const conditions = (inner: z.ZodType<Condition>) => z.array(inner).min(1).max(20);
const group = (inner: z.ZodType<Condition>): z.ZodType<Condition> =>
  z.union([test, z.strictObject({ all: conditions(inner) }), z.strictObject({ any: conditions(inner) })]);
const upToThreeLevels = group(group(group(test)));

/** Groups nest up to three levels deep, with at most 20 conditions in each. */
export const ruleDefinition: z.ZodType<RuleDefinition> = z.strictObject({
  when: upToThreeLevels.describe('One condition, or a group of them.'),
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; nobody awaits a definition.
  then: z.enum(['qualify', 'disqualify']),
  holds_for_days: z
    .int()
    .min(1)
    .max(365)
    .optional()
    .describe('Acts only after the conditions have stayed met for so long.'),
  sale_value_from: attribute.optional().describe('The attribute to read the sale value from.'),
  tag_names: z
    .record(text, text)
    .optional()
    .describe('Names of the mentioned tags; filled in when a rule is saved.'),
});

/** Every attribute that has to be known to evaluate the rule, each once. */
export function attributesOf(rule: RuleDefinition): string[] {
  const named = testsOf(rule.when).map((one) => (one.operator === 'became_user' ? 'role' : one.attribute));
  return [...new Set([...named, ...(rule.sale_value_from === undefined ? [] : [rule.sale_value_from])])];
}

function testsOf(condition: Condition): Test[] {
  if ('all' in condition) return condition.all.flatMap(testsOf);
  if ('any' in condition) return condition.any.flatMap(testsOf);
  return [condition];
}
