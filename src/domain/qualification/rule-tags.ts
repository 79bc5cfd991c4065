// Tags in rules: people write tag names, Intercom's notifications carry tag ids.
import type { Tag } from '../contacts/attribute-catalog.ts';
import { foldText, tidy } from '../identity.ts';
import { attributeOf, operators, type Scalar, type Test, withValues } from './operators.ts';
import type { Condition, RuleDefinition } from './rule.ts';

/** By id, or by name in any case. */
export function tagBy(input: Scalar, tags: readonly Tag[]): Tag | undefined {
  const wanted = tidy(String(input));
  const folded = foldText(wanted);
  return tags.find(({ id }) => id === wanted) ?? tags.find(({ name }) => foldText(name) === folded);
}

/** With ids in place of tag names, and the names for explanations. Unknown tags stay as they are. */
export function withTagIds(definition: RuleDefinition, tags: readonly Tag[]): RuleDefinition {
  const mentioned: Record<string, string> = {};
  const idOf = (input: Scalar): string => {
    const tag = tagBy(input, tags);
    if (tag === undefined) return String(input);
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
  if ('all' in condition) return { all: condition.all.map((part) => mapTests(part, change)) };
  if ('any' in condition) return { any: condition.any.map((part) => mapTests(part, change)) };
  return change(condition);
}
