// Backs up a database while the app runs, and restores a backup into an empty one, by PostgreSQL's own programs.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { findProgram, ProgramProblem, type ProgramSearch, runProgram } from './client-programs.ts';

type Place = {
  url: string;
  file: string;
  programs: ProgramSearch;
};

/** The file appears when it is complete, readable only by its owner. */
export async function backUp({ url, file, programs }: Place): Promise<void> {
  if (existsSync(file)) throw new ProgramProblem(`${file} already exists. Give another file.`);
  const { major } = await look(url);
  const program = findProgram('pg_dump', major, programs);
  const partial = `${file}.${process.pid}.partial`;
  try {
    // pg_dump keeps the mode of a file that exists.
    writeFileSync(partial, '', { mode: 0o600, flag: 'wx' });
    await runProgram(program, url, ['--format=custom', '--no-owner', '--no-privileges', `--file=${partial}`]);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Restores everything or nothing, in one transaction. */
export async function restore({ url, file, programs }: Place): Promise<void> {
  const { major, isUsed } = await look(url);
  if (isUsed)
    throw new ProgramProblem(
      'This database already has tables of Referral Desk. Restore into an empty one: set DATABASE_URL or DATA_DIR.',
    );
  const program = findProgram('pg_restore', major, programs);
  await runProgram(program, url, [...restoreOptions, file]);
}

const restoreOptions = ['--no-owner', '--no-privileges', '--single-transaction', '--exit-on-error'];

async function look(url: string): Promise<{ major: number; isUsed: boolean }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ major: number; is_used: boolean }>(
      `select current_setting('server_version_num')::int / 10000 as major,
         to_regclass('installations') is not null or to_regnamespace('pgboss') is not null as is_used`,
    );
    return { major: rows[0]?.major ?? 0, isUsed: rows[0]?.is_used ?? false };
  } finally {
    await client.end();
  }
}
