// The governor keeps a workspace's background calls, in all processes, within Intercom's limit, with room for agents.
import { Failure } from '../failure.ts';
import { createWindowReading, readWindowState, type WindowNow, windowSeconds } from './rate-window.ts';

/** Reports the answer of a call; null when there was none. */
export type Answered = (answer: { status: number; headers: unknown } | null) => void;

/** Awaited right before a call; resolves with the function that takes the call's answer. */
export type Pace = () => Promise<Answered>;

/** The windows that all processes share. */
export type SharedWindows = {
  /** Uses at most `most` of the window. Intercom has counted `seen`, and wants no call for `closedFor` s. */
  lease(
    key: string,
    window: { reset: number; seen: number; wanted: number; most: number },
    at: Date,
  ): Promise<{ granted: number; closedFor: number | null }>;
  close(key: string, until: Date): Promise<void>;
};

export type Governor = ReturnType<typeof createGovernor>;

/** The share of the limit that is kept free for agents. */
const reserved = 0.015;
// The whole budget is available by then: a call sent later could arrive in the next window.
const spentAfterMs = 9_000;
/** This share of the budget is available at once, or a few calls would wait for no reason. */
const immediateShare = 0.1;
/** Calls per window until an answer gives the limit; Intercom's lowest is 1,000 a minute. */
const carefulLimit = 100;
const backgroundPatienceMs = 2_000;
const releaseEveryMs = 25;
const minLeased = 8;
const maxLeased = 64;
/** When a block lasts less than this, the next one is larger. */
const soonMs = 500;

type Waiter = { deadline: number; go(answered: Answered): void; refuse(error: unknown): void };

export function createGovernor(deps: {
  windows: SharedWindows;
  now(): Date;
  log: { warn(fields: object, message: string): void };
}) {
  const workspaces = new Map<string, ReturnType<typeof governWorkspace>>();
  const governorOf = (workspaceId: string) => {
    const known = workspaces.get(workspaceId) ?? governWorkspace(`intercom ${workspaceId}`, deps);
    workspaces.set(workspaceId, known);
    return known;
  };
  return {
    /** Waits up to two seconds, then rejects with `rate-limited` and the seconds after which to retry. */
    background:
      (workspaceId: string): Pace =>
      () =>
        governorOf(workspaceId).wait('first', backgroundPatienceMs),
    /** Bulk work yields to all other work, and waits as long as necessary. */
    bulk:
      (workspaceId: string): Pace =>
      () =>
        governorOf(workspaceId).wait('last', Number.POSITIVE_INFINITY),
    /** A person is waiting: never delayed, but counted. */
    agents:
      (workspaceId: string): Pace =>
      async () =>
        governorOf(workspaceId).begin(),
    stopBulk() {
      for (const governed of workspaces.values()) governed.stopBulk();
    },
    close() {
      for (const governed of workspaces.values()) governed.close();
    },
  };
}

function governWorkspace(key: string, { windows, now, log }: Parameters<typeof createGovernor>[0]) {
  const reading = createWindowReading();
  const waiting = { first: [] as Waiter[], last: [] as Waiter[] };
  /** Unused permits for the window that ends at `reset`. */
  let lease = { reset: 0, left: 0 };
  let inFlight = 0;
  /** A first call is on its way to find out the state of the window. */
  let probing = false;
  let closedUntil = 0;
  let leasing = false;
  let block = minLeased;
  let leasedAt = 0;
  let bulkStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const time = () => now().getTime();

  function begin(asProbe = false): Answered {
    const sentAt = time();
    inFlight += 1;
    if (asProbe) probing = true;
    return (answer) => {
      inFlight -= 1;
      if (asProbe) probing = false;
      if (answer) handleAnswer(answer, sentAt);
      releaseWaiting();
    };
  }

  function handleAnswer({ status, headers }: { status: number; headers: unknown }, sentAt: number): void {
    const state = readWindowState(headers) ?? carefulState(sentAt);
    if (state) reading.record(state, sentAt, time());
    if (status === 429) closeFor(headers);
  }

  /** Without rate-limit headers, assume a careful limit: neither flood the service nor wait for it. */
  function carefulState(sentAt: number) {
    if (reading.at(time())) return null;
    const end = (Math.floor(sentAt / 1000 / windowSeconds) + 1) * windowSeconds;
    return { limit: carefulLimit, remaining: carefulLimit - 1, reset: end };
  }

  function closeFor(headers: unknown): void {
    closedUntil = Math.max(closedUntil, time() + Math.max(retryAfterMs(headers) ?? untilReset(time()), 100));
    lease = { reset: 0, left: 0 };
    windows
      .close(key, new Date(closedUntil))
      .catch((error: unknown) => log.warn({ err: error, key }, 'a rate limit could not be told to others'));
  }

  function untilReset(at: number): number {
    const window = reading.at(at);
    return window ? windowSeconds * 1000 - window.elapsedMs : 1_000;
  }

  function wait(turn: keyof typeof waiting, patienceMs: number): Promise<Answered> {
    if (turn === 'last' && bulkStopped) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      waiting[turn].push({ deadline: time() + patienceMs, go: resolve, refuse: reject });
      releaseWaiting();
    });
  }

  /** Releases the calls that may go, and checks again soon for the rest. */
  function releaseWaiting(): void {
    clearTimeout(timer);
    const at = time();
    rejectExpired(at);
    while (hasWaiting() && canGo(at)) {
      const asProbe = !reading.at(at)?.confirmed;
      (waiting.first.shift() ?? waiting.last.shift())?.go(begin(asProbe));
    }
    if (!hasWaiting()) return;
    void fetchLease(at);
    timer = setTimeout(releaseWaiting, releaseEveryMs);
  }

  const hasWaiting = () => waiting.first.length + waiting.last.length > 0;

  function canGo(at: number): boolean {
    if (at < closedUntil) return false;
    const window = reading.at(at);
    // A single call finds out the state of the window; all others wait for its answer.
    if (!window) return !probing;
    if (!window.confirmed && probing) return false;
    if (lease.reset !== window.reset || lease.left === 0) return false;
    // Intercom may not have counted the calls in flight yet.
    if (window.seen + inFlight >= budgetOf(window)) return false;
    lease.left -= 1;
    return true;
  }

  async function fetchLease(at: number): Promise<void> {
    const window = reading.at(at);
    const hasPermits = window && lease.reset === window.reset && lease.left > 0;
    if (!window || hasPermits || leasing || at < closedUntil) return;
    const most = spendable(window);
    if (window.seen >= most) return;
    leasing = true;
    // The size depends on the database's latency, so that a busy database does not become the limit.
    block = Math.min(Math.max(at - leasedAt < soonMs ? block * 2 : block / 2, minLeased), maxLeased);
    leasedAt = at;
    const wanted = block;
    try {
      const { reset, seen } = window;
      const { granted, closedFor } = await windows.lease(key, { reset, seen, wanted, most }, now());
      if (closedFor !== null) closedUntil = Math.max(closedUntil, time() + closedFor * 1000);
      lease = { reset, left: granted };
      leasing = false;
      if (granted > 0) releaseWaiting();
    } catch (error) {
      leasing = false;
      refuseAll(error);
    }
  }

  function rejectExpired(at: number): void {
    const late = waiting.first.filter((waiter) => waiter.deadline <= at);
    if (late.length === 0) return;
    waiting.first = waiting.first.filter((waiter) => waiter.deadline > at);
    const retryAfterSeconds = Math.max(1, Math.ceil(Math.max(untilReset(at), closedUntil - at) / 1000));
    const message = "Intercom's limit of calls is used up for the moment";
    for (const waiter of late) waiter.refuse(new Failure('rate-limited', message, { retryAfterSeconds }));
  }

  function refuseAll(error: unknown): void {
    for (const waiter of [...waiting.first.splice(0), ...waiting.last.splice(0)]) waiter.refuse(error);
  }

  return {
    begin,
    wait,
    stopBulk() {
      bulkStopped = true;
      for (const waiter of waiting.last.splice(0)) waiter.refuse(stopped());
    },
    close() {
      clearTimeout(timer);
      refuseAll(new Failure('unavailable', 'The app is stopping'));
    },
  };
}

/** For calls that we stop ourselves: Intercom was not the cause, so another process can retry at once. */
function stopped(): Failure {
  return new Failure('rate-limited', 'The app is stopping', { retryAfterSeconds: 0 });
}

function budgetOf({ limit }: WindowNow): number {
  return Math.max(1, Math.floor(limit * (1 - reserved)));
}

/** How much of the window may be used by now: evenly over its first nine seconds, a tenth at once. */
function spendable(window: WindowNow): number {
  const share = Math.min(1, immediateShare + (1 - immediateShare) * (window.elapsedMs / spentAfterMs));
  return Math.max(1, Math.floor(budgetOf(window) * share));
}

/** Milliseconds from the answer's own `retry-after`; null when there is none. */
function retryAfterMs(headers: unknown): number | null {
  const retryAfter =
    typeof headers === 'object' && headers !== null && 'retry-after' in headers
      ? Number(headers['retry-after'])
      : Number.NaN;
  return retryAfter >= 0 ? retryAfter * 1000 : null;
}
