// The condition that every query carries: only rows of one workspace.
import { and, eq, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

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
