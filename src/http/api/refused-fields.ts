// Which fields of a request were refused and why, by path, for the error response.
import type { z } from 'zod';
import { didYouMean } from '../../domain/contacts/attribute-catalog.ts';

/** A body full of unknown keys must not produce an equally long response. */
const most = 20;

type Issue = z.core.$ZodIssue;

/** For `safeParse`: says what to enter, in words for people. An unknown key gets the nearest known one, a line for each key. */
export const inWords: z.core.ParseContext<Issue> = { error: wordsOf };

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const formats: Readonly<Record<string, string>> = {
  guid: 'is not an ID',
  uuid: 'is not an ID',
  email: 'must be an email address',
  url: 'must be a complete address',
};

/** Undefined leaves the library's own message. */
function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = Object.keys((issue.inst as Partial<z.ZodObject> | undefined)?.shape ?? {});
      return issue.keys.map((key) => `is unknown${didYouMean(key, known)}`).join('\n');
    }
    case 'invalid_type':
      return issue.input === undefined
        ? 'is required'
        : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'is required';
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.minimum === 1 && issue.origin === 'string') return 'must not be empty';
      return `must ${sizeWords(issue.origin, `at least ${issue.minimum}`)}`;
    case 'too_big':
      return `must ${sizeWords(issue.origin, `at most ${issue.maximum}`)}`;
    case 'invalid_format':
      return formats[issue.format];
    default:
      return undefined;
  }
}

function sizeWords(origin: string, size: string): string {
  if (origin === 'string') return `have ${size} characters`;
  return origin === 'array' || origin === 'set' ? `have ${size} entries` : `be ${size}`;
}

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

/** Without `inWords`, the message is zod's own. */
const wordsFor = (message: string, at: number) =>
  message.startsWith('is unknown') ? (message.split('\n')[at] ?? message) : 'is unknown';

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
