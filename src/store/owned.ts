// Keeps workspaces apart: a condition for every query, and foreign keys that include the workspace.
import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { type AnyPgColumn, foreignKey, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';

type OwnedTable = PgTable & Record<'workspaceId', PgColumn>;
type Values<Row> = { [K in keyof Row]?: NonNullable<Row[K]> | SQLWrapper };

/** Requires the workspace; a value may be another table's column. */
export function owned<T extends OwnedTable>(
  table: T,
  values: { workspaceId: string | SQLWrapper } & Values<T['$inferSelect']>,
): SQL | undefined {
  const columns: PgTable & Record<string, unknown> = table as never;
  return and(...Object.entries(values).map(([name, value]) => eq(columns[name] as PgColumn, value)));
}

/** All values are one parameter: however many there are, it is the same prepared statement. */
export const isAmong = <Value>(column: PgColumn, values: readonly Value[]): SQL =>
  sql`${column} = any(${sql.param([...values])})`;

export const references = <From extends string, To extends string>(
  { workspaceId }: { workspaceId: AnyPgColumn<{ tableName: From }> },
  column: AnyPgColumn<{ tableName: From }>,
  to: Record<'workspaceId' | 'id', AnyPgColumn<{ tableName: To }>>,
) => foreignKey({ columns: [workspaceId, column], foreignColumns: [to.workspaceId, to.id] });
