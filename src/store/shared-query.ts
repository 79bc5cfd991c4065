// Combines concurrent look-ups and writes into one query: keys that arrive during a query wait for the next.
import { Failure } from '../failure.ts';
import { databaseTrouble } from './database-errors.ts';

/**
 * `load` returns values in the order of its keys. A lone caller does not wait. With `keyOf`, equal keys share
 * a place. Above `maxPending`, rejects with `unavailable`, so that a hung database does not fill the memory.
 */
export function batched<K, V>(
  load: (keys: K[]) => Promise<V[]>,
  limits: { perRound: number; roundsAtOnce: number; maxPending?: number; keyOf?: (key: K) => string },
): (key: K) => Promise<V> {
  type Request = { key: K; answer: Promise<V>; resolve(value: V): void; reject(reason: unknown): void };
  let pending: Request[] = [];
  const pendingByKey = new Map<string, Request>();
  let underWay = 0;
  let isScheduled = false;
  const { keyOf, maxPending = Number.POSITIVE_INFINITY } = limits;

  async function runRound(requests: Request[]) {
    underWay += 1;
    try {
      const values = await load(requests.map(({ key }) => key));
      for (const [index, request] of requests.entries()) request.resolve(values[index] as V);
    } catch (error) {
      if (requests.length > 1 && databaseTrouble(error)?.of === 'values') await runEach(requests);
      else for (const request of requests) request.reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  /** The value of one of them does not fit, which must not fail the others. */
  async function runEach(requests: Request[]) {
    for (const request of requests) {
      try {
        const [value] = await load([request.key]);
        request.resolve(value as V);
      } catch (error) {
        request.reject(error);
      }
    }
  }

  function schedule() {
    if (isScheduled || pending.length === 0 || underWay >= limits.roundsAtOnce) return;
    isScheduled = true;
    // After this turn's readable sockets, so that their keys join the round.
    setImmediate(() => {
      isScheduled = false;
      const requests = pending.slice(0, limits.perRound);
      pending = pending.slice(limits.perRound);
      // Later callers need the state after this round.
      if (keyOf) for (const { key } of requests) pendingByKey.delete(keyOf(key));
      void runRound(requests);
      schedule();
    });
  }

  return (key) => {
    const name = keyOf?.(key);
    const shared = name === undefined ? undefined : pendingByKey.get(name);
    if (shared) return shared.answer;
    if (pending.length >= maxPending) {
      return Promise.reject(new Failure('unavailable', 'Too many are waiting for the database.'));
    }
    const { promise: answer, resolve, reject } = Promise.withResolvers<V>();
    const request = { key, answer, resolve, reject };
    pending.push(request);
    if (name !== undefined) pendingByKey.set(name, request);
    schedule();
    return answer;
  };
}
