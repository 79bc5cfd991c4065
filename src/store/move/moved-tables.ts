// Which tables a move copies, in an order in which rows come after the rows they refer to.
import type pg from 'pg';

export type MovedTable = {
  schema: string;
  table: string;
  /** Without those that the server computes. */
  columns: string[];
  /** Only rows that match it are copied. */
  where: string;
};

/** Also valid in SQL, because no table has a name that needs quotes. */
export const tableNameOf = ({ schema, table }: MovedTable): string => `${schema}.${table}`;

type Row = { schema: string; table: string; refers_to: string[]; columns: string[] };

const jobs = 'pgboss.job';
/** Finished jobs are kept for an hour at most, and their outcome is in the tables of the work. */
const unfinished = "state < 'completed'";

/** The other tables of the queue, and those of the migrations, are created when the app prepares a database. */
export async function movedTables(client: pg.Client): Promise<MovedTable[]> {
  const { rows } = await client.query<Row>(
    `select n.nspname as schema, t.relname as table,
       array(select distinct p.oid::regclass::text from pg_constraint c join pg_class p on p.oid = c.confrelid
         where c.contype = 'f' and c.conrelid = t.oid and c.confrelid <> t.oid) as refers_to,
       array(select quote_ident(a.attname) from pg_attribute a
         where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         order by a.attname) as columns
     from pg_class t join pg_namespace n on n.oid = t.relnamespace
     where t.relkind in ('r', 'p') and not t.relispartition
       and (n.nspname = current_schema() or n.nspname || '.' || t.relname = $1)
     order by n.nspname desc, t.relname`,
    [jobs],
  );
  return inOrder(rows).map(({ schema, table, columns }) => {
    const where = `${schema}.${table}` === jobs ? unfinished : 'true';
    return { schema, table, columns, where };
  });
}

/** `refers_to` has no schema where it is the current one. */
function inOrder(rows: readonly Row[]): Row[] {
  const ordered: Row[] = [];
  let left = [...rows];
  while (left.length > 0) {
    const names = new Set(left.map(({ table }) => table));
    const free = left.filter(({ refers_to }) => !refers_to.some((name) => names.has(name)));
    if (free.length === 0) throw new Error('tables refer to each other in a circle');
    ordered.push(...free);
    left = left.filter((row) => !free.includes(row));
  }
  return ordered;
}
