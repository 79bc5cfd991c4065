// The frame of every command: its arguments, `--help`, and what can go wrong in one plain line.
import { accessSync, constants, statSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { pino } from 'pino';
import { ConfigError } from '../../config.ts';
import { Failure } from '../../failure.ts';
import { createLog } from '../../log.ts';
import { ProgramProblem } from '../../postgres/client-programs.ts';
import { FolderProblem } from '../../postgres/folder.ts';
import { DatabaseProblem } from '../../store/database-errors.ts';

/** Wrong use of a command: its message is printed, and then the usage. */
export class UsageError extends Error {}

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

export type Usage<O extends Options> = {
  usage: string;
  options: O;
  /** Whether it takes arguments other than options. */
  positionals?: boolean;
};

/** Results go to standard output, problems to standard error. A problem sets the exit code to 1. */
export async function runCommand<const O extends Options>(
  { usage, options, positionals = false }: Usage<O>,
  work: (values: Values<O>, positionals: string[]) => Promise<void> | void,
): Promise<void> {
  try {
    const args = parseArguments({ ...options, help: { type: 'boolean' } }, positionals);
    if (args.values.help) return console.log(usage);
    await work(args.values as Values<O>, args.positionals);
  } catch (error) {
    process.exitCode = 1;
    if (isExpected(error)) console.error(linesOf(error, usage).filter(Boolean).join('\n'));
    else createLog('fatal', pino.destination(2)).fatal({ err: error }, 'the command failed');
  }
}

function parseArguments(options: Options, allowPositionals: boolean) {
  try {
    return parseArgs({ options, allowPositionals });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'unreadable');
  }
}

const isExpected = (error: unknown): error is Error =>
  [UsageError, ConfigError, DatabaseProblem, FolderProblem, ProgramProblem, Failure].some(
    (kind) => error instanceof kind,
  );

function linesOf(error: Error, usage: string): string[] {
  if (error instanceof UsageError) return [error.message, usage];
  const fields = error instanceof Failure ? (error.fields ?? {}) : {};
  return [error.message, ...Object.entries(fields).map(([field, problem]) => `  ${field} ${problem}`)];
}

export function refuseMissingFile(path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (!statSync(path).isDirectory()) return;
  } catch {
    // Missing or forbidden: the answer is the same.
  }
  throw new Failure('not-found', `${path} cannot be read. Check the path and its permissions.`);
}
