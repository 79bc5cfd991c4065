// Classifies database errors by code, never by message: drizzle's messages quote statement values.
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/**
 * Codes of the driver, the system and PostgreSQL, including nested causes: two refusing addresses make one
 * error.
 */
function* errorsIn(error: unknown, depth = 0): Generator<Error & { code?: unknown }> {
  if (!(error instanceof Error) || depth > 5) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* errorsIn(each, depth + 1);
  yield* errorsIn(error.cause, depth + 1);
}

function codesIn(error: unknown): Set<string> {
  return new Set([...errorsIn(error)].flatMap(({ code }) => (typeof code === 'string' ? [code] : [])));
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const byCode: Readonly<Record<string, (place: Place) => string>> = {
  ECONNREFUSED: ({ host, port }) =>
    `nothing listens at ${host}:${port}. Start PostgreSQL there, or correct the host and port.`,
  ENOTFOUND: ({ host }) => `the host ${host} is unknown. Correct the host name.`,
  EAI_AGAIN: ({ host }) => `the host ${host} cannot be looked up. Correct the host name, or check DNS.`,
  EHOSTUNREACH: ({ host }) => `the host ${host} cannot be reached. Check the network and firewalls.`,
  ENETUNREACH: ({ host }) => `the host ${host} cannot be reached. Check the network and firewalls.`,
  ETIMEDOUT: ({ host, port }) => `${host}:${port} does not answer. Check the network and firewalls.`,
  ECONNRESET: ({ host, port }) =>
    `${host}:${port} closes the connection. Check that it is PostgreSQL, and its TLS settings.`,
  ENOENT: ({ host }) => `there is no socket at ${host}. Correct the path.`,
  '28P01': ({ user }) =>
    `the password of user ${user} is wrong. If it contains #, /, ?, @ or %, percent-encode them in the address.`,
  '28000': ({ user }) =>
    `user ${user} may not connect from here (pg_hba.conf), or only with TLS: append ?sslmode=require to the address.`,
  '3D000': ({ database }) => `the database ${database} does not exist. Create it, or correct the name.`,
  '42501': ({ user, database }) =>
    `user ${user} may not create tables. Grant it: GRANT CREATE ON DATABASE ${database} TO ${user}; GRANT ALL ON SCHEMA public TO ${user}.`,
  '53300': () => 'PostgreSQL has no connection left. Raise its max_connections, or lower DATABASE_POOL.',
  '57P03': () => 'PostgreSQL is still starting, or shutting down.',
  '25006': () =>
    'PostgreSQL is read-only: a standby, or default_transaction_read_only is on. Use the primary.',
  DEPTH_ZERO_SELF_SIGNED_CERT: () => tlsHelp,
  SELF_SIGNED_CERT_IN_CHAIN: () => tlsHelp,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => tlsHelp,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => tlsHelp,
  CERT_HAS_EXPIRED: () => "the server's TLS certificate has expired. Renew it.",
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
    `the server's TLS certificate is not for ${host}. Use the name in the certificate.`,
};

const tlsHelp =
  "the server's TLS certificate is not trusted. Append ?sslmode=verify-full&sslrootcert=/path/ca.pem with its CA, " +
  'or set NODE_EXTRA_CA_CERTS to the CA file.';

type Place = { host: string; port: string; user: string; database: string };

function placeOf(url: string): Place {
  const { host, port, user, database } = new pg.Client(url);
  return { host, port: String(port), user: user ?? 'of this system', database: database ?? '' };
}

/** Its message is all that is printed. */
export class DatabaseProblem extends Error {
  override name = 'DatabaseProblem';
}

/** What the operator has to change; null when it is not a setup problem. */
export function databaseProblem(error: unknown, url: string): DatabaseProblem | null {
  if (error instanceof DatabaseProblem) return error;
  const file = unreadableFile(error);
  if (file !== null) {
    const sentence = `the file ${file} cannot be read. Correct sslrootcert, sslcert or sslkey in the address.`;
    return new DatabaseProblem(`DATABASE_URL: ${sentence}`, { cause: error });
  }
  const codes = codesIn(error);
  const place = placeOf(url);
  // With EAI_AGAIN beside ECONNREFUSED, the first code in this list wins.
  const code = Object.keys(byCode).find((known) => codes.has(known));
  const sentence = (code === undefined ? undefined : byCode[code]?.(place)) ?? sentenceOf(error, place);
  return sentence === null ? null : new DatabaseProblem(`DATABASE_URL: ${sentence}`, { cause: error });
}

/** The driver opens the files of the address itself, and throws the system's error. */
function unreadableFile(error: unknown): string | null {
  const isOpening = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return isOpening && 'path' in error ? String(error.path) : null;
}

/** Matches driver errors without a code by their whole message. */
function sentenceOf(error: unknown, { host, port }: Place): string | null {
  const messages = new Set([...errorsIn(error)].map(({ message }) => message));
  if (messages.has('The server does not support SSL connections'))
    return 'the server has TLS switched off. Remove sslmode from the address, or set it to disable.';
  if (messages.has('timeout expired') || messages.has('Connection terminated due to connection timeout'))
    return `${host}:${port} does not answer. Check the network and firewalls.`;
  if (messages.has('Connection terminated unexpectedly'))
    return `${host}:${port} closes the connection. Check that it is PostgreSQL, and its TLS settings.`;
  return null;
}

// node-postgres throws these without a code: pg/lib/client.js and pg-pool/index.js.
const driverMessages = new Set([
  'timeout expired',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
]);

const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
]);

// SQLSTATE classes: connection, rollback (deadlock), resources, object state, operator intervention, system.
const sqlClasses = new Set(['08', '40', '53', '55', '57', '58']);

/** Whether the same statements may succeed a moment later. */
export function isTransientDatabaseError(error: unknown): boolean {
  return [...errorsIn(error)].some((each) => {
    if (each instanceof pg.DatabaseError)
      return sqlClasses.has(each.code?.slice(0, 2) ?? '') || each.code === '25006';
    return (typeof each.code === 'string' && systemCodes.has(each.code)) || driverMessages.has(each.message);
  });
}

export const isDeadlock = (error: unknown): boolean => [...codesIn(error)].includes('40P01');

/** Classes and codes of a value that does not fit, whatever the state of the database: data, keys, limits. */
const ofValues = (code: string) => ['22', '23', '44'].includes(code.slice(0, 2)) || code === '54000';

/**
 * Where the trouble of a database error is. `values`: what is to be stored does not fit, and `code` says
 * why. `database`: its own. Null for an error that is not the database's.
 */
export function databaseTrouble(error: unknown): { of: 'values' | 'database'; code: string | null } | null {
  const errors = [...errorsIn(error)];
  const refused = errors.find((each) => each instanceof pg.DatabaseError);
  const code = refused?.code ?? null;
  if (code !== null) return { of: ofValues(code) ? 'values' : 'database', code };
  const isDatabases =
    errors.some((each) => each instanceof DrizzleQueryError) || isTransientDatabaseError(error);
  if (!isDatabases) return null;
  return { of: 'database', code: [...codesIn(error)][0] ?? null };
}
