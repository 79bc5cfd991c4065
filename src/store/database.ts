// Opens the one PostgreSQL database, embedded or not: pool, drizzle handle, transactions, migrations.
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Failure } from '../failure.ts';
import { statementName } from '../statement-name.ts';
import { isDeadlock } from './database-errors.ts';

export type Db = NodePgDatabase;
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
  /** Prepares its statements once per connection, so there must be few of them. */
  preparedDb: Db;
  /**
   * `work` starts over when it loses a deadlock: it changes nothing but what `tx` writes. What else may pass is left to
   * the caller; `usecases/retry.ts` repeats what may be done twice.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Prepares its statements once per connection, so there must be few of them. */
  preparedTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Rejects when the database does not respond or is read-only. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

/** Built once for each database, and kept as long as it. */
export function oncePer<Owner extends object, Built>(
  build: (owner: Owner) => Built,
): (owner: Owner) => Built {
  const cache = new WeakMap<Owner, Built>();
  return (owner) => {
    const known = cache.get(owner);
    if (known) return known;
    const built = build(owner);
    cache.set(owner, built);
    return built;
  };
}

/** Built once per pool and planned once per connection. `build` ends in `.prepare('name')`. */
export const prepared = <Query>(build: (db: Db) => Query) => oncePer(build);

/** For long-lived connections: a query to a vanished peer fails, and the connection is replaced. */
export const heldOpen = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  query_timeout: 10_000,
} as const;

/** Connects lazily: an unreachable server fails the first query. */
export function openDatabase(url: string, log: Log, { connections = 20 } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    ...heldOpen,
    // Also bounds the wait for a connection that is in use, so it is not shorter than a query may take: a busy
    // machine is not an unreachable database. Cards and notifications have limits of their own.
    connectionTimeoutMillis: heldOpen.query_timeout,
    application_name: 'referral-desk',
  });
  // Without a listener, a closed idle connection would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const db = drizzle(pool);
  return {
    db,
    pool,
    transaction: (work) => inTransaction(pool, log, work),
    preparedDb: drizzle(preparing(pool)),
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

/** A deadlock's loser was rolled back as a whole, and its winner is done a moment later. */
const attemptsAtDeadlock = 3;

async function inTransaction<T>(...given: Parameters<typeof inOneTransaction<T>>): Promise<T> {
  const [, log] = given;
  for (let left = attemptsAtDeadlock - 1; ; left -= 1) {
    try {
      return await inOneTransaction(...given);
    } catch (error) {
      if (left === 0 || !isDeadlock(error)) throw error;
      log.warn({ err: error }, 'a transaction lost a deadlock and starts over');
    }
  }
}

/**
 * Drizzle's own leaks the connection when BEGIN fails, reuses it after an unconfirmed ROLLBACK, and has no
 * error listener in between, so that a lost connection ended the process.
 */
async function inOneTransaction<T>(
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
    // A Failure is thrown only after a confirmed rollback; after any other error the state is unknown.
    usable = error instanceof Failure;
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(!usable);
  }
}

/**
 * Names every statement by its text, which makes the driver prepare it: planning the queue's insert took half
 * of its time.
 */
function preparing<Client extends pg.Pool | pg.PoolClient>(client: Client): Client {
  const query = (config: pg.QueryConfig, values: unknown[]) =>
    client.query({ ...config, name: statementName(config.text) }, values);
  return Object.create(client, { query: { value: query } });
}
