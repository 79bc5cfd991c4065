// Detects through the operating system whether a data directory has a live PostgreSQL, and ends it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** `ready` is the server's own report: it takes no connections before that or while it shuts down. */
export type Postmaster = { pid: number; port: number; ready: boolean };

/** PostgreSQL shows its `cluster_name` in the title of each of its processes. */
export function clusterName(data: string): string {
  return `referral-desk-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`;
}

/** Checks the lock file and the actual process. */
export function findPostmaster(data: string): Postmaster | undefined {
  const file = readLockFile(data);
  if (!file) return;
  if (file.directory !== data && isServerOf(file.pid, file.directory)) {
    throw new Error(
      `The folder ${data} was moved or copied from ${file.directory} while its PostgreSQL was running. ` +
        `That server (process ${file.pid}) still runs: stop it first.`,
    );
  }
  return isServerOf(file.pid, data) ? { pid: file.pid, port: file.port, ready: file.ready } : undefined;
}

/**
 * PostgreSQL takes over a lock file of a dead process, but refuses to start on an empty or damaged one, or
 * one with a process id that was reused. Call it under the start lock, so that no new file is written between
 * check and removal.
 */
export function removeUnheldLockFile(data: string): void {
  if (!findPostmaster(data)) rmSync(lockFile(data), { force: true });
}

/**
 * Waits until no process is left or a server can be adopted. A killed postmaster's children may outlive it,
 * and a live one notices a damaged lock file only once a minute.
 */
export async function waitForLeftovers(data: string): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const left = processesOf(data);
    if (left.length === 0 || findPostmaster(data)) return;
    if (Date.now() > deadline) {
      throw new Error(
        `Processes of an earlier PostgreSQL still use ${data} (${left.join(', ')}): wait for them, or end them.`,
      );
    }
    await sleep(50);
  }
}

/** Shuts down gracefully, then immediately when that takes too long. Returns once the server is gone. */
export async function endPostmaster(data: string): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    const server = findPostmaster(data);
    if (!server) return;
    process.kill(server.pid, signal);
    if (await isGone(server.pid, data, patienceMs)) return;
  }
  throw new Error(`PostgreSQL in ${data} does not stop.`);
}

async function isGone(pid: number, data: string, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (isServerOf(pid, data)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

function lockFile(data: string): string {
  return join(data, 'postmaster.pid');
}

function readLockFile(data: string): (Postmaster & { directory: string }) | undefined {
  // The lines of PostgreSQL's src/include/utils/pidfile.h; the eighth is the state.
  const [pid, directory, , port, , , , state] = contentOf(lockFile(data)).split('\n');
  if (!pid?.match(/^[1-9]\d*$/) || !directory || !port?.match(/^[1-9]\d*$/)) return;
  return { pid: Number(pid), port: Number(port), directory, ready: state?.trim() === 'ready' };
}

/** Empty when the file is missing: the server may remove it at any time. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function isServerOf(pid: number, data: string): boolean {
  const command = commandOf(pid);
  return (
    command.includes('postgres') && (command.includes(`/postgres -D ${data} `) || folderOf(pid) === data)
  );
}

function processesOf(data: string): number[] {
  const child = `postgres: ${clusterName(data)}: `;
  return processIds().filter((pid) => isServerOf(pid, data) || commandOf(pid).startsWith(child));
}

const linux = process.platform === 'linux';

function processIds(): number[] {
  const names = linux ? readdirSync('/proc') : ps('-A', '-o', 'pid=').split('\n');
  return names.map(Number).filter((pid) => pid > 0);
}

/** Empty for a zombie or a missing process. */
function commandOf(pid: number): string {
  if (!linux) return `${ps('-ww', '-o', 'args=', '-p', String(pid)).trim()} `;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/**
 * PostgreSQL's processes run in their data directory. In a container, even root may lack the right to read
 * it.
 */
function folderOf(pid: number): string | undefined {
  try {
    return linux ? readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return;
  }
}

function ps(...options: string[]): string {
  return spawnSync('ps', options, { encoding: 'utf8' }).stdout ?? '';
}
