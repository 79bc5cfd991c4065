// `npm run restore`: fills an empty database from a backup of `npm run backup`.
import { existsSync, statSync } from 'node:fs';
import pg from 'pg';
import { readDatabaseConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { restore } from '../postgres/backup.ts';
import { restoreCluster } from '../postgres/cluster-backup.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { databaseProblem } from '../store/database-errors.ts';
import { prepareDatabase } from '../store/prepare-database.ts';
import { refuseMissingFile, runCommand, UsageError } from './support/command.ts';
import { quiet, standardError } from './support/tool.ts';

const usage = `Usage: npm run restore -- PATH [--programs FOLDER]
  restores PATH, a backup of npm run backup, into an empty database. A folder becomes the embedded database of a new
  DATA_DIR. A file goes to the empty database of DATABASE_URL, or else to a new DATA_DIR. The app can run on another
  database at the same time.
  --programs FOLDER   folder of pg_restore, if it is not found`;

const options = { programs: { type: 'string' } } as const;

async function countRestored(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ workspaces: number; referrals: number }>(
      'select (select count(*) from installations) as workspaces, (select count(*) from referrals) as referrals',
    );
    return `${rows[0]?.workspaces} workspaces, ${rows[0]?.referrals} referrals`;
  } finally {
    await client.end();
  }
}

await runCommand({ usage, options, positionals: true }, async ({ programs = null }, [from, ...others]) => {
  if (from === undefined || others.length > 0) throw new UsageError('Give one file or folder.');
  const isFolder = existsSync(from) && statSync(from).isDirectory();
  if (!isFolder) refuseMissingFile(from);
  const { database, logLevel } = readDatabaseConfig(process.env);
  const log = createLog(logLevel, standardError());
  if (isFolder && database.kind === 'server')
    throw new UsageError(
      'A folder can only be restored as an embedded database: unset DATABASE_URL. Then npm run move copies it to a server.',
    );
  if (isFolder && database.kind === 'embedded') await restoreCluster(database.dataDir, from);
  const server =
    database.kind === 'embedded'
      ? await startEmbeddedServer({ dataDir: database.dataDir, purpose: 'app', log: quiet(log) })
      : { url: database.url, stop: async () => {} };
  try {
    if (!isFolder)
      await restore({
        url: server.url,
        file: from,
        programs: { folder: programs, path: process.env.PATH ?? '' },
      });
    // A backup of an earlier version lacks the newest tables.
    await prepareDatabase(server.url, log);
    console.log(
      `Restored: ${await countRestored(server.url)}. Start the app with the APP_SECRET of the backup.`,
    );
  } catch (error) {
    throw databaseProblem(error, server.url) ?? error;
  } finally {
    await server.stop();
  }
});
