// What keeps the rows of a workspace apart: the condition of each query, and foreign keys that do not lead out of it.
import { and, eq, type SQL, type SQLWrapper } from 'drizzle-orm';
import { type AnyPgColumn, foreignKey, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';

type OwnedTable = PgTable & Record<'workspaceId', PgColumn>;
type Values<Row> = { [K in keyof Row]?: NonNullable<Row[K]> | SQLWrapper };

/** The rows with these values, of which the workspace is always one; a value may be another table's column. */
export function owned<T extends OwnedTable>(
  table: T,
  values: { workspaceId: string | SQLWrapper } & Values<T['$inferSelect']>,
): SQL | undefined {
  const columns: PgTable & Record<string, unknown> = table as never;
  return and(...Object.entries(values).map(([name, value]) => eq(columns[name] as PgColumn, value)));
}

/** A foreign key to a row of the same workspace. */
export const references = <From extends string, To extends string>(
  { workspaceId }: { workspaceId: AnyPgColumn<{ tableName: From }> },
  column: AnyPgColumn<{ tableName: From }>,
  to: Record<'workspaceId' | 'id', AnyPgColumn<{ tableName: To }>>,
) => foreignKey({ columns: [workspaceId, column], foreignColumns: [to.workspaceId, to.id] });
