// The governor keeps a workspace's background calls, in all processes, within Intercom's limit, with room for agents.
import { Failure } from '../failure.ts';
import { readRetryAfter } from '../outbound/retry-after.ts';
import {
  createWindowReading,
  maxWaitSeconds,
  readWindowState,
  type WindowNow,
  windowSeconds,
} from './rate-window.ts';

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
/** Many wait for their turn together, and a window ends with a second in which no call goes. */
const writePatienceMs = 6_000;
const releaseEveryMs = 25;
const minLeased = 8;
const maxLeased = 64;
/** When a block lasts less than this, the next one is larger. */
const soonMs = 500;

type Waiter = { deadline: number; go(answered: Answered): void; refuse(error: unknown): void };

type Deps = {
  windows: SharedWindows;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

export function createGovernor(deps: Deps) {
  const workspaces = new Map<string, WorkspaceGovernor>();
  const governorOf = (workspaceId: string) => {
    const known = workspaces.get(workspaceId) ?? new WorkspaceGovernor(`intercom ${workspaceId}`, deps);
    workspaces.set(workspaceId, known);
    return known;
  };
  return {
    /** Waits up to two seconds, then rejects with `rate-limited` and the seconds after which to retry. */
    background:
      (workspaceId: string): Pace =>
      () =>
        governorOf(workspaceId).wait('first', backgroundPatienceMs),
    /** As `background`, but waits longer: who gives up makes all writes of the workspace wait for the next window. */
    writes:
      (workspaceId: string): Pace =>
      () =>
        governorOf(workspaceId).wait('first', writePatienceMs),
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

/** The calls of one workspace: those of people go at once, the others wait for permits. */
class WorkspaceGovernor {
  readonly #key: string;
  readonly #windows: SharedWindows;
  readonly #time: () => number;
  readonly #log: Deps['log'];
  readonly #reading = createWindowReading();
  readonly #waiting = { first: [] as Waiter[], last: [] as Waiter[] };
  /** Unused permits for the window that ends at `reset`. */
  #lease = { reset: 0, left: 0 };
  #inFlight = 0;
  /** A first call is on its way to find out the state of the window. */
  #probing = false;
  #closedUntil = 0;
  #leasing = false;
  #block = minLeased;
  #leasedAt = 0;
  #bulkStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(key: string, { windows, now, log }: Deps) {
    this.#key = key;
    this.#windows = windows;
    this.#time = () => now().getTime();
    this.#log = log;
  }

  begin(asProbe = false): Answered {
    const sentAt = this.#time();
    this.#inFlight += 1;
    if (asProbe) this.#probing = true;
    return (answer) => {
      this.#inFlight -= 1;
      if (asProbe) this.#probing = false;
      if (answer) this.#handleAnswer(answer, sentAt);
      this.#releaseWaiting();
    };
  }

  #handleAnswer({ status, headers }: { status: number; headers: unknown }, sentAt: number): void {
    const state = readWindowState(headers) ?? this.#carefulState(sentAt);
    if (state) this.#reading.record(state, sentAt, this.#time());
    if (status === 429) this.#closeFor(headers);
  }

  /** Without rate-limit headers, assume a careful limit: neither flood the service nor wait for it. */
  #carefulState(sentAt: number) {
    if (this.#reading.at(this.#time())) return null;
    const end = (Math.floor(sentAt / 1000 / windowSeconds) + 1) * windowSeconds;
    return { limit: carefulLimit, remaining: carefulLimit - 1, reset: end };
  }

  #closeFor(headers: unknown): void {
    const at = this.#time();
    const seconds = readRetryAfter(headers, new Date(at), maxWaitSeconds);
    const forMs = seconds === null ? this.#untilReset(at) : seconds * 1000;
    this.#closedUntil = Math.max(this.#closedUntil, at + Math.max(forMs, 100));
    this.#lease = { reset: 0, left: 0 };
    this.#windows
      .close(this.#key, new Date(this.#closedUntil))
      .catch((error: unknown) =>
        this.#log.warn(
          { err: error, key: this.#key },
          'a rate limit could not be shared with other processes',
        ),
      );
  }

  #untilReset(at: number): number {
    const window = this.#reading.at(at);
    return window ? windowSeconds * 1000 - window.elapsedMs : 1_000;
  }

  wait(turn: 'first' | 'last', patienceMs: number): Promise<Answered> {
    if (turn === 'last' && this.#bulkStopped) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      this.#waiting[turn].push({ deadline: this.#time() + patienceMs, go: resolve, refuse: reject });
      this.#releaseWaiting();
    });
  }

  /** Releases the calls that may go, and checks again soon for the rest. */
  #releaseWaiting(): void {
    clearTimeout(this.#timer);
    const at = this.#time();
    this.#rejectExpired(at);
    while (this.#hasWaiting() && this.#canGo(at)) {
      const asProbe = !this.#reading.at(at)?.confirmed;
      (this.#waiting.first.shift() ?? this.#waiting.last.shift())?.go(this.begin(asProbe));
    }
    if (!this.#hasWaiting()) return;
    void this.#fetchLease(at);
    this.#timer = setTimeout(() => this.#releaseWaiting(), releaseEveryMs);
  }

  #hasWaiting(): boolean {
    return this.#waiting.first.length + this.#waiting.last.length > 0;
  }

  #canGo(at: number): boolean {
    if (at < this.#closedUntil) return false;
    const window = this.#reading.at(at);
    // A single call finds out the state of the window; all others wait for its answer.
    if (!window) return !this.#probing;
    if (!window.confirmed && this.#probing) return false;
    if (this.#lease.reset !== window.reset || this.#lease.left === 0) return false;
    // Intercom may not have counted the calls in flight yet.
    if (window.seen + this.#inFlight >= budgetOf(window)) return false;
    this.#lease.left -= 1;
    return true;
  }

  async #fetchLease(at: number): Promise<void> {
    const window = this.#reading.at(at);
    const hasPermits = window && this.#lease.reset === window.reset && this.#lease.left > 0;
    if (!window || hasPermits || this.#leasing || at < this.#closedUntil) return;
    const most = spendable(window);
    if (window.seen >= most) return;
    this.#leasing = true;
    // The size depends on the database's latency, so that a busy database does not become the limit.
    this.#block = Math.min(
      Math.max(at - this.#leasedAt < soonMs ? this.#block * 2 : this.#block / 2, minLeased),
      maxLeased,
    );
    this.#leasedAt = at;
    const wanted = this.#block;
    try {
      const { reset, seen } = window;
      const { granted, closedFor } = await this.#windows.lease(
        this.#key,
        { reset, seen, wanted, most },
        new Date(at),
      );
      if (closedFor !== null)
        this.#closedUntil = Math.max(this.#closedUntil, this.#time() + closedFor * 1000);
      this.#lease = { reset, left: granted };
      this.#leasing = false;
      if (granted > 0) this.#releaseWaiting();
    } catch (error) {
      this.#leasing = false;
      this.#refuseAll(error);
    }
  }

  #rejectExpired(at: number): void {
    const late = this.#waiting.first.filter((waiter) => waiter.deadline <= at);
    if (late.length === 0) return;
    this.#waiting.first = this.#waiting.first.filter((waiter) => waiter.deadline > at);
    const retryAfterSeconds = Math.max(
      1,
      Math.ceil(Math.max(this.#untilReset(at), this.#closedUntil - at) / 1000),
    );
    const message = "Intercom's rate limit is reached for the moment";
    for (const waiter of late) waiter.refuse(new Failure('rate-limited', message, { retryAfterSeconds }));
  }

  #refuseAll(error: unknown): void {
    for (const waiter of [...this.#waiting.first.splice(0), ...this.#waiting.last.splice(0)])
      waiter.refuse(error);
  }

  stopBulk(): void {
    this.#bulkStopped = true;
    for (const waiter of this.#waiting.last.splice(0)) waiter.refuse(stopped());
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#refuseAll(stopped());
  }
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
