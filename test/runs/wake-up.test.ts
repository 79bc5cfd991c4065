// Which workers of a queue are woken by an announced job, and by a batch that may have left others behind.
import { beforeEach, expect, test } from 'vitest';
import { createWakeUp, type WakeUp, type Workers } from '../../src/jobs/wake-up.ts';

type Worker = ReturnType<Workers['getWipData']>[number];

let workers: Worker[];
let woken: string[];
let wakeUp: WakeUp;

/** It has looked, and found nothing. */
const asleep = { count: 0, lastFetchedOn: 2_000, lastJobEndedOn: 1_000 };
const atWork = { count: 2, lastFetchedOn: 2_000, lastJobEndedOn: 1_000 };

/** Workers of two jobs at once, in a queue that gives each workspace six. */
const has = (...states: Partial<Worker>[]) => {
  workers = states.map((state, at) => ({
    id: `worker ${at + 1}`,
    name: 'sync-to-intercom',
    ...asleep,
    ...state,
  }));
};

beforeEach(() => {
  woken = [];
  wakeUp = createWakeUp({ getWipData: () => workers, notifyWorker: (id) => woken.push(id) });
});

test('an announced job wakes one worker of its queue that sleeps', () => {
  has({ name: 'work-runs' }, {}, {});
  wakeUp.announced('sync-to-intercom');
  expect(woken).toEqual(['worker 2']);
});

test('another one while that one may have looked already wakes the next', () => {
  has({}, {}, {});
  wakeUp.announced('sync-to-intercom');
  wakeUp.announced('sync-to-intercom');
  expect(woken).toEqual(['worker 1', 'worker 2']);
  has({ lastFetchedOn: 3_000 }, {}, {});
  wakeUp.announced('sync-to-intercom');
  expect(woken.slice(2)).toEqual(['worker 1']);
});

test('a worker that ended a job may be looking already, so that all without a job look once more if none sleeps', () => {
  has({ lastJobEndedOn: 2_500 }, { lastFetchedOn: null, lastJobEndedOn: null }, {});
  wakeUp.announced('sync-to-intercom');
  expect(woken).toEqual(['worker 3']);
  wakeUp.announced('sync-to-intercom');
  expect(woken.slice(1)).toEqual(['worker 1', 'worker 2', 'worker 3']);
});

test('those at work look when they end, for a job of a workspace that has its share in hand', () => {
  has(atWork, {}, {});
  wakeUp.announced('sync-to-intercom');
  expect(woken.toSorted()).toEqual(['worker 1', 'worker 2']);
});

test('a full batch wakes the next worker, and another one only if its workspace may have been given jobs back', () => {
  has(atWork, {}, {});
  wakeUp.taken('sync-to-intercom', 1);
  expect(woken).toEqual([]);
  wakeUp.taken('sync-to-intercom', 2);
  expect(woken).toEqual(['worker 2']);
  has(atWork, atWork, atWork, {});
  wakeUp.taken('sync-to-intercom', 1);
  expect(woken.slice(1)).toEqual(['worker 4']);
});
