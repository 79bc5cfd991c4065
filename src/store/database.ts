// Opens the one PostgreSQL database, embedded or not: pool, drizzle handle, transactions, migrations.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
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
>;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export type Database = {
  db: Db;
  /** For the hot paths, whose statements are prepared once per connection. */
  pool: pg.Pool;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same for a hot path: its statements, which must be few, are prepared once per connection. */
  preparedTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

/**
 * A query that is built once per pool and planned once per connection: for what is asked several times for each piece of
 * work. `build` is given the pool's handle and ends in `.prepare('name')`.
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

/** Connects lazily: an unreachable server shows at the first query, not here. */
export function openDatabase(url: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    // A card has two seconds in all: better to say "could not be loaded" than to be late.
    connectionTimeoutMillis: 1_500,
    query_timeout: 10_000,
    application_name: 'referral-desk',
  });
  // Without a listener an idle connection that the server closes would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const db = drizzle(pool);
  return {
    db,
    pool,
    transaction: (work) => inTransaction(pool, log, work),
    preparedTransaction: (work) => inTransaction(pool, log, work, preparing),
    async ping() {
      await pool.query('select 1');
    },
    close: () => pool.end(),
  };
}

/**
 * Not drizzle's own over a pool: it never returns a connection whose BEGIN failed, returns one whose ROLLBACK was not
 * answered as if it were clean, and listens to none in between, so that a connection lost there ended the process.
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
    // A refusal of ours comes out only when the rollback was answered; after anything else the state is unknown.
    usable = error instanceof Failure;
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(!usable);
  }
}

/**
 * The same connection, with every statement named by its text, which is how the driver knows to prepare it. Planning
 * the queue's insert anew took as long as all else that it did.
 */
function preparing(client: pg.PoolClient): pg.PoolClient {
  const query = (config: pg.QueryConfig, values: unknown[]) =>
    client.query({ ...config, name: createHash('sha1').update(config.text).digest('hex') }, values);
  return Object.create(client, { query: { value: query } });
}

// Classes of PostgreSQL's error codes: connections, deadlocks and their like, out of something, stopped or starting.
const passingClasses = new Set(['08', '40', '53', '55', '57', '58']);

/** Whether the same statements may well succeed a moment later, as after a deadlock or when the connection was lost. */
export function isPassingTrouble(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof pg.DatabaseError) return passingClasses.has(cause.code?.slice(0, 2) ?? '');
    // What the driver itself throws has no code to tell by, and what the system throws has one of its own.
    if (/timeout|terminated|connection|ECONN|EPIPE/i.test(cause.message)) return true;
  }
  return false;
}

/** Retries a transaction that lost a deadlock, and so has changed nothing. */
export async function retryDeadlocks<T>(transaction: () => Promise<T>): Promise<T> {
  for (let retries = 3; ; retries -= 1) {
    try {
      return await transaction();
    } catch (error) {
      if (retries === 0 || !isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof pg.DatabaseError) return cause.code === '40P01';
  }
  return false;
}

/** Any constant will do: it keeps two processes that start at once from migrating together. */
const migrationLock = 7_265_411;

/** Brings the database at `url` to this version's tables. Safe to run from several processes at once. */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'referral-desk migration' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await applyMigrations(drizzle(client), {
      migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
    });
  } finally {
    await client.end();
  }
}
