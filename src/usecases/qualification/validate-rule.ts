// Validates a rule against Intercom's data, before it is stored or tried.
import type { Context } from '../../context.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import { checkRule, withAttributeTypes } from '../../domain/qualification/rule-check.ts';
import { withTagIds } from '../../domain/qualification/rule-tags.ts';
import { Failure } from '../../failure.ts';
import { rethrowToCaller, troubleOf } from '../trouble.ts';
import { type InstalledContext, requireInstalled } from './installed.ts';

/** Limits the response for a rule with many mistakes. */
const maxProblems = 20;

/**
 * Returns the definition with tags by id and the types of attributes. Rejects with `invalid` (fields named as in the API), `conflict`
 * when not installed, `unavailable` when Intercom does not respond.
 */
export async function validateRule(
  ctx: Pick<Context, 'intercom'> & InstalledContext,
  workspaceId: string,
  definition: RuleDefinition,
): Promise<RuleDefinition> {
  await requireInstalled(
    ctx,
    workspaceId,
    'The app is not installed in this workspace, so no rule can be checked.',
  );
  const known = await ctx.intercom.agents.readKnown(workspaceId).catch(unavailable);
  const resolved = withAttributeTypes(withTagIds(definition, known.tags), known.attributes);
  const problems = checkRule(resolved, known);
  if (problems.length === 0) return resolved;
  const [{ path: first, message: why } = { path: 'when', message: 'is invalid' }] = problems;
  throw new Failure('invalid', `This rule cannot work: ${first} ${why}${/[.?]$/.test(why) ? '' : '.'}`, {
    fields: Object.fromEntries(
      problems.slice(0, maxProblems).map(({ path, message }) => [`definition.${path}`, message]),
    ),
  });
}

function unavailable(cause: unknown): never {
  const { of, isDenied } = troubleOf(cause);
  if (of === 'grant') rethrowToCaller(cause);
  if (!(cause instanceof Failure)) throw cause;
  if (isDenied) {
    const message = `Nothing was saved. ${cause.message}. Check the app's permissions in Intercom, then install again.`;
    throw new Failure('forbidden', message, { cause });
  }
  const message =
    'Nothing was saved. Attributes and tags could not be read from Intercom ' +
    `(${cause.message}). Try again later.`;
  throw new Failure('unavailable', message, { cause });
}
