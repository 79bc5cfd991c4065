// Tags in rules: people write their names, Intercom's notifications carry their ids.
import type { Tag } from '../contacts/attribute-catalog.ts';
import { foldText } from '../identity.ts';
import { attributeOf, operators, type Scalar, type Test, withValues } from './operators.ts';
import type { Condition, RuleDefinition } from './rule.ts';

/** By id, or by name whatever its capitals. */
export function tagBy(given: Scalar, tags: readonly Tag[]): Tag | undefined {
  const wanted = String(given).trim();
  const folded = foldText(wanted);
  return tags.find(({ id }) => id === wanted) ?? tags.find(({ name }) => foldText(name) === folded);
}

/** The same rule with the ids of the tags that it mentions, and their names for its explanations. Unknown ones stay. */
export function withTagIds(definition: RuleDefinition, tags: readonly Tag[]): RuleDefinition {
  const mentioned: Record<string, string> = {};
  const idOf = (given: Scalar): string => {
    const tag = tagBy(given, tags);
    if (tag === undefined) return String(given);
    mentioned[tag.id] = tag.name;
    return tag.id;
  };
  const { tag_names: _, ...rest } = definition;
  const when = mapTests(definition.when, (test) => (namesTags(test) ? withValues(test, idOf) : test));
  return { ...rest, when, ...(Object.keys(mentioned).length > 0 ? { tag_names: mentioned } : {}) };
}

function namesTags(test: Test): boolean {
  return attributeOf(test) === 'tags' && operators[test.operator].fits.includes('tags');
}

function mapTests(condition: Condition, change: (test: Test) => Test): Condition {
  if ('all' in condition) return { all: condition.all.map((one) => mapTests(one, change)) };
  if ('any' in condition) return { any: condition.any.map((one) => mapTests(one, change)) };
  return change(condition);
}
