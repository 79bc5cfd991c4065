// A lock that one process at a time can hold and that ends with it, so that a kill never leaves a stale one.

import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export type FileLock = { release(): void };

// Node cannot lock a file, but its bundled SQLite can: an exclusive transaction is a kernel lock on the file.
// It needs no guess whether a process id is alive, exists before the server does, and holds between
// containers that share the folder.

/** A handle that is garbage-collected silently releases its lock. */
const held = new Set<DatabaseSync>();

const sqliteBusy = 5;

export function tryLock(path: string): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    // Any user who can open the file could hold the lock. (By path: closing a second handle would drop the
    // lock.)
    chmodSync(path, 0o600);
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return;
    throw error;
  }
  held.add(file);
  return {
    release() {
      if (held.delete(file)) file.close();
    },
  };
}

/** Waits up to `patienceMs` for the lock. */
export async function whileLocked<T>(path: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let lock = tryLock(path);
  while (!lock) {
    if (Date.now() > deadline) throw new Error(`${path} is still held by another process`);
    await sleep(25);
    lock = tryLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
