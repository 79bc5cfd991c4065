// Store queries that callers may run as they are.
import type { Context } from '../context.ts';
import type { Db } from '../store/database.ts';
import { found } from './found.ts';

/** Takes a context instead of a database. */
export function query<Args extends unknown[], Result>(read: (db: Db, ...args: Args) => Result) {
  return ({ database }: Pick<Context, 'database'>, ...args: Args): Result => read(database.db, ...args);
}

/** Rejects with `not-found` for null. */
export function required<Found>(
  find: (db: Db, workspaceId: string, id: string) => Promise<Found | null>,
  noun: string,
) {
  return async ({ database }: Pick<Context, 'database'>, workspaceId: string, id: string): Promise<Found> =>
    found(await find(database.db, workspaceId, id), noun);
}
