// Brings the database to this version's tables at startup, or explains in one sentence why it cannot.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { DatabaseProblem, databaseProblem, isTransientDatabaseError } from './database-errors.ts';
import { moveRecord } from './move/move-database.ts';

/** Any constant: keeps two starting processes from migrating together. */
const migrationLock = 7_265_411;
const oldestVersion = 15;
const protocolViolation = '08P01';
const retryEveryMs = 500;
/** How long to wait before reporting it. */
const quietMs = 2_000;

type Log = { warn(fields: object, message: string): void };
type Limits = {
  /** How long to wait for a server that does not accept connections yet. */
  connectMs?: number;
  /** How long another process may take to migrate. */
  lockMs?: number;
  /** For the move itself, which may find a database that an interrupted move left. */
  moving?: boolean;
};

const silent: Log = { warn() {} };

/**
 * Safe from several processes at once. Rejects with a DatabaseProblem after at most 30 seconds for an
 * unreachable server.
 */
export async function prepareDatabase(
  url: string,
  log: Log = silent,
  { connectMs = 30_000, lockMs = 120_000, moving = false }: Limits = {},
): Promise<void> {
  try {
    const client = await connectWithin(url, connectMs, log);
    try {
      await refuseUnusable(client, url);
      if (!moving) await refuseHalfMoved(client);
      await takeMigrationLock(client, lockMs, log);
      await applyMigrations(drizzle(client), {
        migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
      });
    } finally {
      await client.end();
    }
  } catch (error) {
    throw databaseProblem(error, url) ?? error;
  }
}

async function connectWithin(url: string, withinMs: number, log: Log): Promise<pg.Client> {
  const began = performance.now();
  for (let reported = false; ; ) {
    try {
      return await connect(url);
    } catch (error) {
      const waitedMs = performance.now() - began;
      if (!isTransientDatabaseError(error) || waitedMs + retryEveryMs > withinMs) throw error;
      if (waitedMs >= quietMs && !reported) {
        reported = true;
        const why = databaseProblem(error, url)?.message ?? 'the database does not answer';
        log.warn({}, `Waiting up to ${Math.round(withinMs / 1000)} seconds for the database. ${why}`);
      }
      await sleep(retryEveryMs);
    }
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'referral-desk migration',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // Without a listener, a connection lost between two statements would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
}

async function refuseUnusable(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{
    version: number;
    encoding: string;
    read_only: boolean;
    create_table: boolean;
    create_schema: boolean;
    backend: number;
  }>(
    `select current_setting('server_version_num')::int / 10000 as version,
       current_setting('server_encoding') as encoding,
       pg_is_in_recovery() or current_setting('transaction_read_only')::bool as read_only,
       has_schema_privilege(current_schema(), 'create') as create_table,
       has_database_privilege(current_database(), 'create') as create_schema,
       pg_backend_pid() as backend`,
  );
  const [server] = rows;
  if (!server) throw new Error('the database said nothing of itself');
  if (server.version < oldestVersion)
    throw new DatabaseProblem(
      `DATABASE_URL: PostgreSQL ${server.version} is too old. Use version ${oldestVersion} or later.`,
    );
  if (server.encoding !== 'UTF8')
    throw new DatabaseProblem(
      `DATABASE_URL: the database is encoded in ${server.encoding}. Create one with UTF8: ` +
        "CREATE DATABASE referral_desk ENCODING 'UTF8' TEMPLATE template0.",
    );
  if (server.read_only) throw Object.assign(new Error('read-only'), { code: '25006' });
  if (!server.create_table || !server.create_schema)
    throw Object.assign(new Error('rights'), { code: '42501' });
  await refuseTransactionPooler(client, url);
}

async function refuseHalfMoved(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`select from pg_class where oid = to_regclass('${moveRecord}')`);
  if (rows.length > 0)
    throw new DatabaseProblem(
      'DATABASE_URL: the move into this database is not complete. Run npm run move again until it succeeds.',
    );
}

/**
 * A transaction pooler gives a session to other clients between transactions, but session locks, LISTEN and
 * prepared statements need their own. Detected with transactions on further connections: the first one then
 * shares or changes its backend.
 */
async function refuseTransactionPooler(client: pg.Client, url: string): Promise<void> {
  const backends = [await backendOf(client)];
  const moreClients: pg.Client[] = [];
  try {
    for (let tries = 0; tries < 3; tries += 1) {
      const other = await connect(url);
      moreClients.push(other);
      const between = await begin(other);
      if (between === backends[0] || between === null) backends.push(-1);
      backends.push(await backendOf(client));
    }
  } finally {
    for (const other of moreClients) await other.end().catch(() => {});
  }
  if (new Set(backends).size > 1)
    throw new DatabaseProblem(
      'DATABASE_URL: this is a connection pooler in transaction or statement mode, which loses locks and prepared statements. ' +
        'Use its session mode (its other port, often 5432), or connect to PostgreSQL directly.',
    );
}

/** The backend of a transaction, or null from a pooler in statement mode, which allows none. */
async function begin(client: pg.Client): Promise<number | null> {
  try {
    await client.query('begin');
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === protocolViolation) return null;
    throw error;
  }
  return backendOf(client);
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

async function takeMigrationLock(client: pg.Client, withinMs: number, log: Log): Promise<void> {
  const began = performance.now();
  for (let reported = false; ; ) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      migrationLock,
    ]);
    if (rows[0]?.taken) return;
    const waitedMs = performance.now() - began;
    if (waitedMs > withinMs)
      throw new DatabaseProblem(
        `Another process has been migrating the database for ${Math.round(withinMs / 1000)} seconds. ` +
          'Start again when it has finished, or end it if it hangs.',
      );
    if (waitedMs >= quietMs && !reported) {
      reported = true;
      log.warn({}, 'Waiting for another process that is migrating the database');
    }
    await sleep(Math.min(retryEveryMs, withinMs));
  }
}
