// Does the recorded work: the runs of one subject in their order, each failure taken for what it is.
import {
  backoffMs,
  failuresOfAnOutage,
  type Handler,
  type Pause,
  type Postponed,
  type Run,
  serviceOf,
  type Work,
} from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { HeadRun, Lock, LoggedRun, Outage, RunsDeps } from './run-edges.ts';

export type Runs = {
  /** Does what is due of the subject, unless somebody is at it already. Rejects when the database cannot be asked. */
  work(workspaceId: string, subject: string): Promise<void>;
  /** Finds what is due and was not taken up: its job was lost, or its worker died. To be called every second or so. */
  sweep(): Promise<void>;
  /** Lets one paused run through for each outage whose minute is over. To be called every second or so. */
  probe(): Promise<void>;
  /** The grant, or the service, is there again: what waited for it continues. */
  resume(workspaceId: string, service: Pause): Promise<void>;
  /** Ends each worker after the run in hand; what is left is for other processes, and for the next start. */
  stop(): void;
};

// A subject with a long list gives way to others between its turns.
const runsPerTurn = 20;
// A job in the queue is taken up within a second or two: what waits for longer has lost its own.
const overdueAfterMs = 5_000;
const sweepAtOnce = 20;
// When a service asks to slow down without saying for how long.
const holdBackMs = 10_000;

export function createRuns<Tx>(deps: RunsDeps<Tx>): Runs {
  const { runs, outages, locks, now } = deps;
  let stopping = false;

  async function work(workspaceId: string, subject: string, probing: string | null = null): Promise<void> {
    do {
      const lock = await locks.take(workspaceId, subject);
      // Whoever has it looks once more after letting go, and sees all that is committed by now.
      if (!lock) return;
      let left = runsPerTurn;
      try {
        while (left > 0 && !stopping && lock.holds() && (await step(workspaceId, subject, lock, probing)))
          left -= 1;
      } finally {
        await lock.release();
      }
      // Not before the lock is free: whoever is woken while somebody has it goes away again.
      if (left === 0 || stopping) return runs.wake(workspaceId, subject);
    } while (await dueHead(workspaceId, subject));
  }

  async function dueHead(workspaceId: string, subject: string): Promise<HeadRun | null> {
    const head = await runs.head(workspaceId, subject);
    return head && head.pausedFor === null && head.dueAt <= now() ? head : null;
  }

  /** False when there is nothing more to do for the subject at the moment. */
  async function step(
    workspaceId: string,
    subject: string,
    lock: Lock,
    probing: string | null,
  ): Promise<boolean> {
    const head = await dueHead(workspaceId, subject);
    if (!head) return false;
    const inTheWay = await obstacle(head, probing);
    if (!inTheWay) await attempt(head, lock);
    else if (inTheWay.since) await pause(head, inTheWay.service, null);
    else if (inTheWay.probeAt) await holdBack(head, inTheWay.probeAt, head.error);
    return true;
  }

  /** What keeps the run from being tried: an outage that it is not the probe of, or a service's wish to be left alone. */
  async function obstacle(run: HeadRun, probing: string | null): Promise<Outage | undefined> {
    const needed = neededBy(run);
    if (needed.length === 0) return undefined;
    const at = now();
    const known = await outages.of(run.workspaceId);
    return known.find(
      ({ service, since, probeAt }) =>
        needed.includes(service) && (since ? run.id !== probing : probeAt !== null && probeAt > at),
    );
  }

  async function attempt(row: HeadRun, lock: Lock): Promise<void> {
    const begunAt = now();
    try {
      const run = runs.read(row);
      if (!run) throw new Failure('unexpected', `this version knows no work of the kind ${row.kind}`);
      const result = await handle(run, run.work.kind, lock);
      if ('waitUntil' in result) return await wait(row, result);
      const { exchange, record, refused } = result;
      const finished = await runs.finish(run, { at: now(), exchange: exchange ?? null, record, refused });
      if (finished) deps.count(row.kind, refused === undefined ? 'done' : 'failed');
      // What found nothing to ask says nothing of the service.
      if (!exchange) return;
    } catch (error) {
      // Without the lock it may be somebody else's by now, who decides what becomes of it.
      if (lock.holds()) await takeFailure(row, error, begunAt);
      return;
    }
    await outages.ended(row.workspaceId, neededBy(row), now());
  }

  function handle<K extends Work['kind']>(run: Run<Extract<Work, { kind: K }>>, kind: K, lock: Lock) {
    const handler: Handler<Extract<Work, { kind: K }>, Tx> = deps.handlers[kind];
    return handler(run, async () => {
      if (lock.holds() && (await runs.asked(run, now()))) return;
      throw new Failure('conflict', 'the run was finished, canceled or taken over meanwhile');
    });
  }

  async function takeFailure(run: HeadRun, error: unknown, begunAt: Date): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    const failure = error instanceof Failure ? error : new Failure('unexpected', why);
    const about = { err: error, workspaceId: run.workspaceId, run: run.id, kind: run.kind };
    if (failure.code === 'unexpected') deps.log.error(about, 'a run met an error');
    else deps.log.warn(about, 'a run did not succeed');
    if (wasNotDone(failure)) await runs.notAsked(run);
    if (failure.exchange) await runs.keepExchange(run, failure.exchange);
    const service = serviceOf(run);
    if (service === null) return missed(run, why);
    if (failure.code === 'rate-limited') return slowDown(run, service, failure);
    if (failure.code === 'unauthorized') return refused(run, service, why, begunAt);
    if (failure.code === 'unavailable') return unreachable(run, service, why);
    return missed(run, why);
  }

  async function slowDown(run: LoggedRun, service: Pause, failure: Failure): Promise<void> {
    const { retryAfterSeconds, message } = failure;
    const forMs = retryAfterSeconds === undefined ? holdBackMs : retryAfterSeconds * 1000;
    const until = new Date(now().getTime() + forMs);
    await outages.holdBack(run.workspaceId, service, until, message);
    await holdBack(run, until, message);
  }

  async function wait(run: LoggedRun, { waitUntil, why }: Postponed): Promise<void> {
    await runs.postpone(run, { at: now(), dueAt: waitUntil, attempts: run.attempts, error: why });
    deps.count(run.kind, 'held-back');
  }

  async function holdBack(run: LoggedRun, until: Date, error: string | null): Promise<void> {
    // Spread over a second, so that not all that waited comes back in the same instant.
    const dueAt = new Date(until.getTime() + 1000 * deps.random());
    await runs.postpone(run, { at: now(), dueAt, attempts: run.attempts, error });
    deps.count(run.kind, 'held-back');
  }

  async function refused(run: LoggedRun, service: Pause, why: string, begunAt: Date): Promise<void> {
    const { workspaceId } = run;
    const at = now();
    if (service === 'platform') {
      await outages.failed(workspaceId, service, { at, error: why, weight: failuresOfAnOutage });
      return pause(run, service, why);
    }
    if (await outages.tokenRefused(workspaceId, begunAt, why)) return pause(run, 'token', why);
    await runs.postpone(run, { at, dueAt: at, attempts: run.attempts, error: why });
  }

  async function unreachable(run: LoggedRun, service: Pause, why: string): Promise<void> {
    const at = now();
    const counted = await outages.failed(run.workspaceId, service, { at, error: why, weight: 1 });
    if (counted.since) return pause(run, service, why);
    // Others got through since this one failed before: the trouble is its own, and it must come to an end.
    if (counted.failures === 1 && run.error !== null) return missed(run, why);
    const dueAt = new Date(at.getTime() + backoffMs(counted.failures, deps.random));
    await runs.postpone(run, { at, dueAt, attempts: run.attempts, error: why });
    deps.count(run.kind, 'retried');
  }

  async function pause(run: LoggedRun, service: Pause, error: string | null): Promise<void> {
    const paused = await outages.pause(run, service, error);
    if (paused) deps.count(run.kind, 'paused');
  }

  async function missed(run: LoggedRun, why: string): Promise<void> {
    const at = now();
    const attempts = run.attempts + 1;
    if (attempts >= run.mostAttempts) {
      await runs.fail(run, at, attempts, why);
      return deps.count(run.kind, 'failed');
    }
    const dueAt = new Date(at.getTime() + backoffMs(attempts, deps.random));
    await runs.postpone(run, { at, dueAt, attempts, error: why });
    deps.count(run.kind, 'retried');
  }

  /** One subject whose work cannot even be recorded must not keep the round from the others. */
  async function workAnyway(workspaceId: string, subject: string, probing?: string): Promise<void> {
    await work(workspaceId, subject, probing).catch((error: unknown) =>
      deps.log.error({ err: error, workspaceId, subject }, 'a subject could not be worked'),
    );
  }

  async function sweep(): Promise<void> {
    const overdue = await runs.overdue(new Date(now().getTime() - overdueAfterMs), sweepAtOnce);
    for (const { workspaceId, subject } of overdue) {
      if (!stopping) await workAnyway(workspaceId, subject);
    }
  }

  async function probe(): Promise<void> {
    for (const outage of await outages.claimProbes(now())) {
      const through = await outages.letOneThrough(outage, now());
      if (through) await workAnyway(outage.workspaceId, through.subject, through.id);
    }
  }

  return {
    work: (workspaceId, subject) => work(workspaceId, subject),
    sweep,
    probe,
    stop() {
      stopping = true;
    },
    resume: (workspaceId, service) => outages.ended(workspaceId, [service], now()),
  };
}

/** What was turned away was never asked for: nobody has to look whether it was done. */
function wasNotDone({ code, notDone }: Failure): boolean {
  return notDone || code === 'rate-limited' || code === 'unauthorized';
}

function neededBy(run: HeadRun): readonly Pause[] {
  const service = serviceOf(run);
  if (service === null) return [];
  return service === 'intercom' ? ['intercom', 'token'] : [service];
}
