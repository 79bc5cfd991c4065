// The frame of the commands that work on the app's database, also while the app runs.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type DatabaseConfig, type Environment, readToolConfig } from '../../config.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { createQueue } from '../../jobs/queue.ts';
import { createLog, type Log } from '../../log.ts';
import { startEmbeddedServer } from '../../postgres/server.ts';
import { createSecrets } from '../../secrets.ts';
import { openDatabase } from '../../store/database.ts';
import { prepareDatabase } from '../../store/prepare-database.ts';
import { listWorkspaceIds } from '../../store/workspace/installations.ts';
import { type Options, runCommand, type Usage, UsageError, type Values } from './command.ts';

/** Start the queue (`withQueue`) before anything is enqueued. */
export type CommandTool = Pick<Context, 'database' | 'queue' | 'secrets' | 'log' | 'now' | 'newId'> & {
  /** Null means Intercom's own API, by the region of each workspace. */
  intercomApiUrl: string | null;
};

export async function runWorkspaceTool<const O extends Options, Wanted>({
  read,
  work,
  ...command
}: Usage<O> & {
  read: (values: Values<O>, positionals: string[]) => Wanted;
  work: (workspaceId: string, wanted: Wanted, tool: CommandTool) => Promise<void>;
}): Promise<void> {
  const options = { ...command.options, workspace: { type: 'string' } } as const;
  await runCommand({ ...command, options }, async (values, positionals) => {
    const { workspace } = values as { workspace?: string };
    if (!workspace) throw new UsageError('--workspace ID is required');
    const wanted = read(values as Values<O>, positionals);
    await withTool(async (tool) => {
      await refuseUnknownWorkspace(workspace, tool);
      await work(workspace, wanted, tool);
    });
  });
}

/** Standard output is for results. */
export const standardError = () => pino.destination(2);

/** For a command that owns the embedded server for a moment, and prints its own result. */
export const quiet = (log: Log) => ({ info() {}, warn: log.warn.bind(log) });

export async function withTool(work: (tool: CommandTool) => Promise<void>): Promise<void> {
  const config = readToolConfig(withDemo(process.env));
  const log = createLog(config.logLevel, standardError());
  const secrets = createSecrets(config.appSecrets);
  await withDatabase(config.database, log, (database, url) =>
    work({
      database,
      queue: createQueue({ url, log }),
      secrets,
      intercomApiUrl: config.intercomApiUrl,
      log,
      now: () => new Date(),
      newId: () => randomUUID(),
    }),
  );
}

async function refuseUnknownWorkspace(workspace: string, { database }: CommandTool): Promise<void> {
  const knownIds = await listWorkspaceIds(database.db);
  if (knownIds.includes(workspace)) return;
  const known =
    knownIds.length === 0
      ? 'no workspace has installed the app yet'
      : `installed workspaces: ${knownIds.join(', ')}`;
  throw new Failure('not-found', `Workspace ${JSON.stringify(workspace)} not found; ${known}.`);
}

export async function withQueue({ queue }: CommandTool, work: () => Promise<void>): Promise<void> {
  await queue.start();
  await work().finally(() => queue.stop());
}

/** Shares the embedded server with a running app. */
async function withDatabase(
  config: DatabaseConfig,
  log: Log,
  work: (database: CommandTool['database'], url: string) => Promise<void>,
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

/** The demo keeps its secret, and while it runs the sandbox's address, in its folder. */
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
