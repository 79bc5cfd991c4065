// Finds PostgreSQL's own programs for backups, which the embedded server does not bring, and runs them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { serverEnvironment } from './binaries.ts';

export type ProgramName = 'pg_dump' | 'pg_restore';
type Program = { path: string; major: number };

/** Its message is for the operator: what is missing, and where to get it. */
export class ProgramProblem extends Error {}

/** Where to look: only in this folder, or along PATH and in the folders that packages use. */
export type ProgramSearch = { folder: string | null; path: string };

/** `*` stands for the version at the end of a folder's name. */
const packaged = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/opt/homebrew/opt/libpq/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/usr/local/opt/libpq/bin',
];

/** The oldest that is new enough: pg_dump refuses a server newer than itself. Throws a ProgramProblem. */
export function findProgram(name: ProgramName, serverMajor: number, search: ProgramSearch): Program {
  const usual = () => [...search.path.split(delimiter), ...packagedFolders()];
  const folders = search.folder === null ? usual() : [search.folder];
  const found = [...new Set(folders)].flatMap((each) => versionOf(join(each, name)) ?? []);
  const [fitting] = found
    .filter(({ major }) => major >= serverMajor)
    .toSorted((one, other) => one.major - other.major);
  if (fitting) return fitting;
  const seen = found.map(({ path, major }) => `${path} is version ${major}`).join(', ');
  throw new ProgramProblem(
    `${name} of PostgreSQL ${serverMajor} or later is needed${seen && `; ${seen}`}. ` +
      `Install PostgreSQL's client programs (postgresql-client-${serverMajor} on Debian and Ubuntu, libpq in Homebrew), ` +
      'or name their folder with --programs.',
  );
}

function packagedFolders(): string[] {
  return packaged.flatMap((pattern) => {
    const [, parent = '', name = '', rest = ''] = /^(.+)\/([^/]*\*)(.*)$/.exec(pattern) ?? [];
    if (name === '') return [pattern];
    const prefix = name.slice(0, -1);
    const names = existsSync(parent) ? readdirSync(parent) : [];
    return names.filter((each) => each.startsWith(prefix)).map((each) => `${parent}/${each}${rest}`);
  });
}

function versionOf(path: string): Program | undefined {
  if (!existsSync(path)) return;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  return major === undefined ? undefined : { path, major: Number(major) };
}

/** The password goes into the environment, since others can read arguments. Throws a ProgramProblem with what it said. */
export async function runProgram(program: Program, url: string, options: readonly string[]): Promise<void> {
  const address = new URL(url);
  const PGPASSWORD = decodeURIComponent(address.password);
  address.password = '';
  // Options of the driver, which PostgreSQL's programs do not know.
  address.searchParams.delete('uselibpqcompat');
  const child = spawn(program.path, [...options, `--dbname=${address.href}`], {
    env: { ...serverEnvironment, ...(PGPASSWORD && { PGPASSWORD }) },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new ProgramProblem(`${program.path} failed: ${said.trim()}`);
}
