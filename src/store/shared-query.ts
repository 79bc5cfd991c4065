// Many small questions at once become one query: what is asked while a query is under way waits for the next one.
import { Failure } from '../failure.ts';

/**
 * `load` answers all keys of one round, in their order. Under load a round trip is shared by everybody who is waiting,
 * which is what keeps a database on the same machine from being the bottleneck; a lone caller waits for nobody.
 * With `same`, callers whose keys read alike share one place in a round: a burst for one contact costs one look-up.
 * Above `mostWaiting` keys a further one is refused with `unavailable`, so that a database that hangs fills no memory.
 */
export function batched<K, V>(
  load: (keys: K[]) => Promise<V[]>,
  limits: { perRound: number; roundsAtOnce: number; mostWaiting?: number; same?: (key: K) => string },
): (key: K) => Promise<V> {
  type Asked = { key: K; answer: Promise<V>; resolve(value: V): void; reject(reason: unknown): void };
  let waiting: Asked[] = [];
  const byName = new Map<string, Asked>();
  let underWay = 0;
  let scheduled = false;
  const { same, mostWaiting = Number.POSITIVE_INFINITY } = limits;

  async function round(asked: Asked[]) {
    underWay += 1;
    try {
      const values = await load(asked.map((one) => one.key));
      for (const [at, one] of asked.entries()) one.resolve(values[at] as V);
    } catch (error) {
      for (const one of asked) one.reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  function schedule() {
    if (scheduled || waiting.length === 0 || underWay >= limits.roundsAtOnce) return;
    scheduled = true;
    // After the sockets that became readable in this turn were read: their questions join this round.
    setImmediate(() => {
      scheduled = false;
      const asked = waiting.slice(0, limits.perRound);
      waiting = waiting.slice(limits.perRound);
      // Who asks from here on wants to know how things are after this round was sent.
      if (same) for (const one of asked) byName.delete(same(one.key));
      void round(asked);
      schedule();
    });
  }

  return (key) => {
    const name = same?.(key);
    const shared = name === undefined ? undefined : byName.get(name);
    if (shared) return shared.answer;
    if (waiting.length >= mostWaiting) {
      return Promise.reject(new Failure('unavailable', 'Too many are waiting for the database.'));
    }
    const { promise: answer, resolve, reject } = Promise.withResolvers<V>();
    const asked = { key, answer, resolve, reject };
    waiting.push(asked);
    if (name !== undefined) byName.set(name, asked);
    schedule();
    return answer;
  };
}
