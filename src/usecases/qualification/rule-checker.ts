// Holds a rule against what the workspace has in Intercom, before it is stored or tried.
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import { checkRule, type Known } from '../../domain/qualification/rule-check.ts';
import { withTagIds } from '../../domain/qualification/rule-tags.ts';
import { Failure } from '../../failure.ts';

/** An answer just as long as a rule with a thousand mistakes helps nobody. */
const mostTold = 20;

/**
 * Resolves with the definition as it is to be stored, tags by their ids. Rejects with a Failure: invalid, with the
 * fields as the API names them, conflict when the app is not installed, unavailable when Intercom cannot be asked.
 */
export type CheckRule = (workspaceId: string, definition: RuleDefinition) => Promise<RuleDefinition>;

/** `knownIn`: what rules may name, asked of Intercom; null when the app is not installed in the workspace. */
export function createRuleChecker(knownIn: (workspaceId: string) => Promise<Known | null>): CheckRule {
  return async (workspaceId, definition) => {
    const known = await knownIn(workspaceId).catch(unavailable);
    if (known === null) {
      throw new Failure('conflict', 'The app is not installed in this workspace, so no rule can be checked.');
    }
    const resolved = withTagIds(definition, known.tags);
    const problems = checkRule(resolved, known);
    if (problems.length === 0) return resolved;
    throw new Failure('invalid', 'This rule could not work: see "fields".', {
      fields: Object.fromEntries(
        problems.slice(0, mostTold).map(({ path, message }) => [`definition.${path}`, message]),
      ),
    });
  };
}

function unavailable(cause: unknown): never {
  if (!(cause instanceof Failure)) throw cause;
  const message =
    'Nothing was saved: Intercom could not be asked which attributes and tags there are ' +
    `(${cause.message}). Try again later.`;
  throw new Failure('unavailable', message, { cause });
}
