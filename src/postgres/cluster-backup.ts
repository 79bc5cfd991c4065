// Backs up the embedded database's files while it runs, by PostgreSQL's own online backup, and restores them into a new
// folder. Needs no other program.
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import { ProgramProblem } from './client-programs.ts';
import { passwordFile, type ServerUser, serverFolder, syncPath } from './folder.ts';

/** Files and folders that a backup leaves out, as listed in PostgreSQL's documentation. The folders have to exist. */
const leftOut =
  /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/|^postmaster\.(pid|opts)$|(^|\/)pgsql_tmp|(^|\/)pg_internal\.init/;
const segmentName = /^[0-9A-F]{24}$/;

/** The folder `to` appears when it is complete, readable only by its owner. */
export async function backUpCluster(dataDir: string, url: string, to: string): Promise<void> {
  if (existsSync(to)) throw new ProgramProblem(`${to} already exists. Give another folder.`);
  const folder = serverFolder(dataDir);
  const partial = `${to}.${process.pid}.partial`;
  const client = new pg.Client({ connectionString: url, application_name: 'referral-desk backup' });
  client.on('error', () => {});
  await client.connect();
  try {
    mkdirSync(partial, { mode: 0o700, recursive: true });
    await copyRunning(client, folder.data, join(partial, 'data'));
    await cp(passwordFile(folder), join(partial, 'password'));
    renameSync(partial, to);
  } finally {
    await client.end();
    await rm(partial, { recursive: true, force: true });
  }
}

async function copyRunning(client: pg.Client, data: string, to: string): Promise<void> {
  // Keeps the write-ahead log of the backup; it ends with this session.
  await client.query(`select pg_create_physical_replication_slot('backup_' || pg_backend_pid(), true, true)`);
  await client.query(`select pg_backup_start('referral-desk', true)`);
  await cp(data, to, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !leftOut.test(relative(data, path)) && existsSync(path),
  });
  const { rows } = await client.query<{ labelfile: string; last: string }>(
    'select labelfile, pg_walfile_name(lsn) as last from pg_backup_stop(false)',
  );
  const { labelfile = '', last = '' } = rows[0] ?? {};
  const first = /\(file ([0-9A-F]{24})\)/.exec(labelfile)?.[1] ?? '';
  for (const name of readdirSync(join(data, 'pg_wal')))
    if (segmentName.test(name) && name >= first && name <= last)
      await cp(join(data, 'pg_wal', name), join(to, 'pg_wal', name));
  // PostgreSQL starts its recovery from here, and finds it complete only with this file.
  await writeFile(join(to, 'backup_label'), labelfile, { flush: true, mode: 0o600 });
}

/** Into a `dataDir` without a database. The next start replays what was written during the backup. */
export async function restoreCluster(dataDir: string, from: string): Promise<void> {
  if (!existsSync(join(from, 'data', 'backup_label')))
    throw new ProgramProblem(`${from} is not a backup of an embedded database.`);
  const folder = serverFolder(dataDir);
  if (existsSync(folder.data) || existsSync(passwordFile(folder)))
    throw new ProgramProblem(`${folder.dataDir} already has a database. Set DATA_DIR to a new folder.`);
  const partial = join(folder.home, `data.new-${process.pid}-restore`);
  await cp(join(from, 'data'), partial, { recursive: true });
  await cp(join(from, 'password'), passwordFile(folder));
  if (folder.user) for (const path of [partial, passwordFile(folder)]) giveTo(folder.user, path);
  renameSync(partial, folder.data);
  syncPath(folder.home);
}

function giveTo(user: ServerUser, path: string): void {
  chownSync(path, user.uid, user.gid);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(user, join(path, name));
}
