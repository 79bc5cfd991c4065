// Many small questions at once become one query: what is asked while a query is under way waits for the next one.
import { Failure } from '../failure.ts';

/**
 * `load` answers all keys of one round, in their order. Under load a round trip is shared by everybody who is waiting,
 * which is what keeps a database on the same machine from being the bottleneck; a lone caller waits for nobody.
 * Above `mostWaiting` callers a further one is refused with `unavailable`, so that a database that hangs fills no memory.
 */
export function batched<K, V>(
  load: (keys: K[]) => Promise<V[]>,
  limits: { perRound: number; roundsAtOnce: number; mostWaiting?: number },
): (key: K) => Promise<V> {
  type Asked = { key: K; resolve(value: V): void; reject(reason: unknown): void };
  let waiting: Asked[] = [];
  let underWay = 0;
  let scheduled = false;
  const { mostWaiting = Number.POSITIVE_INFINITY } = limits;

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
      void round(asked);
      schedule();
    });
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting) {
        return reject(new Failure('unavailable', 'Too many are waiting for the database.'));
      }
      waiting.push({ key, resolve, reject });
      schedule();
    });
}
