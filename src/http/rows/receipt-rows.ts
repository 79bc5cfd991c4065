// Reads a CSV file of issued rewards with their receipts, line by line.
import {
  type ReceiptColumn,
  type ReceiptLine,
  receiptColumn,
  receiptLine,
} from '../../domain/rewards/receipt.ts';
import { Failure } from '../../failure.ts';
import { asMeant, isBlank, recordsOf } from './csv-rows.ts';
import { damageIn, fileTextOf, storableText } from './file-text.ts';

/** Rejects with `invalid` when the columns are missing, and with `unreadable` when the file is not CSV. */
export async function readReceipts(bytes: AsyncIterable<Uint8Array>, most: number): Promise<ReceiptLine[]> {
  const records = recordsOf(fileTextOf(bytes, undefined));
  const header = await records.next();
  const columns = header.done ? [] : header.value.cells.map((cell) => receiptColumn(asMeant(cell)));
  for (const [column, name] of required) {
    const number = columns.filter((known) => known === column).length;
    if (number === 1) continue;
    const why = number === 0 ? `The file has no column ${name}.` : `The file has several columns ${name}.`;
    throw new Failure('invalid', `${why} Download rewards as CSV for a file of the right form.`);
  }
  const lines: ReceiptLine[] = [];
  for await (const { cells, line } of records) {
    if (cells.every(isBlank)) continue;
    if (lines.length === most) throw new Failure('invalid', `A file can have ${most} lines. Split it.`);
    lines.push(lineOf(columns, cells, line));
  }
  if (lines.length === 0) throw new Failure('invalid', 'The file has no rows below its column names.');
  return lines;
}

const required = [
  ['rewardId', 'reward_id'],
  ['reference', 'reference'],
] as const;

function lineOf(columns: readonly (ReceiptColumn | null)[], cells: string[], line: number): ReceiptLine {
  const named = columns.flatMap((column, at) =>
    column === null ? [] : [[column, storableText(asMeant(cells[at] ?? ''))] as const],
  );
  return receiptLine(line, Object.fromEntries(named), damageIn(named.map(([, cell]) => cell).join('')));
}
