// Tags in rules: people write their names, Intercom's notifications carry their ids.
import type { Tag } from '../contacts/attribute-catalog.ts';
import { foldText } from '../identity.ts';
import type { Condition, RuleDefinition, Test } from './rule.ts';

/** By id, or by name whatever its capitals. */
export function tagBy(given: string | number | boolean, tags: readonly Tag[]): Tag | undefined {
  const wanted = String(given).trim();
  const folded = foldText(wanted);
  return tags.find((one) => one.id === wanted) ?? tags.find((one) => foldText(one.name) === folded);
}

/** The same rule with the ids of the tags that it mentions, and their names for its explanations. Unknown ones stay. */
export function withTagIds(definition: RuleDefinition, tags: readonly Tag[]): RuleDefinition {
  const mentioned: Record<string, string> = {};
  const idOf = (given: string | number | boolean): string => {
    const tag = tagBy(given, tags);
    if (tag === undefined) return String(given);
    mentioned[tag.id] = tag.name;
    return tag.id;
  };
  const { tag_names: _, ...rest } = definition;
  const when = mapTests(definition.when, (test) => testWithIds(test, idOf));
  return { ...rest, when, ...(Object.keys(mentioned).length > 0 ? { tag_names: mentioned } : {}) };
}

function testWithIds(test: Test, idOf: (given: string | number | boolean) => string): Test {
  if (test.operator === 'became_user' || test.attribute !== 'tags') return test;
  switch (test.operator) {
    case 'is_not':
      return { ...test, value: idOf(test.value) };
    case 'contains':
      return { ...test, value: idOf(test.value) };
    case 'is_one_of':
      return { ...test, values: test.values.map(idOf) };
    case 'changed_to':
      return { ...test, to: test.to.map(idOf) };
    default:
      return test;
  }
}

function mapTests(condition: Condition, change: (test: Test) => Test): Condition {
  if ('all' in condition) return { all: condition.all.map((one) => mapTests(one, change)) };
  if ('any' in condition) return { any: condition.any.map((one) => mapTests(one, change)) };
  return change(condition);
}
