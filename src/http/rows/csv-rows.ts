// Streams the rows of a CSV file: detects separators and line ends, and maps columns by the names in the first row.
import { type CsvError, parse } from 'csv-parse';
import { tidy } from '../../domain/identity.ts';
import {
  columnName,
  failureColumns,
  headerText,
  type UnknownColumns,
  unknownColumn,
} from '../../domain/imports/contact-import.ts';
import { Failure } from '../../failure.ts';
import type { ArrivingRow } from '../../usecases/imports/receive-import.ts';
import { startingWith } from '../csv.ts';
import { damageIn, storableText } from './file-text.ts';

/** In characters: an unclosed quote must not fill the memory. */
const largestRow = 256 * 1024;
const maxColumns = 300;
const separators = [',', ';', '\t', '|'];

type Cells = { cells: string[]; line: number };
/** Null for an ignored column. */
type Columns = readonly (string | null)[];

/** Rejects with `invalid` when columns are unknown, naming each; the iteration rejects with `unreadable`. */
export async function readCsv(
  text: AsyncIterable<string>,
  unknown: UnknownColumns,
): Promise<{ columns: string[]; rows: AsyncIterable<ArrivingRow> }> {
  const { header, rows } = await readTable(text);
  const columns = columnsIn(header.cells, unknown);
  return { columns: columns.filter((name) => name !== null), rows: rowsUnder(columns, rows) };
}

/** `problem` follows "The row"; such a row has all that could be read of it. */
export type TableRow = { line: number; cells: string[]; problem: string | null };

/** Whatever its columns are called. Rejects with `invalid` when the file is empty. */
export async function readTable(
  text: AsyncIterable<string>,
): Promise<{ header: Cells; rows: AsyncIterable<TableRow> }> {
  const records = recordsOf(text);
  let header = await records.next();
  while (!header.done && header.value.cells.every(isBlank)) header = await records.next();
  if (header.done) throw new Failure('invalid', 'The file is empty. The first row must name the columns.');
  const cells = withoutEnd(header.value.cells);
  if (cells.length > maxColumns)
    throw new Failure('invalid', `The file has more than ${maxColumns} columns.`);
  return { header: { cells, line: header.value.line }, rows: tableRows(cells.length, records) };
}

async function* tableRows(width: number, records: AsyncIterable<Cells>): AsyncGenerator<TableRow> {
  for await (const { cells, line } of records) {
    // A line of only separators counts as empty.
    if (cells.every(isBlank)) continue;
    const problem = misfit(width, cells) ?? damageIn(cells.join(''));
    // Surplus cells join the last cell, so that a refused row loses nothing.
    const rest = cells.slice(width).filter((cell) => !isBlank(cell));
    const kept = Array.from({ length: width }, (_, at) =>
      at === width - 1 ? [cells[at] ?? '', ...rest].join(' ') : (cells[at] ?? ''),
    );
    yield { line, cells: kept.map((cell) => storableText(asMeant(cell))), problem };
  }
}

async function* rowsUnder(columns: Columns, rows: AsyncIterable<TableRow>): AsyncGenerator<ArrivingRow> {
  for await (const { line, cells, problem } of rows) {
    const kept = columns.map((name, at) => [name, cells[at] ?? ''] as const);
    const given = Object.fromEntries(kept.filter(([name, cell]) => name !== null && !isBlank(cell)));
    yield { line, given, ...(problem !== null && { problems: { row: problem } }) };
  }
}

/** Missing cells at the end are empty; surplus cells must not be lost. */
function misfit(width: number, cells: readonly string[]): string | null {
  if (cells.slice(width).every(isBlank)) return null;
  return `has ${withoutEnd(cells).length} cells where the first row has ${width}`;
}

export const isBlank = (cell: string) => tidy(cell) === '';

/** Without the empty cells of trailing separators. */
function withoutEnd(cells: readonly string[]): string[] {
  return cells.slice(0, cells.findLastIndex((cell) => !isBlank(cell)) + 1);
}

/** Undoes the apostrophe and the ="00817" with which people, spreadsheets and this app's files protect text. */
export function asMeant(cell: string): string {
  if (/^'([=+\-@\t\r\n＝＋－＠]|[\d ]+$)/.test(cell)) return cell.slice(1);
  return /^\s*="(.*)"\s*$/s.exec(cell)?.[1]?.replaceAll('""', '"') ?? cell;
}

function columnsIn(cells: readonly string[], unknown: UnknownColumns): Columns {
  const isDeclared = (cell: string) => Object.hasOwn(failureColumns, headerText(cell).toLowerCase());
  const names = cells.map((cell) => (isDeclared(cell) ? null : columnName(cell, unknown)));
  const refused = cells.flatMap((cell, at): [string, string][] => {
    if (isDeclared(cell)) return [];
    const name = names[at] ?? null;
    const shown = headerText(cell).slice(0, 100) || `column ${at + 1}`;
    if (name === null && unknown === 'ignore') return [];
    if (name === null) return [[shown, unknownColumn(cell)]];
    const earlier = cells[names.indexOf(name)] ?? '';
    const same = headerText(earlier) === headerText(cell) ? '' : `: ${headerText(earlier)} means the same`;
    return names.indexOf(name) < at ? [[shown, `appears twice${same}`]] : [];
  });
  if (refused.length > 0) {
    const [[column, why] = ['', '']] = refused;
    const others = refused.length > 1 ? `, and ${refused.length - 1} more cannot be used` : '';
    throw new Failure('invalid', `The first row must name the columns: ${column} ${why}${others}.`, {
      fields: Object.fromEntries(refused.slice(0, 20)),
    });
  }
  return names;
}

/** Reads no faster than the consumer: at most one piece of the file is in memory. */
export async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<Cells> {
  const { separator, whole, before } = await separatorOf(text);
  let records: Cells[] = [];
  let lastLine = 0;
  let failure: CsvError | null = null;
  const parser = parse({
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    bom: true,
    skip_empty_lines: true,
    max_record_size: largestRow,
    on_record(cells: string[], { lines }) {
      const line = before + lines - cells.reduce((sum, cell) => sum + lineEndsIn(cell), 0);
      records.push({ cells, line });
      lastLine = before + lines;
      // Not passed to the parser, which would drop what it holds when it sees an error.
      return null;
    },
  });
  parser.on('error', (error: CsvError) => {
    failure ??= error;
  });
  const taken = () => {
    const all = records;
    records = [];
    return all;
  };
  for await (const piece of whole) {
    await new Promise<void>((resolve) => void parser.write(piece, () => resolve()));
    yield* taken();
    if (failure) throw unreadable(failure, lastLine);
  }
  await new Promise<void>((resolve) => void parser.end(() => resolve()));
  yield* taken();
  if (failure) throw unreadable(failure, lastLine);
}

function lineEndsIn(cell: string): number {
  return cell.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function unreadable(error: CsvError, lastLine: number): Failure {
  const where = `after line ${lastLine}`;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
    return new Failure('unreadable', `The file cannot be read on ${where}: a quotation mark is not closed.`);
  }
  return new Failure('unreadable', `The file cannot be read on ${where}: ${error.message}`);
}

/** A first line `sep=;` decides; else the most frequent separator of the first line outside of quotes. */
async function separatorOf(
  text: AsyncIterable<string>,
): Promise<{ separator: string; whole: AsyncIterable<string>; before: number }> {
  const source = text[Symbol.asyncIterator]();
  let beginning = '';
  let ended = false;
  while (!ended && !/[\r\n]/.test(beginning.trimStart()) && beginning.length < largestRow) {
    const next = await source.next();
    if (next.done) ended = true;
    else beginning += next.value;
  }
  const named = /^\s*"?sep=([,;\t|])"?[^\S\r\n]*(\r\n|\r|\n)?/i.exec(beginning);
  if (named?.[1] !== undefined) {
    const whole = startingWith(beginning.slice(named[0].length), source);
    return { separator: named[1], whole, before: lineEndsIn(named[0]) };
  }
  const [line = ''] = beginning.trimStart().split(/[\r\n]/);
  const bare = line.replace(/"[^"]*"/g, '');
  const count = (separator: string) => bare.split(separator).length;
  const separator = separators.toSorted((left, right) => count(right) - count(left))[0] ?? ',';
  return { separator, whole: startingWith(beginning, source), before: 0 };
}
