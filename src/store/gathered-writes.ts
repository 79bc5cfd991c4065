// Writes that the steps of one transaction gather, done at its end: one statement for all rows of a kind.
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Tx } from './database.ts';

type Gathered = { rows: unknown[]; last: boolean; write(): Promise<void> };

const gatherings = new WeakMap<object, Map<unknown, Gathered>>();

/**
 * Nothing that `work` gathers is visible to its own later statements. Commits with the transaction, or not at
 * all.
 */
export async function gatherWrites<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  const gathering = new Map<unknown, Gathered>();
  gatherings.set(tx, gathering);
  try {
    const result = await work();
    // From here on, what a write needs written is written at once.
    gatherings.delete(tx);
    await writeAll(gathering, false);
    await writeAll(gathering, true);
    return result;
  } finally {
    gatherings.delete(tx);
  }
}

/** Call it before a statement that has to see what was gathered. Writes with `last` stay gathered. */
export async function writeGathered(tx: Tx): Promise<void> {
  const gathering = gatherings.get(tx);
  if (gathering) await writeAll(gathering, false);
}

async function writeAll(gathering: Map<unknown, Gathered>, last: boolean): Promise<void> {
  for (const [kind, gathered] of [...gathering]) {
    if (gathered.last !== last) continue;
    gathering.delete(kind);
    await gathered.write();
  }
}

/** Writes immediately in a transaction that gathers nothing. `last`: after all other writes, because it reads what they wrote. */
export function gathered<Row, Handle extends object>(
  write: (handle: Handle, rows: readonly Row[]) => Promise<void>,
  { last = false } = {},
): (handle: Handle, rows: readonly Row[]) => Promise<void> {
  return async (handle, rows) => {
    if (rows.length === 0) return;
    const gathering = gatherings.get(handle);
    if (!gathering) return write(handle, rows);
    const known = gathering.get(write);
    if (known) return void known.rows.push(...rows);
    const all = [...rows];
    gathering.set(write, { rows: all, last, write: () => write(handle, all) });
  };
}

/**
 * For `insert into`: any number of rows in one parameter. A column that only some rows name is null in the others, not its
 * default.
 */
export function manyRows<Table extends PgTable>(table: Table, rows: readonly Table['$inferInsert'][]): SQL {
  const columns = getTableColumns(table);
  const given = new Set(rows.flatMap((row) => Object.keys(row)));
  const keys = Object.keys(columns).filter((key) => given.has(key));
  const names = sql.join(
    keys.map((key) => sql.identifier(columns[key]?.name ?? key)),
    sql`, `,
  );
  const named = rows.map((row) =>
    Object.fromEntries(keys.map((key) => [columns[key]?.name ?? key, row[key as keyof typeof row]])),
  );
  return sql`${table} (${names}) select ${names}
    from jsonb_populate_recordset(null::${table}, ${JSON.stringify(named)}::jsonb)`;
}
