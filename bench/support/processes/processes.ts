// Starts the measured servers as processes, reads their memory, and makes sure that none is left running.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Measured, measured, type Round } from './load.ts';

export type RunningApp = { url: string; pid: number; startMs: number; stop(): Promise<void> };
type OnClear = (step: () => Promise<void>) => void;

const readyLine = z.object({ msg: z.literal('Referral Desk is ready'), url: z.string() });

const besideThisFile = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * `settings` is the app's whole environment, so that the benchmark does not measure the user's own settings by
 * accident. `startMs` is from the start of the process until it accepts requests.
 */
export async function startApp(
  onClear: OnClear,
  settings: Record<string, string>,
  nodeOptions: string[] = [],
): Promise<RunningApp> {
  const began = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, besideThisFile('../../../src/main.ts')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
    // In its own process group, because we pass on Ctrl-C ourselves: the app owns a database that others here still
    // use.
    detached: true,
  });
  const stop = () => end(child);
  // Before it is ready: an interrupted start must not leave a database running.
  onClear(stop);
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = readyLine.safeParse(JSON.parse(line));
    if (!ready.success) continue;
    child.stdout.resume();
    return { url: ready.data.url, pid: child.pid ?? 0, startMs: performance.now() - began, stop };
  }
  throw new Error('The app did not start.');
}

/** Node's options to write the process's CPU profile into a folder when it ends. */
export const profiling = (folder: string | undefined) =>
  folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];

export type Generator = { run(round: Round): Promise<Measured> };

export function startGenerator(onClear: OnClear): Generator {
  const child = fork(besideThisFile('load.ts'));
  onClear(() => end(child));
  return {
    async run(round) {
      child.send(round);
      return measured.parse(await reply(child));
    },
  };
}

export async function startBareServer(
  clientSecret: string,
  answer: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  return startServer('bare-server.ts', { clientSecret, answer });
}

/** One of the benchmark's own servers: it receives `needs` and replies with its port. */
export async function startServer(
  file: string,
  needs: object,
  nodeOptions: string[] = [],
): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const child = fork(besideThisFile(file), { execArgv: nodeOptions });
  child.send(needs);
  const { port } = z.object({ port: z.number() }).parse(await reply(child));
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => end(child) };
}

async function reply(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', over).then(([message]) => message),
      once(child, 'exit', over).then(([code]) => {
        throw new Error(`A process of the benchmark ended with ${code}.`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Megabytes of memory that the process uses; null where the system does not say (Linux does). */
export function residentMegabytes(pid: number): number | null {
  return readMegabytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m);
}

/** Seconds of CPU time that the process has used; null where the system does not say. */
export function processorSeconds(pid: number): number | null {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    // Linux counts in hundredths, whatever its clock.
    return ((user ?? 0) + (system ?? 0)) / 100;
  } catch {
    return null;
  }
}

/** The same for a PostgreSQL server and all of its processes, counting shared memory once. */
export function postgresMegabytes(postmaster: number): number | null {
  try {
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
      .trim()
      .split(' ');
    return [String(postmaster), ...children]
      .map((pid) => readMegabytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m) ?? 0)
      .reduce((sum, each) => sum + each, 0);
  } catch {
    return null;
  }
}

function readMegabytes(file: string, kilobytes: RegExp): number | null {
  try {
    return Number(readFileSync(file, 'utf8').match(kilobytes)?.[1]) / 1024;
  } catch {
    return null;
  }
}
