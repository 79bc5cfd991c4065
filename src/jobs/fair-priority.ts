// Job priority: a busy workspace comes after quiet ones, so that a few busy ones cannot fill all workers.
import type { Job } from './job.ts';

const halvedAfterMs = 60_000;
/** Up to this many jobs of a kind (about a minute's) keep the highest priority. */
const free = 30;
const maxRemembered = 10_000;

/**
 * 0 or below: one less for each fourfold increase of its recent jobs. Each process counts only what it
 * enqueues.
 */
export function createFairPriority(now: () => number = Date.now) {
  const enqueued = new Map<string, { count: number; at: number }>();

  return function priorityOf({ name, workspaceId }: Pick<Job, 'name' | 'workspaceId'>): number {
    const key = `${name} ${workspaceId}`;
    const at = now();
    const before = enqueued.get(key);
    const count = 1 + (before ? before.count * 2 ** ((before.at - at) / halvedAfterMs) : 0);
    // The most recent key is last, so that the workspace that was quiet the longest is forgotten.
    enqueued.delete(key);
    enqueued.set(key, { count, at });
    const [oldest] = enqueued.keys();
    if (enqueued.size > maxRemembered && oldest !== undefined) enqueued.delete(oldest);
    return count <= free ? 0 : -Math.ceil(Math.log(count / free) / Math.log(4));
  };
}
