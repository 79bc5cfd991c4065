// CSV that spreadsheets open but do not execute, and CSV files that are streamed.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** RFC 4180. An apostrophe defuses formulas: https://owasp.org/www-community/attacks/CSV_Injection */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

// The full-width characters start formulas in Japanese and Chinese spreadsheets.
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;
const quoteNeeded = /[",\r\n]|^\s|\s$/;

function cell(value: unknown): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string')
    return typeof value === 'object' ? quoted(JSON.stringify(value)) : String(value);
  return quoted(value);
}

function quoted(text: string): string {
  const harmless = formulaStart.test(text) ? `'${text}` : text;
  return quoteNeeded.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A header of the columns' names, then a line for each row. */
export async function* csvOf<Row>(
  columns: Record<string, (row: Row) => unknown>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  const cells = Object.values(columns);
  yield csvLine(Object.keys(columns));
  for await (const row of rows) yield csvLine(cells.map((cellOf) => cellOf(row)));
}

export type CsvFile = { name: string; lines: AsyncIterable<string> };

/** A late error cuts the connection, so that a partial file does not pass for the whole. */
export async function sendCsv(response: Response, file: CsvFile): Promise<void> {
  const lines = file.lines[Symbol.asyncIterator]();
  const first = await lines.next();
  response.status(200).type('text/csv').attachment(file.name);
  if (first.done) {
    response.end();
    return;
  }
  await pipeline(Readable.from(startingWith(first.value, lines)), response);
}

/** Puts back what was read ahead. */
export async function* startingWith(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}
