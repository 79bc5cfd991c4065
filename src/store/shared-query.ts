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
    const loaded = await attempt(requests);
    if ('error' in loaded) await refuse(requests, loaded.error);
    underWay -= 1;
    // First, so that the database works on the next round while this one's answers are used.
    startRounds();
    if ('error' in loaded) return;
    for (const [index, request] of requests.entries()) request.resolve(loaded.values[index] as V);
  }

  async function attempt(requests: readonly Request[]): Promise<{ values: V[] } | { error: unknown }> {
    try {
      return { values: await load(requests.map(({ key }) => key)) };
    } catch (error) {
      return { error };
    }
  }

  async function refuse(requests: readonly Request[], error: unknown) {
    if (requests.length > 1 && databaseTrouble(error)?.of === 'values') return runEach(requests);
    for (const request of requests) request.reject(error);
  }

  /** The value of one of them does not fit, which must not fail the others. */
  async function runEach(requests: readonly Request[]) {
    for (const request of requests) {
      const loaded = await attempt([request]);
      if ('error' in loaded) request.reject(loaded.error);
      else request.resolve(loaded.values[0] as V);
    }
  }

  function startRounds() {
    while (pending.length > 0 && underWay < limits.roundsAtOnce) {
      const requests = pending.slice(0, limits.perRound);
      pending = pending.slice(limits.perRound);
      // Later callers need the state after this round.
      if (keyOf) for (const { key } of requests) pendingByKey.delete(keyOf(key));
      void runRound(requests);
    }
  }

  function schedule() {
    if (isScheduled || underWay >= limits.roundsAtOnce) return;
    isScheduled = true;
    // After this turn's readable sockets, so that their keys join the round.
    setImmediate(() => {
      isScheduled = false;
      startRounds();
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
