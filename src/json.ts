// JSON from outside, without loss of digits: JSON.parse makes 9007199254740992 of 9007199254740993.

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;
const parse: (text: string, reviver: Reviver) => unknown = JSON.parse;

/** How numbers such as 1.0 and 1e21 were written, by the object that they are in. */
const sources = new WeakMap<object, Map<string, string>>();

/**
 * As `parseJson`, and fields of the company's own keep every digit. `read`: the same as JSON.parse reads it, which
 * stays when the text is nested too deeply for more, or is in another encoding.
 */
export function parseExact(text: string, read: unknown): unknown {
  try {
    return parse(text, exactNumbers);
  } catch {
    return read;
  }
}

const exactNumbers: Reviver = function (key, value, context) {
  const source = context?.source;
  if (typeof value === 'number' && source !== undefined) {
    if (isLongInteger(source, value)) return source;
    if (String(value) !== source) remember(this, key, source);
  }
  return ownFields.has(key) && typeof value === 'object' && value !== null ? asWritten(value) : value;
};

/** Their values may be identifiers, in which every digit counts. */
const ownFields: ReadonlySet<string> = new Set(['extra']);

const isLongInteger = (source: string, value: number) =>
  /^-?\d+$/.test(source) && !Number.isSafeInteger(value);

/** Whole numbers beyond 2^53 become text: as identifiers they must not collide. Throws a SyntaxError. */
export function parseJson(text: string, { keepsSources = false } = {}): unknown {
  // JSON.parse alone is several times faster.
  if (!keepsSources && !/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, function (key, value, context) {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined) return value;
    if (isLongInteger(source, value)) return source;
    if (keepsSources && String(value) !== source) remember(this, key, source);
    return value;
  });
}

/** Numbers that JavaScript would write otherwise become text: "1.0", "1e21". */
export function asWritten(fields: object): object {
  const written = sources.get(fields);
  if (written === undefined || Array.isArray(fields)) return fields;
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, written.get(key) ?? value]));
}

/** As axios reads a body, but without losing digits of long numbers. */
export function jsonOrText(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return body;
  try {
    return parseJson(body);
  } catch {
    return body;
  }
}

function remember(holder: unknown, key: string, source: string): void {
  if (typeof holder !== 'object' || holder === null) return;
  const written = sources.get(holder) ?? new Map<string, string>();
  written.set(key, source);
  sources.set(holder, written);
}
