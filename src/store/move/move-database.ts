// Copies all data from one database to another, table by table, and checks the count and checksum of each.
import type pg from 'pg';
import { DatabaseProblem } from '../database-errors.ts';
import { checkOf, copyTable, emptyTables, type TableCheck } from './copy-table.ts';
import { type MovedTable, movedTables, tableNameOf } from './moved-tables.ts';
import { fixedText } from './text-settings.ts';

export type Progress = {
  table: string;
  rows: number /** Copied by an earlier attempt, and unchanged since. */;
  kept: boolean;
};
export type Moved = { tables: number; rows: number };

/** Exists in the target until the move is complete. The app does not start on such a database. */
export const moveRecord = 'referral_desk_move';

/**
 * Both databases have this version's tables, and no app runs on either. A table is one transaction in the target, so
 * that a killed move continues with the next one; what changed in the source meanwhile makes it start over.
 */
export async function moveDatabase(
  source: pg.Client,
  target: pg.Client,
  report: (progress: Progress) => void,
): Promise<Moved> {
  await fixedText(source);
  await fixedText(target);
  // One snapshot for all tables: commands can write while the move reads.
  await source.query('begin isolation level repeatable read read only');
  try {
    const tables = await movedTables(source);
    const kept = await keptTables(source, target, tables);
    let rows = 0;
    for (const table of tables) {
      const earlier = kept.get(tableNameOf(table));
      const { count } = earlier ?? (await copyChecked(source, target, table));
      rows += count;
      report({ table: tableNameOf(table), rows: count, kept: earlier !== undefined });
    }
    await copySequences(source, target);
    await target.query('analyze');
    await target.query(`drop table ${moveRecord}`);
    return { tables: tables.length, rows };
  } finally {
    await source.query('rollback').catch(() => {});
  }
}

/** Tables that an earlier attempt copied, and that have not changed in the source since. */
async function keptTables(
  source: pg.Client,
  target: pg.Client,
  tables: readonly MovedTable[],
): Promise<Map<string, TableCheck>> {
  await refuseUsed(target);
  const recorded = await readRecord(target);
  for (const table of tables) {
    const before = recorded.get(tableNameOf(table));
    if (before && !isSame(before, await checkOf(source, table))) {
      await emptyTables(target, tables, moveRecord);
      return new Map();
    }
  }
  return recorded;
}

async function refuseUsed(target: pg.Client): Promise<void> {
  const { rows } = await target.query<{ used: boolean }>(
    `select to_regclass('${moveRecord}') is null
       and (exists (select from installations) or exists (select from heartbeats)) as used`,
  );
  if (rows[0]?.used)
    throw new DatabaseProblem(
      'This database already has data of Referral Desk. Create an empty one and give its address: CREATE DATABASE referral_desk.',
    );
}

async function readRecord(target: pg.Client): Promise<Map<string, TableCheck>> {
  await target.query(
    `create table if not exists ${moveRecord} (name text primary key, count bigint not null, checksum text not null)`,
  );
  const { rows } = await target.query<{ name: string; count: string; checksum: string }>(
    `select name, count, checksum from ${moveRecord}`,
  );
  return new Map(rows.map(({ name, count, checksum }) => [name, { count: Number(count), checksum }]));
}

async function copyChecked(source: pg.Client, target: pg.Client, table: MovedTable): Promise<TableCheck> {
  const wanted = await checkOf(source, table);
  await target.query('begin');
  try {
    await copyTable(source, target, table);
    const copied = await checkOf(target, table);
    if (!isSame(wanted, copied))
      throw new DatabaseProblem(
        `${tableNameOf(table)} differs after copying: ${wanted.count} rows became ${copied.count}, or their contents changed. ` +
          'The copy of this table was undone. Run the command again.',
      );
    await target.query(`insert into ${moveRecord} values ($1, $2, $3)`, [
      tableNameOf(table),
      wanted.count,
      wanted.checksum,
    ]);
    await target.query('commit');
    return wanted;
  } catch (error) {
    await target.query('rollback').catch(() => {});
    throw error;
  }
}

const isSame = (one: TableCheck, other: TableCheck) =>
  one.count === other.count && one.checksum === other.checksum;

/** Skips sequences that were never used: they have no value. */
async function copySequences(source: pg.Client, target: pg.Client): Promise<void> {
  const { rows } = await source.query<{ name: string; last: string }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value as last
     from pg_sequences where schemaname = current_schema() and last_value is not null`,
  );
  for (const { name, last } of rows) await target.query('select setval($1::regclass, $2)', [name, last]);
}
