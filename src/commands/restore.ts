// `npm run restore`: fills an empty database from a file of `npm run backup`.
import pg from 'pg';
import { readDatabaseConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { restore } from '../postgres/backup.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { databaseProblem } from '../store/database-errors.ts';
import { prepareDatabase } from '../store/prepare-database.ts';
import { refuseMissingFile, runCommand, UsageError } from './command.ts';
import { standardError } from './tool.ts';

const usage = `Usage: npm run restore -- FILE [--programs FOLDER]
  fills the empty database of DATABASE_URL, or a new one in DATA_DIR, from a file of npm run backup.
  An app on another database can run meanwhile.
  --programs FOLDER   where pg_restore is, if it is not found`;

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

await runCommand({ usage, options, positionals: true }, async ({ programs = null }, [file, ...others]) => {
  if (file === undefined || others.length > 0) throw new UsageError('Name one file.');
  refuseMissingFile(file);
  const { database, logLevel } = readDatabaseConfig(process.env);
  const log = createLog(logLevel, standardError());
  const server =
    database.kind === 'embedded'
      ? await startEmbeddedServer({ dataDir: database.dataDir, purpose: 'app', log })
      : { url: database.url, stop: async () => {} };
  try {
    await restore({ url: server.url, file, programs: { folder: programs, path: process.env.PATH ?? '' } });
    // A backup of an earlier version.
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
