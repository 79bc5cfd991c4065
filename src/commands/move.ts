// `npm run move`: copies the embedded database to a PostgreSQL server.
import pg from 'pg';
import { readMoveConfig } from '../config.ts';
import { createQueue } from '../jobs/queue.ts';
import { createLog, type Log } from '../log.ts';
import { markMoved, startEmbeddedServer } from '../postgres/server.ts';
import { moveDatabase, type Progress } from '../store/move/move-database.ts';
import { prepareDatabase } from '../store/prepare-database.ts';
import { runCommand, UsageError } from './support/command.ts';
import { quiet, standardError } from './support/tool.ts';

const usage = `Usage: npm run move -- postgres://user:password@host:5432/database
  copies the embedded database in DATA_DIR to an empty database of a PostgreSQL server. Stop the app first.
  If the move is interrupted, run the command again: it continues.`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'referral-desk move',
    keepAlive: true,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function prepare(url: string, log: Log, options: { moving?: boolean } = {}): Promise<void> {
  await prepareDatabase(url, log, options);
  const queue = createQueue({ url, log });
  await queue.start();
  await queue.stop();
}

const show = ({ table, rows, kept }: Progress) =>
  console.log(`${table}: ${rows} rows${kept ? ', already copied' : ''}`);

async function move(to: string): Promise<void> {
  const { dataDir, targetUrl, logLevel } = readMoveConfig(process.env, to);
  const log = createLog(logLevel, standardError());
  // Holds the folder as an app does, so that no app can start on it during the move.
  const server = await startEmbeddedServer({ dataDir, purpose: 'app', log: quiet(log) });
  try {
    await prepare(server.url, log);
    await prepare(targetUrl, log, { moving: true });
    const [source, target] = [await connect(server.url), await connect(targetUrl)];
    try {
      const { tables, rows } = await moveDatabase(source, target, show);
      markMoved(dataDir);
      console.log(`Moved: ${tables} tables with ${rows} rows. The count and checksum of each table match.`);
      console.log('Set DATABASE_URL to this address, and start the app with the same APP_SECRET.');
    } finally {
      await Promise.all([source.end(), target.end()]);
    }
  } finally {
    await server.stop();
  }
}

await runCommand({ usage, options: {}, positionals: true }, async (_values, positionals) => {
  const [to] = positionals;
  if (to === undefined || positionals.length > 1) throw new UsageError('Give the address of one database.');
  await move(to);
});
