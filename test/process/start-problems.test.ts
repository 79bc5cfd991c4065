// What the operator reads when the app cannot start: one sentence, which names the setting and what to do.
import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startProblem } from '../../src/start-problem.ts';
import { databaseProblem } from '../../src/store/database-errors.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';
import { freshDatabase } from '../support/database/clone.ts';
import { startTransactionPooler } from '../support/process/transaction-pooler.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

const noWait = { connectMs: 0, lockMs: 0 };
const problemWith = (url: string, limits = noWait) =>
  prepareDatabase(url, undefined, limits).then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const changed = (change: (url: URL) => void) => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function sql(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

test('a port where nothing listens is named', async () => {
  const port = await freePort();
  const problem = await problemWith(changed((url) => (url.port = String(port))));
  expect(problem).toBe(
    `DATABASE_URL: nothing listens at 127.0.0.1:${port}. Start PostgreSQL there, or correct the host and port.`,
  );
});

test('a host of two addresses that both refuse is one sentence, not an empty line', async () => {
  const port = await freePort();
  const both = new AggregateError(
    [
      Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
      Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
    ],
    '',
  );
  expect(databaseProblem(both, `postgres://desk@localhost:${port}/desk`)?.message).toBe(
    `DATABASE_URL: nothing listens at localhost:${port}. Start PostgreSQL there, or correct the host and port.`,
  );
  expect(startProblem(both)).not.toBe('');
});

test('an unknown host is named', async () => {
  const problem = await problemWith(changed((url) => (url.hostname = 'no-such-host.invalid')));
  expect(problem).toMatch(/^DATABASE_URL: the host no-such-host.invalid (is unknown|cannot be looked up)\./);
});

test('a wrong password is told as that, without the password', async () => {
  const problem = await problemWith(changed((url) => (url.password = 'wrong-word')));
  expect(problem).toMatch(/^DATABASE_URL: the password of user \w+ is wrong/);
  expect(problem).not.toContain('wrong-word');
});

test('a database that does not exist is named', async () => {
  const problem = await problemWith(changed((url) => (url.pathname = '/nowhere')));
  expect(problem).toBe('DATABASE_URL: the database nowhere does not exist. Create it, or correct the name.');
});

test('a server without TLS is told apart from one that is not there', async () => {
  const problem = await problemWith(changed((url) => url.searchParams.set('sslmode', 'require')));
  expect(problem).toBe(
    'DATABASE_URL: the server has TLS switched off. Remove sslmode from the address, or set it to disable.',
  );
});

test('something else than PostgreSQL at the address is not a mystery', async () => {
  const server: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const problem = await problemWith(changed((url) => (url.port = String(port))));
  expect(problem).toMatch(/closes the connection\. Check that it is PostgreSQL/);
  server.close();
});

test('a read-only database is told as that', async () => {
  const other = await freshDatabase();
  await sql(
    other.url,
    `alter database ${new URL(other.url).pathname.slice(1)} set default_transaction_read_only = on`,
  );
  expect(await problemWith(other.url)).toMatch(/^DATABASE_URL: PostgreSQL is read-only/);
  await other.drop();
});

test('a user that may not create tables is told what to grant', async () => {
  const name = `poor_${Date.now()}`;
  const other = await freshDatabase();
  await sql(other.url, `create role ${name} login password 'poor'`);
  const url = Object.assign(new URL(other.url), { username: name, password: 'poor' }).href;
  expect(await problemWith(url)).toContain('may not create tables. Grant it: GRANT CREATE ON DATABASE');
  await other.drop();
  await sql(inject('databaseServerUrl'), `drop role ${name}`);
});

test('an encoding other than UTF8 is refused with how to create a database', async () => {
  const server = inject('databaseServerUrl');
  const name = `latin_${Date.now()}`;
  await sql(server, `create database ${name} encoding 'LATIN1' locale 'C' template template0`);
  expect(await problemWith(Object.assign(new URL(server), { pathname: `/${name}` }).href)).toContain(
    'encoded in LATIN1',
  );
  await sql(server, `drop database ${name}`);
});

test('a server with no connection left is told as that', async () => {
  const other = await freshDatabase();
  const name = `few_${Date.now()}`;
  await sql(other.url, `create role ${name} login password 'few' connection limit 0`);
  const url = Object.assign(new URL(other.url), { username: name, password: 'few' }).href;
  expect(await problemWith(url)).toContain(
    'no connection left. Raise its max_connections, or lower DATABASE_POOL',
  );
  await other.drop();
  await sql(inject('databaseServerUrl'), `drop role ${name}`);
});

test('another process that migrates is waited for, told, and not forever', async () => {
  const holder = new pg.Client(database.url);
  await holder.connect();
  await holder.query('select pg_advisory_lock(7265411)');
  const told: string[] = [];
  const log = { warn: (_fields: object, message: string) => void told.push(message) };
  await expect(prepareDatabase(database.url, log, { connectMs: 0, lockMs: 3_000 })).rejects.toThrow(
    'Another process has been migrating the database for 3 seconds.',
  );
  expect(told).toEqual(['Waiting for another process that is migrating the database']);
  await holder.end();
  await prepareDatabase(database.url, log, noWait);
});

test('a server that starts late is waited for, and the wait is told once', async () => {
  const port = await freePort();
  const told: string[] = [];
  const log = { warn: (_fields: object, message: string) => void told.push(message) };
  const { hostname, port: realPort } = new URL(database.url);
  const { connect } = await import('node:net');
  const late = createServer((socket) => {
    const onward = connect(Number(realPort), hostname);
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  const preparing = prepareDatabase(
    changed((url) => (url.port = String(port))),
    log,
  );
  await expect.poll(() => told.length).toBe(1);
  expect(told[0]).toContain('Waiting up to 30 seconds for the database. DATABASE_URL: nothing listens at');
  late.listen(port, '127.0.0.1');
  await preparing;
  expect(told).toHaveLength(1);
  late.close();
});

test.each(['transaction', 'statement'] as const)(
  'a pooler in %s mode is refused, with what to use instead',
  async (mode) => {
    const pooler = await startTransactionPooler(database.url, mode);
    const problem = await problemWith(changed((url) => (url.port = String(pooler.port))));
    expect(problem).toContain('a connection pooler in transaction or statement mode');
    expect(problem).toContain('session mode');
    await pooler.stop();
  },
);

test('a port in use is named with the setting', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      PORT: String(port),
      APP_SECRET: 'a secret of more than thirty-two bytes',
      INTERCOM_CLIENT_ID: 'id',
      INTERCOM_CLIENT_SECRET: 'secret',
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(1);
  expect(said.trim()).toBe(
    `Referral Desk cannot start: 127.0.0.1:${port} is in use by another process. Stop it, or set PORT to another one.`,
  );
  taken.close();
});

test('a HOST that cannot be looked up is told by its name and setting', () => {
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND desk.invalid'), {
    ...{ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'desk.invalid' },
  });
  expect(startProblem(error)).toBe(
    'Referral Desk cannot start: desk.invalid is not an address of this machine. Correct HOST.',
  );
});

test('a certificate that is not where the address says is told with its path', async () => {
  const url = changed(({ searchParams }) => {
    searchParams.set('sslmode', 'verify-full');
    searchParams.set('sslrootcert', '/nowhere/ca.pem');
  });
  expect(await problemWith(url)).toBe(
    'DATABASE_URL: the file /nowhere/ca.pem cannot be read. Correct sslrootcert, sslcert or sslkey in the address.',
  );
});
