// Cuts one page out of a list that is ordered newest first, by the place where the last one ended.
import { desc, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Page, PageRequest, Position } from '../domain/program/program.ts';

/** The rows after `after`, as one comparison of a pair, which an index on (at, id) answers by itself. */
export function olderThan(at: PgColumn, id: PgColumn, after: Position | null): SQL | undefined {
  return after === null
    ? undefined
    : sql`(${at}, ${id}) < (${sql.param(after.at, at)}, ${sql.param(after.id, id)})`;
}

export function newestFirst(at: PgColumn, id: PgColumn): [SQL, SQL] {
  return [desc(at), desc(id)];
}

/** Equality, or no condition at all when the filter is not given. */
export function matching<T>(column: PgColumn, value: T | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}

/** `rows` were asked for with one more than `limit`, which is how an end is told from a full page. */
export function toPage<T>(rows: T[], { limit }: PageRequest, position: (row: T) => Position): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? position(last) : null };
}
