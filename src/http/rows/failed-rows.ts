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
  yield csvLine([...columns, ...Object.keys(failureColumns)]);
  for await (const row of rows) {
    const cells = columns.map((name) => {
      const value = row.given[name] ?? null;
      return Array.isArray(value) ? value.join('; ') : value;
    });
    yield csvLine([...cells, ...Object.values(failureColumns).map((cellOf) => cellOf(row))]);
  }
}
