// A page of a list in an order that its reader chose, after a place in it.
import { and, asc, desc, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Place, SortedPage, SortedRequest } from '../domain/people/sorted-list.ts';

/** A query without condition or order. */
type ListQuery<Row> = {
  where(condition: SQL | undefined): {
    orderBy(...columns: SQL[]): { limit(count: number): PromiseLike<Row[]> };
  };
};

/** What a list is ordered by; the id makes the order definite. */
export type SortKey<Row> = {
  by: SQLWrapper;
  id: PgColumn;
  valueOf(row: Row): string;
  read(value: string): SQL;
};

export const byMoment = <Name extends string>(
  table: Record<Name | 'id', PgColumn>,
  name: Name,
): SortKey<Record<Name, Date> & { id: string }> => ({
  by: table[name],
  id: table.id,
  valueOf: (row) => String(row[name].getTime()),
  read: (value) => sql`${sql.param(new Date(Number(value)), table[name])}`,
});

/** Compares the pair, so that an index on both applies. */
export function beyond<Row>({ by, id, read }: SortKey<Row>, { after, descending }: SortedRequest) {
  if (after === null) return undefined;
  const place = sql`(${read(after.value)}, ${sql.param(after.id, id)})`;
  return descending ? sql`(${by}, ${id}) < ${place}` : sql`(${by}, ${id}) > ${place}`;
}

export async function sortedPage<Key, Row extends Key & { id: string }>(
  query: ListQuery<Row>,
  key: SortKey<Key>,
  condition: SQL | undefined,
  request: SortedRequest,
): Promise<SortedPage<Row>> {
  const direction = request.descending ? desc : asc;
  const rows = await query
    .where(and(condition, beyond(key, request)))
    .orderBy(direction(key.by), direction(key.id))
    .limit(request.limit + 1);
  return toSortedPage(rows, request.limit, (row) => ({ value: key.valueOf(row), id: row.id }));
}

/** `rows` holds one more than `limit` when there is a next page. */
export function toSortedPage<Row>(rows: Row[], limit: number, placeOf: (row: Row) => Place): SortedPage<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? placeOf(last) : null };
}
