// Parses the fields of the form into a rule, or reports what is wrong with them.

import type { Attribute, AttributeType } from '../../../domain/contacts/attribute-catalog.ts';
import { operators, operatorsFor } from '../../../domain/qualification/operators.ts';
import { type RuleDefinition, ruleDefinition } from '../../../domain/qualification/rule.ts';
import { numberOf } from '../../../domain/values.ts';
import type { RuleChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import { refusedFields } from '../../api/refused-fields.ts';
import { eventOperators, type FormItem, type FormTest, isGroup, type RuleForm } from './rule-form.ts';

export type Problems = Record<string, string>;

/** Does not check that the names exist in Intercom. */
export function definitionOf(
  form: RuleForm,
  choices: Pick<RuleChoices, 'attributes'>,
): { definition: RuleDefinition } | { problems: Problems } {
  const problems: Problems = {};
  const when = conditionOf(
    form.when,
    'when',
    new Map(choices.attributes.map((attribute) => [attribute.name, attribute])),
    problems,
  );
  if (Object.keys(problems).length > 0) return { problems };
  const read = ruleDefinition.safeParse({
    when,
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
    then: form.outcome,
    ...(form.holdsForDays === '' ? {} : { holds_for_days: Number(form.holdsForDays) }),
    ...(form.saleValueFrom === '' ? {} : { sale_value_from: form.saleValueFrom }),
  });
  return read.success ? { definition: read.data } : { problems: byFields(refusedFields(read.error.issues)) };
}

type Attributes = ReadonlyMap<string, Attribute>;

function conditionOf(item: FormItem, path: string, attributes: Attributes, problems: Problems): unknown {
  if (!isGroup(item)) return testOf(item, path, attributes, problems);
  if (item.items.length === 0) problems[`${path}.match`] = 'needs at least one condition';
  return {
    [item.match]: item.items.map((inner, at) => conditionOf(inner, `${path}.${at}`, attributes, problems)),
  };
}

function testOf(test: FormTest, path: string, attributes: Attributes, problems: Problems): unknown {
  const { attribute } = test;
  const event = eventOperators.find((name) => name === attribute);
  if (event) return { operator: event };
  const type = attributes.get(attribute)?.type ?? 'other';
  const operator = operatorsFor(type).find((name) => name === test.operator);
  if (attribute === '') problems[`${path}.attribute`] = 'Choose an attribute.';
  if (operator === undefined) problems[`${path}.operator`] ??= 'Choose a condition.';
  if (operator === undefined) return null;
  const problem = (field: string, why: string) => {
    problems[`${path}.${field}`] = why;
    return null;
  };
  const { input, operand } = operators[operator];
  const valueType = input.type === 'number' ? 'number' : type;
  const values = test.values.map((value) => scalar(value, valueType, (why) => problem('value', why)));
  const from = test.from.map((value) => scalar(value, valueType, (why) => problem('from', why)));
  if (input.values !== 'none' && values.length === 0) return problem('value', 'Give a value.');
  if (input.values !== 'many' && values.length > 1) return problem('value', 'Give one value.');
  const [field] = Object.keys(operand);
  if (field === undefined) return { attribute, operator };
  const allFrom = test.fromEmpty ? [...from, null] : from;
  return {
    attribute,
    operator,
    [field]: input.values === 'many' ? values : values[0],
    ...('from' in operand && allFrom.length > 0 && { from: allFrom }),
  };
}

function scalar(
  text: string,
  type: AttributeType,
  refuse: (why: string) => null,
): string | number | boolean | null {
  if (type === 'number') return numberOf(text) ?? refuse('must be a number');
  if (type !== 'yes-no') return text;
  return text === 'true' || text === 'false' ? text === 'true' : refuse('must be true or false');
}

/** Maps errors of a definition's fields to the form's: definition.when.all.0.values.2 is when.0.value. */
export function byFields(problems: Problems): Problems {
  return Object.fromEntries(Object.entries(problems).map(([path, why]) => [fieldOf(path), why]));
}

function fieldOf(path: string): string {
  const parts = path.replace(/^definition\./, '').split('.');
  if (parts[0] !== 'when') return parts.join('.');
  const place = parts.filter((part) => part !== 'all' && part !== 'any').join('.');
  return place.replace(/\.(values?|to)(\.\d+)?$/, '.value').replace(/\.from\.\d+$/, '.from');
}
