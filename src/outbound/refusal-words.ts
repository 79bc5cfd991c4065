// What another service says about its refusal, whatever the form of the body: one line for people.

/** A sentence or two. A body can be megabytes long. */
const maxLength = 500;
const maxDepth = 4;

/** Null when the body says nothing that a person could read. */
export function wordsIn(body: unknown): string | null {
  // Only the whole of a text is a page or a document that is cut off; within JSON it is a sentence.
  if (typeof body === 'string') return /^\s*[<{["]/.test(body) ? null : oneLine(body);
  return wordsOfPart(body, maxDepth);
}

/** Where services put their words, the best first. https://www.rfc-editor.org/rfc/rfc9457 has the last two. */
const places = ['errors', 'error', 'message', 'error_description', 'detail', 'title'] as const;

function wordsOfPart(part: unknown, depth: number): string | null {
  if (typeof part === 'string') return oneLine(part);
  if (typeof part !== 'object' || part === null || depth === 0) return null;
  if (Array.isArray(part)) return first(part, (item) => wordsOfError(item, depth - 1));
  return first(places, (place) => {
    const found: unknown = Reflect.get(part, place);
    const fields = place === 'errors' && isRecord(found) ? wordsOfFields(found, depth - 1) : null;
    return fields ?? wordsOfError(found, depth - 1);
  });
}

/** The code is better than nothing. */
function wordsOfError(error: unknown, depth: number): string | null {
  const words = wordsOfPart(error, depth);
  if (words !== null || !isRecord(error)) return words;
  return typeof error.code === 'string' ? oneLine(error.code) : null;
}

/** `{"email": ["is bad"]}` */
function wordsOfFields(fields: Record<string, unknown>, depth: number): string | null {
  if (places.some((place) => Object.hasOwn(fields, place)) || Object.hasOwn(fields, 'code')) return null;
  const told = Object.entries(fields).flatMap(([field, problem]) => {
    const words = wordsOfError(problem, depth);
    return words === null ? [] : [`${field}: ${words}`];
  });
  return told.length === 0 ? null : oneLine(told.join('; '));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function first<T>(items: readonly T[], read: (item: T) => string | null): string | null {
  for (const item of items) {
    const words = read(item);
    if (words !== null) return words;
  }
  return null;
}

/** What a server that repeats the request would tell of its headers: the token of the account. */
const credentials = /\b(bearer|basic)\s+[^\s"',;]+/gi;

/**
 * Without HTML's tags, what a database cannot store, and credentials: the words are logged and shown. An address in
 * angle brackets stays.
 */
function oneLine(text: string): string | null {
  const line = text
    .slice(0, 20 * maxLength)
    .replaceAll('\0', '')
    .replace(credentials, '$1 [hidden]')
    .replace(/<(!--[^>]*--|[!/]?[a-z][a-z0-9]*(\s[^<>]*)?\/?)>/gi, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line === '' ? null : line.slice(0, maxLength).toWellFormed();
}
