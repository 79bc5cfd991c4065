// Queries of the store that a caller may run as they are.
import type { Context } from '../context.ts';
import type { Db } from '../store/database.ts';

/** The store's query as a use case: of a context instead of a database. */
export function query<Args extends unknown[], Result>(read: (db: Db, ...args: Args) => Result) {
  return ({ database }: Pick<Context, 'database'>, ...args: Args): Result => read(database.db, ...args);
}
