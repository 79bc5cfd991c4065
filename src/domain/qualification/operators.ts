// Every operator of a rule's conditions. To add one, add a record: schema, check, words and form follow from it.
import { z } from 'zod';
import type { AttributeType } from '../contacts/attribute-catalog.ts';
import { readText, tidy } from '../identity.ts';
import { momentOf } from '../time.ts';
import { type ComparedAs, isEmpty, numberOf } from '../values.ts';
import type { Value } from './notification.ts';
import { compareDates, contains, type Dated, isEqual, isWithinDays } from './rule-values.ts';

export type Scalar = string | number | boolean;

/** PostgreSQL's jsonb cannot store NUL or an unpaired surrogate. */
export const text = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (value) => !value.includes('\0') && value.isWellFormed(),
    'must not contain unprintable characters',
  );
/** Normalized, because contacts' texts are compared in that form. */
const tidyText = text
  .overwrite(tidy)
  .refine((value) => 'value' in readText(value), 'must not be empty or contain invisible characters');
const scalar = z.union([tidyText, z.number(), z.boolean()], {
  error: 'must be a text of 1 to 255 characters, a number, true or false',
});
const scalars = z.array(scalar).min(1).max(50);
const isoDate = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-11-12 or 2026-11-12T09:00:00Z',
  })
  .refine((value) => momentOf(value) !== null, 'must be a date between 1990 and 2100');

/** What an attribute holds; `known` when an earlier snapshot included it, even if it was empty then. */
export type Look = {
  before: Value;
  after: Value;
  known: boolean;
  changed: boolean;
  as: ComparedAs;
  date(): Dated | null;
};
/** Days are in the workspace's time zone. */
type Moment = { now: Date; timeZone: string; becameUser: boolean };

type Words = {
  show(value: Scalar | null): string;
  /** "pro or team" */
  either(values: readonly (Scalar | null)[]): string;
};

type ContactEvent = {
  attribute: string;
  choice: string;
  happened: string;
  standing(value: Value): string;
};

export type Operator<Shape extends z.ZodRawShape = z.ZodRawShape, Event = ContactEvent | null> = {
  /** The fields beside `attribute` and `operator`. Operators of one shape share one schema. */
  operand: Shape;
  /** Every operator also suits an attribute of unknown type. */
  fits: readonly Exclude<AttributeType, 'other'>[];
  /** After the name of an attribute: "is one of". */
  label: string;
  /** After "tags", where the wording differs. */
  tagsLabel?: string;
  input: { values: 'none' | 'one' | 'many'; type?: 'number' | 'date' };
  /** Whether the operand's values must be possible values: `tags` checks only those of tags, `no` checks none. */
  checked: 'yes' | 'tags' | 'no';
  /** Follows "Needs plan". */
  wanted(operand: Operand<Shape>, words: Words): string;
  isMet(operand: Operand<Shape>, look: Look, moment: Moment): boolean;
  /** For operators on a change: whether `after` is the target, which is enough during a hold. */
  isTarget?(operand: Operand<Shape>, look: Look): boolean;
  event: Event;
};

type Operand<Shape extends z.ZodRawShape> = keyof Shape extends never ? unknown : z.infer<z.ZodObject<Shape>>;

type Spec<Shape extends z.ZodRawShape> = Omit<Operator<Shape>, 'event'>;
const aboutAttribute = <Shape extends z.ZodRawShape>(spec: Spec<Shape>): Operator<Shape, null> => ({
  ...spec,
  event: null,
});
const aboutContact = <Shape extends z.ZodRawShape>(
  spec: Spec<Shape> & { event: ContactEvent },
): Operator<Shape, ContactEvent> => spec;

const noOperand = {};
const oneScalar = { value: scalar };
const oneNumber = { value: z.number() };
const oneDate = { value: isoDate };

const noInput = { values: 'none' } as const;
const everyType = ['text', 'number', 'yes-no', 'date', 'tags'] as const;

/** In the order in which forms and messages list them. */
const records = {
  contains: aboutAttribute({
    operand: { value: tidyText },
    fits: ['text', 'tags'],
    label: 'contains',
    tagsLabel: 'include',
    input: { values: 'one' },
    checked: 'tags',
    wanted: ({ value }, { show }) => `to contain ${show(value)}`,
    isMet: ({ value }, { after }) => contains(after, value),
  }),
  more_than: numberOperator('more than', (value, limit) => value > limit),
  less_than: numberOperator('less than', (value, limit) => value < limit),
  at_least: numberOperator('at least', (value, limit) => value >= limit),
  at_most: numberOperator('at most', (value, limit) => value <= limit),
  before: dateOperator('before', (order) => order < 0),
  after: dateOperator('after', (order) => order > 0),
  within_days: aboutAttribute({
    operand: { value: z.number().positive().max(3650) },
    fits: ['date'],
    label: 'is within the last … days',
    input: { values: 'one', type: 'number' },
    checked: 'no',
    wanted: ({ value }) => `to be within the last ${value === 1 ? 'day' : `${value} days`}`,
    isMet({ value }, look, { now, timeZone }) {
      const date = look.date();
      return date !== null && isWithinDays(date, value, now, timeZone);
    },
  }),
  is_one_of: aboutAttribute({
    operand: { values: scalars },
    fits: ['text', 'number', 'tags'],
    label: 'is one of',
    tagsLabel: 'include one of',
    input: { values: 'many' },
    checked: 'yes',
    wanted: ({ values }, { either }) => `to be ${either(values)}`,
    isMet: ({ values }, { after, as }) => values.some((value) => isEqual(after, value, as)),
  }),
  is: aboutAttribute({
    operand: oneScalar,
    fits: ['text', 'number', 'yes-no'],
    label: 'is',
    input: { values: 'one' },
    checked: 'yes',
    wanted: ({ value }, { show }) => `to be ${show(value)}`,
    isMet: ({ value }, { after, as }) => isEqual(after, value, as),
  }),
  is_not: aboutAttribute({
    operand: oneScalar,
    fits: ['text', 'number', 'yes-no', 'tags'],
    label: 'is not',
    tagsLabel: 'do not include',
    input: { values: 'one' },
    checked: 'yes',
    wanted: ({ value }, { show }) => `not to be ${show(value)}`,
    isMet: ({ value }, { after, as }) => !isEqual(after, value, as),
  }),
  changed_to: aboutAttribute({
    operand: {
      to: scalars.describe('Any of these.'),
      from: z
        .array(scalar.nullable())
        .min(1)
        .max(50)
        .optional()
        .describe('Any of these; null for an empty attribute. Default: any value.'),
    },
    fits: ['text', 'number', 'yes-no', 'tags'],
    label: 'changes to',
    tagsLabel: 'get one of',
    input: { values: 'many' },
    checked: 'yes',
    wanted: ({ from, to }, { either }) =>
      `to change ${from === undefined ? '' : `from ${either(from)} `}to ${either(to)}`,
    isMet({ from, to }, { before, after, changed, as }) {
      const wasBefore = (value: Scalar) => isEqual(before, value, as);
      // For tags, one of the targets has to be new.
      if (!changed || !to.some((value) => isEqual(after, value, as) && !wasBefore(value))) return false;
      return (
        from === undefined || from.some((value) => (value === null ? isEmpty(before) : wasBefore(value)))
      );
    },
    isTarget: ({ to }, { after, as }) => to.some((value) => isEqual(after, value, as)),
  }),
  is_set: aboutAttribute({
    operand: noOperand,
    fits: everyType,
    label: 'is set',
    tagsLabel: 'are there at all',
    input: noInput,
    checked: 'no',
    wanted: () => 'to be set',
    isMet: (_, { after }) => !isEmpty(after),
  }),
  is_not_set: aboutAttribute({
    operand: noOperand,
    fits: everyType,
    label: 'is not set',
    tagsLabel: 'are none',
    input: noInput,
    checked: 'no',
    wanted: () => 'not to be set',
    isMet: (_, { after }) => isEmpty(after),
  }),
  changed: aboutAttribute({
    operand: noOperand,
    fits: everyType,
    label: 'changes',
    tagsLabel: 'change',
    input: noInput,
    checked: 'no',
    wanted: () => 'to change',
    isMet: (_, { changed }) => changed,
    isTarget: () => true,
  }),
  became_user: aboutContact({
    operand: {},
    fits: [],
    label: 'becomes a user',
    input: noInput,
    checked: 'no',
    wanted: () => 'to become a user',
    isMet: (_, { before, after, changed }, { becameUser }) =>
      becameUser || (changed && before === 'lead' && after === 'user'),
    isTarget: (_, { after }) => after === 'user',
    event: {
      attribute: 'role',
      choice: 'The lead becomes a user',
      happened: 'became a user',
      standing: (role) => (isEmpty(role) ? 'is of unknown role' : `is a ${role}`),
    },
  }),
};

function numberOperator(words: string, compare: (value: number, limit: number) => boolean) {
  return aboutAttribute({
    operand: oneNumber,
    fits: ['number'],
    label: `is ${words}`,
    input: { values: 'one', type: 'number' },
    checked: 'no',
    wanted: ({ value }) => `to be ${words} ${value}`,
    isMet({ value }, { after }) {
      const number = numberOf(after);
      return number !== null && compare(number, value);
    },
  });
}

function dateOperator(word: string, fits: (order: number) => boolean) {
  return aboutAttribute({
    operand: oneDate,
    fits: ['date'],
    label: `is ${word}`,
    input: { values: 'one', type: 'date' },
    checked: 'no',
    wanted: ({ value }, { show }) => `to be ${word} ${show(value)}`,
    isMet({ value }, look, { timeZone }) {
      const date = look.date();
      return date !== null && fits(compareDates(date, value, timeZone));
    },
  });
}

type Records = typeof records;
export type OperatorName = keyof Records;

type TestOf<Name extends OperatorName> =
  Records[Name] extends Operator<infer Shape, infer Event>
    ? { operator: Name } & (Event extends null ? { attribute: string } : unknown) & Operand<Shape>
    : never;

/** A single test of a contact; tests on a change also look at the earlier snapshot. */
export type Test = { [Name in OperatorName]: TestOf<Name> }[OperatorName];

export const operatorNames = Object.keys(records) as OperatorName[];

export const operators: Readonly<Record<OperatorName, Operator>> = records;

export const attributeName = text.describe(
  "Intercom's name: a standard one such as role or signed_up_at, custom_attributes.NAME, or tags.",
);

const schemas = [...Map.groupBy(operatorNames, (name) => operators[name].operand)].map(([operand, names]) =>
  z.strictObject({
    ...(names.every((name) => operators[name].event === null) ? { attribute: attributeName } : {}),
    operator: z.literal(names),
    ...operand,
  }),
);

// The records' types state what the schemas built from them parse.
export const testSchema = z.discriminatedUnion(
  'operator',
  schemas as [(typeof schemas)[0], ...typeof schemas],
  {
    error: `must be one of ${operatorNames.join(', ')}; a group is {"all": […]} or {"any": […]}`,
  },
) as z.ZodType<unknown> as z.ZodType<Test>;

export function operatorsFor(type: AttributeType): OperatorName[] {
  return operatorNames.filter((name) => {
    const { fits } = operators[name];
    return type === 'other' ? fits.length > 0 : fits.includes(type);
  });
}

export function attributeOf(test: Test): string {
  return 'attribute' in test ? test.attribute : (operators[test.operator].event?.attribute ?? '');
}

/** With the path in the test: `values.2`. */
export function valuesIn(test: Test): { value: Scalar; path: string }[] {
  return operandOf(test).flatMap(([field, held]) =>
    Array.isArray(held)
      ? held.flatMap((value, at) => (value === null ? [] : [{ value, path: `${field}.${at}` }]))
      : [{ value: held, path: field }],
  );
}

export function withValues(test: Test, change: (value: Scalar) => Scalar): Test {
  const changed = operandOf(test).map(([field, held]) => [
    field,
    Array.isArray(held) ? held.map((value) => (value === null ? null : change(value))) : change(held),
  ]);
  return { ...test, ...Object.fromEntries(changed) };
}

/** One value or several per field; null stands for empty. */
function operandOf(test: Test): [field: string, held: Scalar | (Scalar | null)[]][] {
  const { operand } = operators[test.operator];
  return Object.entries(test).filter(([field, held]) => field in operand && held !== undefined);
}
