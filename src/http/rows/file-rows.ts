// Streams the rows of an uploaded file: CSV or newline-delimited JSON, detected by its type or first bytes.
import type { UnknownColumns } from '../../domain/imports/contact-import.ts';
import { Failure } from '../../failure.ts';
import type { ArrivingRow } from '../../usecases/imports/receive-import.ts';
import { startingWith } from '../csv.ts';
import { readCsv, readTable } from './csv-rows.ts';
import { fileTextOf } from './file-text.ts';
import { readJsonLines } from './json-rows.ts';

const csvTypes = ['text/csv', 'application/csv', 'text/tab-separated-values'];
export const jsonTypes = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json',
];

type FileRows = {
  /** The columns of a CSV file; null for JSON. */
  columns: string[] | null;
  rows: AsyncIterable<ArrivingRow>;
};

/** Rejects with `invalid` when the file is in neither format, or names unknown columns. */
export async function readFileRows(
  bytes: AsyncIterable<Uint8Array>,
  given: { contentType: string | undefined; unknown: UnknownColumns },
): Promise<FileRows> {
  const [type = '', ...parameters] = (given.contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length);
  const text = fileTextOf(bytes, charset?.replaceAll('"', ''));
  const first = await text.next();
  const beginning = first.done ? '' : first.value;
  const whole = startingWith(beginning, text);
  if (csvTypes.includes(type)) return readCsv(whole, given.unknown);
  const sign = beginning.trimStart()[0];
  if (sign === '[') {
    throw new Failure(
      'invalid',
      'The file is one JSON list. Send one object per line, without the outer brackets.',
    );
  }
  if (jsonTypes.includes(type) || sign === '{') {
    return { columns: null, rows: readJsonLines(whole, given.unknown) };
  }
  return readCsv(whole, given.unknown);
}

/** A CSV file whatever its columns are called. Rejects with `invalid` for anything else. */
export async function readFileTable(bytes: AsyncIterable<Uint8Array>) {
  const text = fileTextOf(bytes, undefined);
  const first = await text.next();
  const beginning = first.done ? '' : first.value;
  if (/^[[{]/.test(beginning.trimStart())) throw new Failure('invalid', 'The file is JSON. Save it as CSV.');
  return readTable(startingWith(beginning, text));
}
