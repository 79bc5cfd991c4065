// The failed rows of an import as CSV: their original columns, their line, and why they failed.
import type { Context } from '../../context.ts';
import { failureColumns, type ImportRow } from '../../domain/imports/contact-import.ts';
import { readFailedRows } from '../../usecases/imports/contact-imports.ts';
import { type CsvFile, csvLine } from '../csv.ts';

export async function failedRowsFile(ctx: Context, workspaceId: string, id: string): Promise<CsvFile> {
  const { columns, rows } = await readFailedRows(ctx, workspaceId, id);
  return { name: 'failed.csv', lines: failedLines(columns, rows) };
}

export async function* failedLines(
  columns: readonly string[],
  rows: AsyncIterable<ImportRow>,
): AsyncGenerator<string> {
  yield csvLine([...columns, ...failureColumns]);
  for await (const { given, line, error, problems } of rows) {
    const cells = columns.map((name) => {
      const value = given[name] ?? null;
      return Array.isArray(value) ? value.join('; ') : value;
    });
    const why = Object.entries(problems ?? {}).map(([field, problem]) => `${field}: ${problem}`);
    yield csvLine([...cells, line, why.length > 0 ? why.join('; ') : error]);
  }
}
