// Copies a table from one server to another as a stream, and tells whether both have the same rows.
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type MovedTable, tableNameOf } from './moved-tables.ts';

export type TableCheck = { count: number; checksum: string };

/** A sum over the rows, so that their order does not matter. SHA-256 is the same on every version and machine. */
export async function checkOf(client: pg.Client, table: MovedTable): Promise<TableCheck> {
  const row = `convert_to(row(${table.columns.join(', ')})::text, 'UTF8')`;
  const { rows } = await client.query<{ count: string; checksum: string }>(
    `select count(*) as count,
       coalesce(sum(('x' || left(encode(sha256(${row}), 'hex'), 15))::bit(60)::bigint), 0)::text as checksum
     from ${tableNameOf(table)} where ${table.where}`,
  );
  return { count: Number(rows[0]?.count), checksum: rows[0]?.checksum ?? '' };
}

/** Runs in the caller's transaction, and replaces rows that migrations added to a new table. */
export async function copyTable(source: pg.Client, target: pg.Client, table: MovedTable): Promise<void> {
  const name = tableNameOf(table);
  const columns = table.columns.join(', ');
  // The rows that triggers would add are copied, too.
  await target.query(`alter table ${name} disable trigger user`);
  await target.query(`delete from ${name}`);
  await pipeline(
    source.query(copyTo(`copy (select ${columns} from ${name} where ${table.where}) to stdout`)),
    target.query(copyFrom(`copy ${name} (${columns}) from stdin`)),
  );
  await target.query(`alter table ${name} enable trigger user`);
}

/** All in one transaction, because they refer to each other, with the record of what was copied. */
export async function emptyTables(
  target: pg.Client,
  tables: readonly MovedTable[],
  record: string,
): Promise<void> {
  await target.query(`truncate ${[...tables.map(tableNameOf), record].join(', ')}`);
}
