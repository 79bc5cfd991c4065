// A lock that one process at a time can hold and that ends with it, so that a kill never leaves a stale one.

import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export type FileLock = { release(): void };

// Node cannot lock a file, but its bundled SQLite can: an exclusive transaction is a kernel lock on the file.
// Unlike a file with a process id, it needs no guess whether the holder is still alive; and unlike a lock
// inside PostgreSQL, it exists before the server does, outlives the server's restarts, and holds between
// containers that share the folder but do not see each other's processes.

/** Keeps the handles from being garbage-collected, which would silently release the lock. */
const held = new Set<DatabaseSync>();

const sqliteBusy = 5;

/** Undefined when it is held, by another process or another part of this one. */
export function tryLock(path: string): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    // Any user who can open the file could hold the lock. (By name: closing a second handle on it would drop the lock.)
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

/** Runs `work` while holding the lock; waits up to `patienceMs` for other holders. */
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
