// What the command-line tools share: settings, the database (also while the app runs), and error handling.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { ConfigError, type DatabaseConfig, type Environment, readToolConfig } from '../config.ts';
import { Failure } from '../failure.ts';
import { createLog, type Log } from '../log.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { createSecrets, type Secrets } from '../secrets.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { DatabaseProblem } from '../store/database-errors.ts';
import { prepareDatabase } from '../store/prepare-database.ts';
import { listWorkspaceIds } from '../store/workspace/installations.ts';

/** Wrong usage of a command: only its message is printed. */
export class UsageError extends Error {}

export type Tool = {
  database: Database;
  databaseUrl: string;
  secrets: Secrets;
  /** Null means Intercom's own API, by the region of each workspace. */
  intercomApiUrl: string | null;
  log: Log;
};

/**
 * Reads the arguments, opens the database that the environment names and does the work. Results go to standard output,
 * problems and the log to standard error. A failure sets the exit code to 1.
 */
export async function runTool<Wanted>(
  readArguments: () => Wanted,
  work: (options: Wanted, tool: Tool) => Promise<void>,
): Promise<void> {
  try {
    const options = readArguments();
    const config = readToolConfig(withDemo(process.env));
    const log = createLog(config.logLevel, pino.destination(2));
    const secrets = createSecrets(config.appSecrets);
    await withDatabase(config.database, log, (database, databaseUrl) =>
      work(options, { database, databaseUrl, secrets, intercomApiUrl: config.intercomApiUrl, log }),
    );
  } catch (error) {
    const expected = [UsageError, ConfigError, DatabaseProblem, Failure].some(
      (kind) => error instanceof kind,
    );
    const message = error instanceof Error ? error.message : String(error);
    if (expected) console.error(message);
    else createLog('fatal', pino.destination(2)).fatal({ err: error }, 'the command failed');
    process.exitCode = 1;
  }
}

/** Throws a UsageError that lists the existing workspaces. */
export async function refuseUnknownWorkspace(workspace: string, { database }: Tool): Promise<void> {
  const knownIds = await listWorkspaceIds(database.db);
  if (knownIds.includes(workspace)) return;
  const known = knownIds.length === 0 ? 'none is installed yet' : `installed are: ${knownIds.join(', ')}`;
  throw new UsageError(`There is no workspace ${JSON.stringify(workspace)}; ${known}.`);
}

/** Shares the embedded server with a running app. */
async function withDatabase(
  config: DatabaseConfig,
  log: Log,
  work: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  const server =
    config.kind === 'embedded'
      ? await startEmbeddedServer({ dataDir: config.dataDir, purpose: 'tool', log })
      : { url: config.url, stop: async () => {} };
  try {
    await prepareDatabase(server.url, log);
    const database = openDatabase(server.url, log);
    await work(database, server.url).finally(() => database.close());
  } finally {
    await server.stop();
  }
}

/**
 * The demo stores its secret, and while it runs the sandbox's address, in its folder, so that tools need no settings.
 */
function withDemo(env: Environment): Environment {
  const storedSetting = (name: string) => {
    const file = join(env.DATA_DIR || './data', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  return {
    ...env,
    APP_SECRET: env.APP_SECRET || storedSetting('app-secret'),
    INTERCOM_API_URL: env.INTERCOM_API_URL || storedSetting('intercom-api-url'),
  };
}
