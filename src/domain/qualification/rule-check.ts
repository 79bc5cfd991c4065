// Checks a rule against the attributes and tags of the workspace, so that typos are found when it is saved.
import {
  type Attribute,
  type AttributeType,
  didYouMean,
  isOwn,
  standardAttributes,
  type Tag,
} from '../contacts/attribute-catalog.ts';
import { foldText } from '../identity.ts';
import { referredTag } from '../runs/write-back.ts';
import { operators, operatorsFor, type Scalar, type Test, valuesIn } from './operators.ts';
import { attributesOf, type Condition, type RuleDefinition } from './rule.ts';
import { tagBy } from './rule-tags.ts';

export type Known = { attributes: readonly Attribute[]; tags: readonly Tag[] };

/** `path` leads to the field of the definition, such as `when.all.0.attribute`. */
export type Problem = { path: string; message: string };

const nameOf: Record<AttributeType, string> = {
  text: 'a text',
  number: 'a number',
  'yes-no': 'true or false',
  date: 'a date',
  tags: 'a list of tags',
  other: 'of an unknown type',
};

/** With the types of the custom attributes: standard ones are known. */
export function withAttributeTypes(
  definition: RuleDefinition,
  attributes: readonly Attribute[],
): RuleDefinition {
  const { attribute_types: _, ...rest } = definition;
  const named = new Set(attributesOf(definition));
  const types = attributes
    .filter(({ name }) => named.has(name) && name.startsWith('custom_attributes.'))
    .map(({ name, type }) => [name, type] as const);
  return types.length === 0 ? rest : { ...rest, attribute_types: Object.fromEntries(types) };
}

export function checkRule(definition: RuleDefinition, known: Known): Problem[] {
  const attributes = new Map(
    [...standardAttributes, ...known.attributes].map((attribute) => [attribute.name, attribute]),
  );
  const ofTests = testsIn(definition.when, 'when').flatMap(({ test, path }) => {
    if (!('attribute' in test)) return [];
    const attribute = attributes.get(test.attribute);
    if (attribute === undefined || isOwn(test.attribute)) {
      return [nameProblem(test.attribute, `${path}.attribute`, [...attributes.keys()])];
    }
    return testProblems(test, attribute, known.tags).map(({ path: at, message }) => ({
      path: `${path}.${at}`,
      message,
    }));
  });
  return [...ofTests, ...saleValueProblems(definition.sale_value_from, attributes)];
}

function testsIn(condition: Condition, path: string): { test: Test; path: string }[] {
  if ('all' in condition) return condition.all.flatMap((part, at) => testsIn(part, `${path}.all.${at}`));
  if ('any' in condition) return condition.any.flatMap((part, at) => testsIn(part, `${path}.any.${at}`));
  return [{ test: condition, path }];
}

function nameProblem(name: string, path: string, known: readonly string[]): Problem {
  const message = isOwn(name)
    ? 'is written by Referral Desk, so rules cannot use it'
    : `is not a contact attribute${didYouMean(name, known)}`;
  return { path, message };
}

function testProblems(test: Test, attribute: Attribute, tags: readonly Tag[]): Problem[] {
  const { name, type } = attribute;
  if (type === 'other') return [];
  const { fits, checked } = operators[test.operator];
  if (!fits.includes(type)) {
    const allowed = operatorsFor(type).join(', ');
    return [
      { path: 'operator', message: `does not suit ${name}, which is ${nameOf[type]}; use one of ${allowed}` },
    ];
  }
  if (type === 'tags' && 'from' in test && test.from !== undefined) {
    return [{ path: 'from', message: 'does not apply to tags: "to" names tags, one of which is added' }];
  }
  if (checked === 'no' || (checked === 'tags' && type !== 'tags')) return [];
  return valuesIn(test).flatMap(({ value, path }) => {
    const message = type === 'tags' ? tagProblem(value, tags) : valueProblem(attribute, value);
    return message === null ? [] : [{ path, message }];
  });
}

const jsonTypeOf: Partial<Record<AttributeType, string>> = {
  text: 'string',
  number: 'number',
  'yes-no': 'boolean',
};

function valueProblem({ name, type, options }: Attribute, value: Scalar): string | null {
  const jsonType = jsonTypeOf[type];
  if (jsonType !== undefined && typeof value !== jsonType) {
    return `does not suit ${name}, which is ${nameOf[type]}; write a JSON ${jsonType}`;
  }
  if (options === null || typeof value !== 'string') return null;
  const folded = foldText(value);
  if (options.some((option) => foldText(option) === folded)) return null;
  return `is none of the values of ${name} (${options.join(', ').slice(0, 300)})${didYouMean(value, options)}`;
}

function tagProblem(input: Scalar, tags: readonly Tag[]): string | null {
  const tag = tagBy(input, tags);
  if (tag === undefined) {
    const names = tags.map((tag) => tag.name);
    return `is not a tag of the workspace${didYouMean(String(input), names)}`;
  }
  if (foldText(tag.name) !== foldText(referredTag)) return null;
  return 'is added to contacts by Referral Desk, so rules cannot use it';
}

function saleValueProblems(name: string | undefined, attributes: ReadonlyMap<string, Attribute>): Problem[] {
  const path = 'sale_value_from';
  if (name === undefined) return [];
  const attribute = attributes.get(name);
  if (attribute === undefined || isOwn(name)) return [nameProblem(name, path, [...attributes.keys()])];
  if (attribute.type === 'number' || attribute.type === 'other') return [];
  return [{ path, message: `is ${nameOf[attribute.type]}; a sale value has to be a number` }];
}
