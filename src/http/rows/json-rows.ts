// Streams the rows of newline-delimited JSON, one object per line, with the field names of the API's contacts.
import { z } from 'zod';
import { tidy } from '../../domain/identity.ts';
import {
  columnName,
  type GivenRow,
  type UnknownColumns,
  unknownColumn,
} from '../../domain/imports/contact-import.ts';
import { asWritten, parseJson } from '../../json.ts';
import type { ArrivingRow } from '../../usecases/imports/receive-import.ts';
import { damageIn, storableText } from './file-text.ts';

/** In characters. */
const maxLineLength = 256 * 1024;
/** How much of an unreadable line is kept to identify it. */
const keptOfUnreadable = 1_000;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
// Not z.record: it drops a field named `__proto__`, which would then not be refused.
const fields = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export async function* readJsonLines(
  text: AsyncIterable<string>,
  unknown: UnknownColumns,
): AsyncGenerator<ArrivingRow> {
  let line = 0;
  for await (const raw of linesOf(text)) {
    line += 1;
    // Files that were joined bring their byte order marks along.
    const written = raw.replace(/^\uFEFF/, '');
    if (written.trim() !== '') yield rowOf(written, line, unknown);
  }
}

/** Keeps only the beginning of a line that is too long. */
async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    // A carriage return at the very end may be half of a line end.
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > maxLineLength) rest = rest.slice(0, maxLineLength + 1);
  }
  if (rest !== '') yield rest.replace(/\r$/, '');
}

function rowOf(written: string, line: number, unknown: UnknownColumns): ArrivingRow {
  const unreadable = (problem: string): ArrivingRow => ({
    line,
    given: { unreadable: storableText(written.slice(0, keptOfUnreadable)) },
    problems: { row: problem },
  });
  if (written.length > maxLineLength) return unreadable('is too long');
  let parsed: unknown;
  try {
    parsed = parseJson(written, { keepsSources: true });
  } catch {
    return unreadable('is not JSON: each line must be one object');
  }
  const row = fields.safeParse(parsed);
  if (!row.success) return unreadable('is not an object: each line must be one');
  const problems: [string, string][] = [];
  const given: [string, GivenRow[string]][] = [];
  const names = new Map<string, string>();
  for (const [name, value] of flat(row.data)) {
    const known = columnName(name, unknown);
    if (known === null ? unknown === 'ignore' : isEmpty(value)) continue;
    const earlier = known === null ? undefined : names.get(known);
    if (known !== null) names.set(known, name);
    const read = known === null ? { problem: unknownColumn(name) } : readValue(known, value, earlier);
    if (!('problem' in read)) {
      given.push([known ?? name, read.value]);
      continue;
    }
    problems.push([storableText(name).slice(0, 100), read.problem]);
    if (scalar.safeParse(value).success) given.push([storableText(name), storableText(String(value))]);
  }
  return {
    line,
    given: Object.fromEntries(given),
    ...(problems.length > 0 && { problems: Object.fromEntries(problems) }),
  };
}

/** Flattens `custom_attributes` and `company` as the API nests them. */
function flat(row: object): [string, unknown][] {
  return Object.entries(asWritten(row)).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    const inside = fields.safeParse(value);
    const nests = name === 'custom_attributes' || name === 'company';
    if (!nests || !inside.success) return [[name, value]];
    return Object.entries(asWritten(inside.data)).map(([key, inner]: [string, unknown]) => [
      `${name}.${key}`,
      inner,
    ]);
  });
}

/** An empty field leaves the contact's alone, as an empty cell does. */
const isEmpty = (value: unknown) => value === null || (typeof value === 'string' && tidy(value) === '');

/** `earlier` is another name of the same column in this row. */
function readValue(
  name: string,
  value: unknown,
  earlier: string | undefined,
): { value: GivenRow[string] } | { problem: string } {
  if (earlier !== undefined) return { problem: `appears twice: ${earlier} means the same` };
  const list = z.array(z.string()).safeParse(value);
  if (name === 'tags' && list.success) return stored(list.data.join('\n'), list.data);
  const result = scalar.safeParse(value);
  if (!result.success) return { problem: 'must be a text, a number, true or false' };
  return stored(String(result.data), result.data);
}

function stored<V>(text: string, value: V): { value: V } | { problem: string } {
  const problem = damageIn(text);
  return problem === null ? { value } : { problem };
}
