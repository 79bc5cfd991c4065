// A command in the test's own process: what it prints and how it ends, without the seconds that starting Node takes.
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { vi } from 'vitest';
import type { Environment } from '../../../src/config.ts';

export type Ran = { code: number; stdout: string; stderr: string };

let runs = 0;
let latest: Promise<unknown> = Promise.resolve();

/**
 * Runs src/commands/NAME.ts in this process. Commands take turns, since arguments, environment and output belong to the
 * whole process. test/process/commands.test.ts runs them in a process of their own.
 */
export function runCommandHere(name: string, args: readonly string[], env: Environment): Promise<Ran> {
  const ran = latest.then(() => runAlone(name, args, env));
  latest = ran.catch(() => {});
  return ran;
}

async function runAlone(name: string, args: readonly string[], env: Environment): Promise<Ran> {
  const before = { argv: process.argv, env: process.env, exitCode: process.exitCode };
  const said = { stdout: '', stderr: '' };
  const keep =
    (stream: keyof typeof said) =>
    (...texts: unknown[]) => {
      said[stream] += `${format(...texts)}\n`;
    };
  const keepPart = (stream: keyof typeof said) => (text: unknown) => {
    said[stream] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(keep('stdout')),
    vi.spyOn(console, 'error').mockImplementation(keep('stderr')),
    vi.spyOn(process.stdout, 'write').mockImplementation(keepPart('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keepPart('stderr')),
  ];
  process.argv = [process.execPath, name, ...args];
  process.env = { ...env };
  process.exitCode = undefined;
  try {
    runs += 1;
    // A command is done when its module has been loaded: each run needs a module of its own.
    const module = fileURLToPath(new URL(`../../../src/commands/${name}.ts`, import.meta.url));
    await import(/* @vite-ignore */ `${module}?run=${runs}`);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    Object.assign(process, before);
    for (const spy of spies) spy.mockRestore();
  }
}
