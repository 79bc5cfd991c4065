// `npm run backup`: writes the whole database to a file, while the app runs.
import { readDatabaseConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { backUp } from '../postgres/backup.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { databaseProblem } from '../store/database-errors.ts';
import { runCommand, UsageError } from './command.ts';
import { standardError } from './tool.ts';

const usage = `Usage: npm run backup -- FILE [--programs FOLDER]
  writes the database to FILE with pg_dump, while the app runs. The file has everything but APP_SECRET: keep that, too.
  --programs FOLDER   where pg_dump is, if it is not found`;

const options = { programs: { type: 'string' } } as const;

await runCommand({ usage, options, positionals: true }, async ({ programs = null }, [file, ...others]) => {
  if (file === undefined || others.length > 0) throw new UsageError('Name one file.');
  const { database, logLevel } = readDatabaseConfig(process.env);
  const log = createLog(logLevel, standardError());
  const server =
    database.kind === 'embedded'
      ? await startEmbeddedServer({ dataDir: database.dataDir, purpose: 'tool', log })
      : { url: database.url, stop: async () => {} };
  try {
    await backUp({ url: server.url, file, programs: { folder: programs, path: process.env.PATH ?? '' } });
    console.log(`Written to ${file}.`);
  } catch (error) {
    throw databaseProblem(error, server.url) ?? error;
  } finally {
    await server.stop();
  }
});
