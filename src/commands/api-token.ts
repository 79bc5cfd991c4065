// `npm run api-token`: issues, lists and revokes the API's access tokens, also while the app runs.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { ConfigError, type DatabaseConfig, type Environment, readToolConfig } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { createSecrets } from '../secrets.ts';
import { type Database, migrate, openDatabase } from '../store/database.ts';
import { startEmbeddedServer } from '../store/embedded-server.ts';
import { createInstallationStore } from '../store/installations.ts';
import { createApiTokenStore } from '../store/tokens.ts';
import { type Access, createAccess } from '../usecases/access.ts';

const usage = `Usage:
  npm run api-token -- --workspace ID [--name NAME]   issue a token; it is shown this once, on the last line
  npm run api-token -- --workspace ID --list          list the workspace's tokens by their ids
  npm run api-token -- --workspace ID --revoke JTI    end a token, at once`;

/** Wrong use of the command: its message is all that is printed. */
class UsageError extends Error {}

type Wanted = { workspace: string; name: string; list: boolean; revoke?: string | undefined };

function readArguments(): Wanted {
  const { workspace, ...rest } = parseOptions();
  if (!workspace) throw new UsageError(`--workspace is missing\n${usage}`);
  return { workspace, ...rest };
}

function parseOptions() {
  const options = {
    workspace: { type: 'string' },
    name: { type: 'string', default: 'command line' },
    list: { type: 'boolean', default: false },
    revoke: { type: 'string' },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

function refuseUnknown(workspace: string, knownIds: string[]): void {
  if (knownIds.includes(workspace)) return;
  const known = knownIds.length === 0 ? 'none is installed yet' : `installed are: ${knownIds.join(', ')}`;
  throw new UsageError(`There is no workspace ${JSON.stringify(workspace)}; ${known}.`);
}

async function run(access: Access, { workspace, name, list, revoke }: Wanted): Promise<void> {
  if (list) {
    for (const token of await access.list(workspace)) {
      const state = token.revokedAt ? `revoked ${token.revokedAt.toISOString()}` : 'in force';
      console.log([token.jti, token.createdAt.toISOString(), state, JSON.stringify(token.name)].join('  '));
    }
    return;
  }
  if (revoke !== undefined) {
    const done = await access.revoke(workspace, revoke);
    if (!done)
      throw new UsageError(`Workspace ${workspace} has no token ${JSON.stringify(revoke)} in force.`);
    console.error(`Revoked ${revoke}.`);
    return;
  }
  const { token, jti } = await access.issue(workspace, name);
  console.error(`Token ${jti} for workspace ${workspace}:`);
  console.log(token);
}

/** Runs `work` on the database that the configuration names; shares the embedded one with a running app. */
async function withDatabase(
  config: DatabaseConfig,
  log: Log,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const server =
    config.kind === 'embedded'
      ? await startEmbeddedServer({ dataDir: config.dataDir, purpose: 'tool', log })
      : { url: config.url, stop: async () => {} };
  try {
    await migrate(server.url);
    const database = openDatabase(server.url, log);
    await work(database).finally(() => database.close());
  } finally {
    await server.stop();
  }
}

/** The demo makes up a secret and keeps it in its folder, so that nobody has to set one to speak to its API. */
function withKeptSecret(env: Environment): Environment {
  const file = join(env.DATA_DIR || './data', 'app-secret');
  if (env.APP_SECRET || !existsSync(file)) return env;
  return { ...env, APP_SECRET: readFileSync(file, 'utf8') };
}

async function main(): Promise<void> {
  const wanted = readArguments();
  const config = readToolConfig(withKeptSecret(process.env));
  // Standard output is for the token alone.
  const log = createLog(config.logLevel, pino.destination(2));
  const secrets = createSecrets(config.appSecrets);
  await withDatabase(config.database, log, async (database) => {
    refuseUnknown(wanted.workspace, await createInstallationStore(database, secrets).workspaceIds());
    const tokens = createApiTokenStore(database);
    await run(createAccess({ tokens, secrets, now: () => new Date(), newId: randomUUID }), wanted);
  });
}

try {
  await main();
} catch (error) {
  const expected = error instanceof UsageError || error instanceof ConfigError;
  if (expected) console.error(error.message);
  else createLog('fatal', pino.destination(2)).fatal({ err: error }, 'the command failed');
  process.exitCode = 1;
}
