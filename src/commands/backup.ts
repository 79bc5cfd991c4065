// `npm run backup`: writes the whole database to a folder or file, while the app runs.
import { readDatabaseConfig } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { backUp } from '../postgres/backup.ts';
import { backUpCluster } from '../postgres/cluster-backup.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { databaseProblem } from '../store/database-errors.ts';
import { runCommand, UsageError } from './support/command.ts';
import { standardError } from './support/tool.ts';

const usage = `Usage: npm run backup -- PATH [--programs FOLDER]
  backs up the database to PATH, while the app runs: the embedded database to a folder, a server's to a pg_dump file.
  The backup does not contain APP_SECRET. Keep it separately: a restored app needs it.
  --programs FOLDER   folder of pg_dump, if it is not found`;

const options = { programs: { type: 'string' } } as const;

await runCommand({ usage, options, positionals: true }, async ({ programs = null }, [to, ...others]) => {
  if (to === undefined || others.length > 0) throw new UsageError('Give one file or folder.');
  const { database, logLevel } = readDatabaseConfig(process.env);
  if (database.kind === 'server') await dump(database.url, to, programs);
  else await copyFiles(database.dataDir, to, createLog(logLevel, standardError()));
  console.log(`Written to ${to}.`);
});

async function dump(url: string, file: string, folder: string | null): Promise<void> {
  try {
    await backUp({ url, file, programs: { folder, path: process.env.PATH ?? '' } });
  } catch (error) {
    throw databaseProblem(error, url) ?? error;
  }
}

async function copyFiles(dataDir: string, to: string, log: Log): Promise<void> {
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log });
  try {
    await backUpCluster(dataDir, server.url, to);
  } finally {
    await server.stop();
  }
}
