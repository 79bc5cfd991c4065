// Opens the one PostgreSQL database, embedded or not: pool, drizzle handle, transactions, migrations.
import { createHash } from 'node:crypto';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Failure } from '../failure.ts';

/** The drizzle handle: of the pool, or of one open transaction. */
export type Db = NodePgDatabase;
/** What a query needs: the pool's handle or one open transaction. */
export type Queryable = Pick<
  Db,
  | 'select'
  | 'selectDistinct'
  | 'selectDistinctOn'
  | 'insert'
  | 'update'
  | 'delete'
  | 'execute'
  | 'with'
  | '$with'
  | '$count'
>;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export type Database = {
  db: Db;
  /** For the hot paths: their statements are prepared once per connection. */
  pool: pg.Pool;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same for a hot path: its statements, of which there must be few, are prepared once per connection. */
  preparedTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Rejects when the database does not respond or is read-only. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

/**
 * A query that is built once per pool and planned once per connection, for queries that run several times per piece of
 * work. `build` gets the pool's handle and ends in `.prepare('name')`.
 */
export function prepared<P>(build: (db: Db) => P): (db: Db) => P {
  const cache = new WeakMap<Db, P>();
  return (db) => {
    const known = cache.get(db);
    if (known) return known;
    const query = build(db);
    cache.set(db, query);
    return query;
  };
}

/**
 * For every long-lived connection: the query that waits for a vanished peer notices it, and the connection is replaced.
 * The server's own half ends by its keep-alives.
 */
export const heldOpen = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  query_timeout: 10_000,
} as const;

/** Connects lazily: an unreachable server shows at the first query, not here. */
export function openDatabase(url: string, log: Log, { connections = 20 } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    ...heldOpen,
    // A card has two seconds in total: better to say "could not be loaded" than to be late.
    connectionTimeoutMillis: 1_500,
    application_name: 'referral-desk',
  });
  // Without a listener, the server closing an idle connection would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const db = drizzle(pool);
  return {
    db,
    pool,
    transaction: (work) => inTransaction(pool, log, work),
    preparedTransaction: (work) => inTransaction(pool, log, work, preparing),
    async ping() {
      const { rows } = await pool.query<{ read_only: boolean }>(
        "select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as read_only",
      );
      if (rows[0]?.read_only) throw Object.assign(new Error('the database is read-only'), { code: '25006' });
    },
    close: () => pool.end(),
  };
}

/**
 * Not drizzle's own over a pool: it never returns a connection whose BEGIN failed, returns a connection whose ROLLBACK
 * was not confirmed as if it were clean, and listens to none in between, so that losing a connection there ended the
 * process.
 */
async function inTransaction<T>(
  pool: pg.Pool,
  log: Log,
  work: (tx: Tx) => Promise<T>,
  over = (client: pg.PoolClient) => client,
): Promise<T> {
  const client = await pool.connect();
  const onLost = (error: Error) =>
    log.warn({ err: error }, 'a database connection was lost in a transaction');
  client.on('error', onLost);
  let usable = false;
  try {
    const result = await drizzle(over(client)).transaction(work);
    usable = true;
    return result;
  } catch (error) {
    // Our own refusals are thrown only after the rollback was confirmed; after anything else the state is unknown.
    usable = error instanceof Failure;
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(!usable);
  }
}

/**
 * The same connection, with every statement named by its text, which makes the driver prepare it. Without that,
 * planning the queue's insert took as long as everything else it did.
 */
function preparing(client: pg.PoolClient): pg.PoolClient {
  const query = (config: pg.QueryConfig, values: unknown[]) =>
    client.query({ ...config, name: createHash('sha1').update(config.text).digest('hex') }, values);
  return Object.create(client, { query: { value: query } });
}
