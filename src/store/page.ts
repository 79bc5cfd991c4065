// Cuts a page out of a list that is ordered newest first, after a cursor.
import { desc, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Page, PageRequest, Position } from '../domain/program/program.ts';

/** The rows after `after`, as one comparison of a pair, which an index on (at, id) can use directly. */
export function olderThan(at: PgColumn, id: PgColumn, after: Position | null): SQL | undefined {
  return after === null
    ? undefined
    : sql`(${at}, ${id}) < (${sql.param(after.at, at)}, ${sql.param(after.id, id)})`;
}

export function newestFirst(at: PgColumn, id: PgColumn): [SQL, SQL] {
  return [desc(at), desc(id)];
}

/** Equality, or no condition when the filter is not set. */
export function matching<T>(column: PgColumn, value: T | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}

/** The query fetched one more row than `limit`, which tells a full last page from one that continues. */
export function toPage<T>(rows: T[], { limit }: PageRequest, position: (row: T) => Position): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? position(last) : null };
}
