// Validates a rule against the workspace's data in Intercom, before it is stored or dry-run.
import type { Context } from '../../context.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import { checkRule } from '../../domain/qualification/rule-check.ts';
import { withTagIds } from '../../domain/qualification/rule-tags.ts';
import { Failure } from '../../failure.ts';
import { type InstalledContext, requireInstalled } from './installed.ts';

/** Keeps the response short for a rule with many mistakes. */
const maxProblems = 20;

/**
 * Resolves with the definition to store, tags by their ids. Rejects with a Failure: invalid, with the fields as the API
 * names them, conflict when the app is not installed, unavailable when Intercom does not respond.
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
  const resolved = withTagIds(definition, known.tags);
  const problems = checkRule(resolved, known);
  if (problems.length === 0) return resolved;
  throw new Failure('invalid', 'This rule could not work: see "fields".', {
    fields: Object.fromEntries(
      problems.slice(0, maxProblems).map(({ path, message }) => [`definition.${path}`, message]),
    ),
  });
}

function unavailable(cause: unknown): never {
  if (!(cause instanceof Failure)) throw cause;
  if (cause.code === 'forbidden') {
    const message = `Nothing was saved. ${cause.message}. Check the app's permissions in Intercom, then install again.`;
    throw new Failure('forbidden', message, { cause });
  }
  const message =
    'Nothing was saved: Intercom could not be asked which attributes and tags there are ' +
    `(${cause.message}). Try again later.`;
  throw new Failure('unavailable', message, { cause });
}
