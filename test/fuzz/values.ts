// Values that are nearly right: made from a JSON Schema or from a real request, and then damaged in a place or two.
import type { Schema } from '../../src/http/openapi.ts';
import type { Random } from './random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const hostileTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u202Egnp.exe',
  '\r\nX-Injected: yes',
  '__proto__',
  'constructor',
  'toString',
  "' or 1=1 --",
  '"; drop table people; --',
  `<script>alert(1)</script>`,
  '{{contact.email}}',
  `\${7*7}`,
  '%00',
  '%s%n',
  '../../etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:127.0.0.1]:1/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  `${'a'.repeat(60)}!`,
  'x'.repeat(10_000),
  '👩‍👩‍👧‍👦'.repeat(40),
  'é'.normalize('NFD'),
  '1e309',
  '-0',
  'NaN',
  '9007199254740993',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  'a@b',
  `${'a'.repeat(300)}@example.com`,
  'friend@example.com, other@example.com',
  '00000000-0000-0000-0000-000000000000',
];
const hostileNumbers = [0, -1, 1.5, 2 ** 31, -(2 ** 31), 2 ** 53, 1e21, 1e308, -1e308, 5e-324];
const hostileKeys = ['__proto__', 'constructor', 'toString', 'then', '', 'length', '0', 'a\0b', '$ref'];

/** What ids, emails and codes the app knows, so that many requests get past "not found". */
export type Known = { texts: readonly string[] };

export function anyText(random: Random, known: Known): string {
  if (random.chance(0.3) && known.texts.length > 0) return random.pick(known.texts);
  if (random.chance(0.5)) return random.pick(hostileTexts);
  const length = random.below(random.chance(0.9) ? 30 : 3_000);
  return Array.from({ length }, () =>
    String.fromCharCode(random.chance(0.7) ? 32 + random.below(95) : random.below(0x10000)),
  ).join('');
}

export function anyJson(random: Random, known: Known, depth = 3): Json {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return random.chance(0.5) ? random.pick(hostileNumbers) : random.below(1_000);
  if (kind <= 4) return anyText(random, known);
  const size = random.below(4);
  if (kind === 5) return Array.from({ length: size }, () => anyJson(random, known, depth - 1));
  return withOwn(
    Array.from({ length: size }, () => [
      random.chance(0.3) ? random.pick(hostileKeys) : anyText(random, known),
      anyJson(random, known, depth - 1),
    ]),
  );
}

/** Also keeps a key that an assignment would take for the prototype. */
function withOwn(entries: [string, Json][]): { [key: string]: Json } {
  return Object.fromEntries(entries);
}

type Schemas = Record<string, Schema>;

/** A value that the schema mostly accepts. `schemas` are what `$ref` names. */
export function fromSchema(
  random: Random,
  schema: Schema,
  { known, schemas, depth = 6 }: { known: Known; schemas: Schemas; depth?: number },
): Json {
  const within = { known, schemas, depth: depth - 1 };
  if (depth <= 0) return anyJson(random, known, 0);
  if (schema.$ref !== undefined) {
    const named = schemas[schema.$ref.split('/').at(-1) ?? ''];
    return named ? fromSchema(random, named, within) : anyJson(random, known);
  }
  if (schema.const !== undefined) return schema.const as Json;
  if (schema.enum) return random.pick(schema.enum) as Json;
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return fromSchema(random, random.pick(options), within);
  if (schema.type === 'object' || schema.properties) return objectFrom(random, schema, within);
  if (schema.type === 'array') {
    const { items } = schema;
    return Array.from({ length: random.below(4) }, () =>
      items ? fromSchema(random, items, within) : anyJson(random, known),
    );
  }
  return scalarFrom(random, schema, known);
}

function objectFrom(
  random: Random,
  { properties = {}, required = [] }: Schema,
  within: { known: Known; schemas: Schemas; depth: number },
): Json {
  const kept = Object.entries(properties).filter(([name]) => required.includes(name) || random.chance(0.5));
  return withOwn(kept.map(([name, schema]) => [name, fromSchema(random, schema, within)]));
}

function scalarFrom(random: Random, schema: Schema, known: Known): Json {
  if (schema.type === 'boolean') return random.chance(0.5);
  if (schema.type === 'null') return null;
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = 0, maximum = 1_000 } = schema;
    return Math.floor(minimum + random.next() * (Math.min(maximum, 1e6) - minimum));
  }
  if (schema.type !== 'string') return anyJson(random, known);
  if (schema.format === 'email') return `someone.${random.below(1e6)}@example.com`;
  if (schema.format === 'uri') return `https://example.com/${random.below(1e6)}`;
  if (schema.format === 'date-time') return new Date(random.below(2e9) * 1_000).toISOString();
  if (random.chance(0.6) && known.texts.length > 0) return random.pick(known.texts);
  return random.chance(0.5) ? `Name ${random.below(1e6)}` : anyText(random, known);
}

/** The same with so many places damaged: replaced, dropped, repeated, of another type, with a key more. */
export function damaged(random: Random, value: Json, known: Known, times = 1): Json {
  let current = value;
  for (let time = 0; time < times; time += 1) current = damagedOnce(random, current, known);
  return current;
}

function damagedOnce(random: Random, value: Json, known: Known): Json {
  const isInside = typeof value === 'object' && value !== null && random.chance(0.85);
  if (!isInside) return replaced(random, value, known);
  if (Array.isArray(value)) {
    if (value.length === 0) return [anyJson(random, known)];
    const at = random.below(value.length);
    if (random.chance(0.1)) return [...value, ...Array.from({ length: 50 }, () => value[at] ?? null)];
    if (random.chance(0.1)) return value.toSpliced(at, 1);
    return value.with(at, damagedOnce(random, value[at] ?? null, known));
  }
  const entries = Object.entries(value);
  const key = random.chance(0.4) ? random.pick(hostileKeys) : anyText(random, known);
  if (entries.length === 0 || random.chance(0.1)) return withOwn([...entries, [key, anyJson(random, known)]]);
  const at = random.below(entries.length);
  if (random.chance(0.15)) return withOwn(entries.toSpliced(at, 1));
  return withOwn(
    entries.map(([name, inside], index) => [
      name,
      index === at ? damagedOnce(random, inside, known) : inside,
    ]),
  );
}

function replaced(random: Random, value: Json, known: Known): Json {
  if (typeof value === 'string' && random.chance(0.3)) {
    const at = random.below(value.length + 1);
    return value.slice(0, at) + anyText(random, known) + value.slice(at + random.below(3));
  }
  if (typeof value === 'number' && random.chance(0.5)) return random.pick(hostileNumbers);
  if (typeof value === 'string' && random.chance(0.5)) return anyText(random, known);
  return anyJson(random, known);
}

/** As it travels; now and then no longer JSON, or of a type of its own. */
export function encoded(random: Random, value: Json): string {
  const text = JSON.stringify(value);
  if (!random.chance(0.04)) return text;
  const at = random.below(text.length + 1);
  return random.chance(0.5)
    ? text.slice(0, at)
    : `${text.slice(0, at)}${random.pick(hostileTexts)}${text.slice(at)}`;
}
