// Which sleeping workers look when a job is announced: one, and the next one when there may be more than it can take.
import type { WipData } from 'pg-boss';
import { type JobName, jobKinds } from './job.ts';

export type WakeUp = {
  /** At least one job of the queue may be due. */
  announced(name: string): void;
  /** A worker begins with so many jobs. */
  taken(name: JobName, count: number): void;
};

type Worker = Pick<WipData, 'id' | 'name' | 'count' | 'lastFetchedOn' | 'lastJobEndedOn'>;
/** Of all queues: what pg-boss says of them, and does. */
export type Workers = { getWipData(): Worker[]; notifyWorker(id: string): void };

/** pg-boss would have every worker of the queue look for each announced job, and all but one find nothing. */
export function createWakeUp(boss: Workers): WakeUp {
  /** When a woken worker had last fetched: while that is unchanged, its fetch is under way or still to come. */
  const lastFetchOfWoken = new Map<string, Worker['lastFetchedOn']>();

  /** A fetch that found nothing is followed by sleep; after any other, a worker may be fetching already. */
  const isAsleep = ({ id, count, lastFetchedOn, lastJobEndedOn }: Worker) =>
    count === 0 &&
    lastFetchedOn !== null &&
    (lastJobEndedOn === null || lastJobEndedOn < lastFetchedOn) &&
    lastFetchOfWoken.get(id) !== lastFetchedOn;

  function wake(workers: Worker[]): void {
    for (const { id, lastFetchedOn } of workers) {
      lastFetchOfWoken.set(id, lastFetchedOn);
      boss.notifyWorker(id);
    }
  }

  /** A fetch under way may have begun too early: then all that have no job fetch, after the present fetch if need be. */
  function wakeOne(workers: Worker[]): void {
    const asleep = workers.find(isAsleep);
    wake(asleep ? [asleep] : workers.filter(({ count }) => count === 0));
  }

  const workersOf = (name: string) => boss.getWipData().filter((worker) => worker.name === name);

  return {
    announced(name) {
      const workers = workersOf(name);
      wakeOne(workers);
      // What its workspace has no worker left for now is taken by the first that ends.
      wake(workers.filter(({ count }) => count > 0));
    },
    taken(name, count) {
      const { batchSize, perWorkspace = Number.POSITIVE_INFINITY } = jobKinds[name];
      const workers = workersOf(name);
      const inHand = workers.reduce((sum, worker) => sum + worker.count, 0);
      // Jobs beyond the share of their workspace were given back, so that a batch was full although it is none now.
      if (count >= batchSize || inHand >= perWorkspace) wakeOne(workers);
    },
  };
}
