// Many look-ups at once become one query: keys that come while a query is under way wait for the next one.
import { Failure } from '../failure.ts';

/**
 * `load` returns the values of all keys of a round, in their order. Under load all waiting callers share one round trip, so
 * that a database on the same machine is not the bottleneck; a lone caller does not wait. With `keyOf`, callers with equal
 * keys share one place in a round. Above `maxPending` keys a further one is refused with `unavailable`, so that a database
 * that hangs does not fill the memory.
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
      for (const request of requests) request.reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  function schedule() {
    if (isScheduled || pending.length === 0 || underWay >= limits.roundsAtOnce) return;
    isScheduled = true;
    // After the sockets that became readable in this turn were read: their keys join this round.
    setImmediate(() => {
      isScheduled = false;
      const requests = pending.slice(0, limits.perRound);
      pending = pending.slice(limits.perRound);
      // Later callers want the state after this round was sent.
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
