// The embedded PostgreSQL: starts or adopts it, restarts it when it dies, and stops it.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FolderProblem, noteMoved, refuseMoved, type ServerFolder, serverFolder } from './folder.ts';
import { type FileLock, tryLock, whileLocked } from './lock.ts';
import { endPostmaster } from './process.ts';
import { databaseUrl, ensureRunning, type Running } from './running.ts';

export type EmbeddedServer = {
  url: string;
  /** The postmaster's; changes when the server is restarted. */
  readonly pid: number;
  /** The server was already running: left by a killed app, or used by a live one. */
  adopted: boolean;
  firstStart: boolean;
  /** Returns once the server is gone, or at once when this caller may not stop it. */
  stop(): Promise<void>;
};

type Log = { info(fields: object, message: string): void; warn(fields: object, message: string): void };

/** Another process may be starting (which waits for recovery) and then stopping. */
const startLockPatienceMs = 180_000;

/**
 * 'app' owns the folder until `stop`, and restarts a server that dies; a 'tool' shares a running server, or
 * starts one for itself. Error messages are written for the operator.
 */
export async function startEmbeddedServer(options: {
  dataDir: string;
  purpose: 'app' | 'tool';
  log: Log;
}): Promise<EmbeddedServer> {
  const { dataDir, purpose, log } = options;
  try {
    const folder = serverFolder(dataDir);
    refuseMoved(folder);
    return await (purpose === 'app' ? startForApp(folder, log) : startForTool(folder));
  } catch (error) {
    throw explained(error, dataDir);
  }
}

/** Marks the folder, so that no app or command opens its database. */
export function markMoved(dataDir: string): void {
  noteMoved(serverFolder(dataDir));
}

// Node's recursive mkdir reports ENOENT on a file system mounted read-only.
const folderTroubles = new Set('EACCES EPERM EROFS ENOSPC EDQUOT ENOTDIR ENOENT ERR_SQLITE_ERROR'.split(' '));

/** A system error names the failed call; the operator needs the folder and what to do. */
function explained(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !folderTroubles.has(code)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(
    `The embedded PostgreSQL cannot use the folder ${dataDir} (${reason}): ` +
      'make it writable, choose another DATA_DIR, or set DATABASE_URL.',
    { cause: error },
  );
}

function whileStarting<T>(folder: ServerFolder, work: () => Promise<T>): Promise<T> {
  return whileLocked(join(folder.home, 'start.lock'), startLockPatienceMs, work);
}

/** Taken only under the start lock, so that a tool's check never blocks an app. */
function tryOwnership(folder: ServerFolder): FileLock | undefined {
  return tryLock(join(folder.home, 'owner.lock'));
}

async function startForApp(folder: ServerFolder, log: Log): Promise<EmbeddedServer> {
  const { ownership, server } = await whileStarting(folder, async () => {
    const ownership = tryOwnership(folder);
    if (!ownership) {
      throw new FolderProblem(
        `Another Referral Desk uses the folder ${folder.dataDir}. ` + 'Stop it, or set another DATA_DIR.',
      );
    }
    try {
      return { ownership, server: await ensureRunning(folder) };
    } catch (error) {
      ownership.release();
      throw error;
    }
  });
  const { pid, port, adopted, firstStart } = server;
  log.info({ pid, port, folder: folder.home, adopted, firstStart }, 'embedded PostgreSQL is running');
  const watch = await keepRunning(folder, server, log);
  const stop = once(async () => {
    await watch.end();
    await whileStarting(folder, () => endAndRelease(folder, ownership));
    log.info({ folder: folder.home }, 'embedded PostgreSQL has stopped');
  });
  return {
    url: databaseUrl(folder, port),
    get pid() {
      return watch.pid();
    },
    adopted,
    firstStart,
    stop,
  };
}

async function startForTool(folder: ServerFolder): Promise<EmbeddedServer> {
  const { pid, port, adopted, firstStart } = await whileStarting(folder, () => ensureRunning(folder));
  const stop = once(() =>
    whileStarting(folder, async () => {
      const ownership = adopted ? undefined : tryOwnership(folder);
      if (ownership) await endAndRelease(folder, ownership);
    }),
  );
  return { url: databaseUrl(folder, port), pid, adopted, firstStart, stop };
}

async function endAndRelease(folder: ServerFolder, ownership: FileLock): Promise<void> {
  try {
    await endPostmaster(folder.data);
  } finally {
    ownership.release();
  }
}

/**
 * Watches a dedicated connection, which unlike a child's exit also works for an adopted server. Reuses the
 * port, so that pools reconnect.
 */
async function keepRunning(folder: ServerFolder, first: Running, log: Log) {
  let current = first;
  let ending = false;
  let connection: pg.Client | undefined;
  let recovery = Promise.resolve();

  async function watch(): Promise<void> {
    const client = new pg.Client({
      connectionString: databaseUrl(folder, current.port),
      connectionTimeoutMillis: 5_000,
      application_name: 'referral-desk watch',
      keepAlive: true,
    });
    // `end` follows and is what matters; without a listener the error would end the process.
    client.on('error', () => {});
    await client.connect();
    connection = client;
    client.on('end', () => {
      if (!ending) recovery = recover();
    });
  }

  async function recover(): Promise<void> {
    log.warn({ pid: current.pid, port: current.port }, 'the embedded PostgreSQL stopped unexpectedly');
    while (!ending) {
      try {
        current = await whileStarting(folder, () => ensureRunning(folder, current.port));
        await watch();
        log.warn({ pid: current.pid, port: current.port }, 'the embedded PostgreSQL is back');
        return;
      } catch (error) {
        log.warn({ err: error }, 'the embedded PostgreSQL could not be restarted yet');
        await sleep(500);
      }
    }
  }

  await watch().catch(recover);
  return {
    pid: () => current.pid,
    async end() {
      ending = true;
      await recovery;
      await connection?.end();
    },
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
