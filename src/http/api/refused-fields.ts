// Which fields of a request were refused and why, by path, for the error response.
import type { z } from 'zod';
import { didYouMean } from '../../domain/contacts/attribute-catalog.ts';

/** A body full of unknown keys must not produce an equally long response. */
const most = 20;

type Issue = z.core.$ZodIssue;

/** For `safeParse`: words an unknown key with the nearest known one, a line for each key. */
export const suggesting: z.core.ParseContext<Issue> = {
  error(issue) {
    if (issue.code !== 'unrecognized_keys') return undefined;
    const known = Object.keys((issue.inst as Partial<z.ZodObject> | undefined)?.shape ?? {});
    return issue.keys.map((key) => `is not known here${didYouMean(key, known)}`).join('\n');
  },
};

/** At most twenty, such as `{"person.email": "must be an email address"}`; "body" stands for the whole body. */
export function refusedFields(issues: readonly Issue[]): Record<string, string> {
  const refused = issues.flatMap((issue) => meant(issue, [])).flatMap(fieldErrors);
  // Not by assignment: a field named __proto__ would be lost.
  return Object.fromEntries(refused.slice(0, most));
}

function fieldErrors(issue: Issue): [string, string][] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.slice(0, most).map((key, at) => [pathOf([...issue.path, key]), wordsFor(issue.message, at)])
    : [[pathOf(issue.path), issue.message]];
}

/** Without `suggesting`, the message is zod's own. */
const wordsFor = (message: string, at: number) =>
  message.startsWith('is not known here') ? (message.split('\n')[at] ?? message) : 'is not known here';

/** "Invalid input" for a whole union helps no caller, so this explains the closest variant. */
function meant(issue: Issue, above: readonly PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return [{ ...issue, path }];
  const [nearest] = issue.errors.toSorted((left, right) => distance(left) - distance(right));
  return nearest === undefined ? [{ ...issue, path }] : nearest.flatMap((inner) => meant(inner, path));
}

/** How many of the keys are unknown to this variant. Problems further inside do not count. */
function distance(issues: readonly Issue[]): number {
  const distances: number[] = issues.map((issue) => {
    if (issue.path.length > 1) return 0;
    if (issue.code === 'unrecognized_keys') return issue.keys.length;
    return issue.code === 'invalid_union' && issue.errors.length === 0 ? 2 : 1;
  });
  return distances.reduce((sum, value) => sum + value, 0);
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.join('.').slice(0, 100).toWellFormed();
}
