// Whose turn it is: a workspace that was given much work lately comes after those that were given little.
// A limit of workers for each workspace does not see to that: a few busy ones fill all workers together.
import type { Job } from './job.ts';

const halvedAfterMs = 60_000;
/** So many jobs of a kind, about a minute's, wait for nobody. */
const free = 30;
const mostRemembered = 10_000;

/**
 * The priority of a workspace's next job, 0 or below: one less with each time that its jobs of late have grown fourfold.
 * Each process counts what it enqueues itself.
 */
export function createTurns(now: () => number = Date.now) {
  const given = new Map<string, { count: number; at: number }>();

  return function priorityOf({ name, workspaceId }: Pick<Job, 'name' | 'workspaceId'>): number {
    const key = `${name} ${workspaceId}`;
    const at = now();
    const before = given.get(key);
    const count = 1 + (before ? before.count * 2 ** ((before.at - at) / halvedAfterMs) : 0);
    // Those asked of last are at the end, so that who is forgotten was quiet for long.
    given.delete(key);
    given.set(key, { count, at });
    const [oldest] = given.keys();
    if (given.size > mostRemembered && oldest !== undefined) given.delete(oldest);
    return count <= free ? 0 : -Math.ceil(Math.log(count / free) / Math.log(4));
  };
}
