// A page of a list, newest first, after a cursor.
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Page, PageRequest, Position } from '../domain/program/program.ts';

/** A query without condition or order. */
type ListQuery<Row> = {
  where(condition: SQL | undefined): {
    orderBy(...columns: SQL[]): { limit(count: number): PromiseLike<Row[]> };
  };
};

type Order<Row> = { columns: SQL[]; after(position: Position): SQL; position(row: Row): Position };

/** By time, then id. */
export const byTime = <At extends string>(
  table: Record<At | 'id', PgColumn>,
  at: At,
): Order<Record<At, Date> & { id: string | number }> => ({
  columns: [desc(table[at]), desc(table.id)],
  after: (position) => olderThan(table[at], table.id, position),
  position: (row) => ({ at: row[at], id: String(row.id) }),
});

/**
 * By a number that is a cursor on its own. For records that are numbered in the order in which they took effect, such as the
 * history of a referral, which is written under its lock: clocks of two processes can disagree by more than what lies between.
 */
export const bySequence = <At extends string, Id extends string>(
  table: Record<Id, PgColumn>,
  id: Id,
  at: At,
): Order<Record<At, Date> & Record<Id, number>> => ({
  columns: [desc(table[id])],
  after: (position) => lt(table[id], Number(position.id)),
  position: (row) => ({ at: row[at], id: String(row[id]) }),
});

export async function pageOf<Place, Row extends Place>(
  query: ListQuery<Row>,
  order: Order<Place>,
  condition: SQL | undefined,
  { after, limit }: PageRequest,
): Promise<Page<Row>> {
  const rows = await query
    .where(and(condition, after === null ? undefined : order.after(after)))
    .orderBy(...order.columns)
    .limit(limit + 1);
  return toPage(rows, limit, order.position);
}

/** `rows` holds one more than `limit` when there is a next page. */
export function toPage<Row>(rows: Row[], limit: number, position: (row: Row) => Position): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? position(last) : null };
}

export function mapPage<Row, Item>({ items, next }: Page<Row>, toItem: (row: Row) => Item): Page<Item> {
  return { items: items.map(toItem), next };
}

/** Compares the pair, so that an index on (at, id) applies. */
export function olderThan(at: PgColumn, id: PgColumn, position: Position): SQL {
  return sql`(${at}, ${id}) < (${sql.param(position.at, at)}, ${sql.param(position.id, id)})`;
}

export function matching<T>(column: PgColumn, value: T | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}
