// The governor: all background calls of a workspace, of every process, keep to Intercom's limit, and leave room for agents.
import { Failure } from '../failure.ts';
import { createWindowReading, readTold, type WindowNow, windowSeconds } from './rate-window.ts';

/** What a call came back with; null when it never did. */
export type Answered = (answer: { status: number; headers: unknown } | null) => void;

/** Awaited right before a call; what it resolves with is to be told of the answer. */
export type Pace = () => Promise<Answered>;

/** The windows as all processes share them. */
export type SharedWindows = {
  /**
   * Takes at most `wanted` permits of the window, so that no more than `most` of it is used. `seen` calls have been
   * counted by Intercom itself. `closedFor`: the seconds for which it wants no call at all, whatever the window says.
   */
  lease(
    key: string,
    window: { reset: number; seen: number; wanted: number; most: number },
    at: Date,
  ): Promise<{ granted: number; closedFor: number | null }>;
  close(key: string, until: Date): Promise<void>;
};

export type Governor = {
  /** Waits for its turn for two seconds, then rejects with `rate-limited` and the seconds after which to come back. */
  background(workspaceId: string): Pace;
  /** Work without an end gives way to all other work, and waits for as long as it takes. */
  bulk(workspaceId: string): Pace;
  /** A person is waiting: never held up, but counted. */
  agents(workspaceId: string): Pace;
  /** Ends the waiting of work without an end. */
  stopBulk(): void;
  /** Refuses whoever still waits. */
  close(): void;
};

/** Of the limit, so that agents find room at any time. */
const reserved = 0.015;
// What is left of a window is spent by then: a call on its way must not arrive in the next one.
const spentAfterMs = 9_000;
/** So much of it may be spent at once, or few calls would wait for no reason. */
const atOnce = 0.1;
/** In a window, until an answer has told the limit; Intercom's lowest is 1,000 a minute. */
const carefulLimit = 100;
const backgroundPatienceMs = 2_000;
const lookEveryMs = 25;
const fewestLeased = 8;
const mostLeased = 64;
/** Permits that are gone sooner than this are leased in larger blocks. */
const soonMs = 500;

type Waiter = { deadline: number; go(answered: Answered): void; refuse(error: unknown): void };

export function createGovernor(deps: {
  windows: SharedWindows;
  now(): Date;
  log: { warn(fields: object, message: string): void };
}): Governor {
  const workspaces = new Map<string, ReturnType<typeof governWorkspace>>();
  const of = (workspaceId: string) => {
    const known = workspaces.get(workspaceId) ?? governWorkspace(`intercom ${workspaceId}`, deps);
    workspaces.set(workspaceId, known);
    return known;
  };
  return {
    background: (workspaceId) => () => of(workspaceId).wait('first', backgroundPatienceMs),
    bulk: (workspaceId) => () => of(workspaceId).wait('last', Number.POSITIVE_INFINITY),
    agents: (workspaceId) => async () => of(workspaceId).begin(),
    stopBulk() {
      for (const one of workspaces.values()) one.stopBulk();
    },
    close() {
      for (const one of workspaces.values()) one.close();
    },
  };
}

function governWorkspace(key: string, { windows, now, log }: Parameters<typeof createGovernor>[0]) {
  const reading = createWindowReading();
  const waiting = { first: [] as Waiter[], last: [] as Waiter[] };
  /** Permits in hand, of one window. */
  let lease = { reset: 0, left: 0 };
  let inFlight = 0;
  /** The call that finds out where things stand is under way. */
  let probing = false;
  let closedUntil = 0;
  let leasing = false;
  let block = fewestLeased;
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
      if (answer) hear(answer, sentAt);
      look();
    };
  }

  function hear({ status, headers }: { status: number; headers: unknown }, sentAt: number): void {
    const told = readTold(headers) ?? unlessKnown(sentAt);
    if (told) reading.told(told, sentAt, time());
    if (status === 429) closeFor(headers);
  }

  /** Whoever answers without a word on limits is not to be flooded, and is not to be waited for either. */
  function unlessKnown(sentAt: number) {
    if (reading.at(time())) return null;
    const end = (Math.floor(sentAt / 1000 / windowSeconds) + 1) * windowSeconds;
    return { limit: carefulLimit, remaining: carefulLimit - 1, reset: end };
  }

  /** For everybody, in all processes. */
  function closeFor(headers: unknown): void {
    const window = reading.at(time());
    const untilReset = window ? windowSeconds * 1000 - window.elapsedMs : 1_000;
    closedUntil = Math.max(closedUntil, time() + Math.max(askedFor(headers) ?? untilReset, 100));
    lease = { reset: 0, left: 0 };
    windows
      .close(key, new Date(closedUntil))
      .catch((error: unknown) => log.warn({ err: error, key }, 'a rate limit could not be told to others'));
  }

  function wait(turn: keyof typeof waiting, patienceMs: number): Promise<Answered> {
    if (turn === 'last' && bulkStopped) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      waiting[turn].push({ deadline: time() + patienceMs, go: resolve, refuse: reject });
      look();
    });
  }

  /** Lets through whom it can, and looks again soon for those who are left. */
  function look(): void {
    clearTimeout(timer);
    const at = time();
    giveUp(at);
    while (someWait() && mayGo(at)) {
      const asProbe = !reading.at(at)?.confirmed;
      (waiting.first.shift() ?? waiting.last.shift())?.go(begin(asProbe));
    }
    if (!someWait()) return;
    void fetchLease(at);
    timer = setTimeout(look, lookEveryMs);
  }

  const someWait = () => waiting.first.length + waiting.last.length > 0;

  function mayGo(at: number): boolean {
    if (at < closedUntil) return false;
    const window = reading.at(at);
    // One call tells where things stand; whatever else there is waits for its answer.
    if (!window) return !probing;
    if (!window.confirmed && probing) return false;
    if (lease.reset !== window.reset || lease.left === 0) return false;
    // What is on its way may not have been counted yet.
    if (window.seen + inFlight >= budgetOf(window)) return false;
    lease.left -= 1;
    return true;
  }

  async function fetchLease(at: number): Promise<void> {
    const window = reading.at(at);
    const inHand = window && lease.reset === window.reset && lease.left > 0;
    if (!window || inHand || leasing || at < closedUntil) return;
    const most = spendable(window);
    if (window.seen >= most) return;
    leasing = true;
    // By the database's latency and not by its number of answers: a busy one must not become the limit.
    block = Math.min(Math.max(at - leasedAt < soonMs ? block * 2 : block / 2, fewestLeased), mostLeased);
    leasedAt = at;
    const wanted = block;
    try {
      const { reset, seen } = window;
      const { granted, closedFor } = await windows.lease(key, { reset, seen, wanted, most }, now());
      if (closedFor !== null) closedUntil = Math.max(closedUntil, time() + closedFor * 1000);
      lease = { reset, left: granted };
      leasing = false;
      if (granted > 0) look();
    } catch (error) {
      leasing = false;
      refuseAll(error);
    }
  }

  function giveUp(at: number): void {
    const late = waiting.first.filter((one) => one.deadline <= at);
    if (late.length === 0) return;
    waiting.first = waiting.first.filter((one) => one.deadline > at);
    const window = reading.at(at);
    const untilReset = window ? windowSeconds * 1000 - window.elapsedMs : 1_000;
    const retryAfterSeconds = Math.max(1, Math.ceil(Math.max(untilReset, closedUntil - at) / 1000));
    const message = "Intercom's limit of calls is used up for the moment";
    for (const one of late) one.refuse(new Failure('rate-limited', message, { retryAfterSeconds }));
  }

  function refuseAll(error: unknown): void {
    for (const one of [...waiting.first.splice(0), ...waiting.last.splice(0)]) one.refuse(error);
  }

  return {
    begin,
    wait,
    stopBulk() {
      bulkStopped = true;
      for (const one of waiting.last.splice(0)) one.refuse(stopped());
    },
    close() {
      clearTimeout(timer);
      refuseAll(new Failure('unavailable', 'The app is stopping'));
    },
  };
}

/** Whoever is refused so was not held up by Intercom, and goes on at once elsewhere. */
function stopped(): Failure {
  return new Failure('rate-limited', 'The app is stopping', { retryAfterSeconds: 0 });
}

function budgetOf({ limit }: WindowNow): number {
  return Math.max(1, Math.floor(limit * (1 - reserved)));
}

/** How much of the window may be used by now: evenly over its first nine seconds, a tenth at once. */
function spendable(window: WindowNow): number {
  const share = Math.min(1, atOnce + (1 - atOnce) * (window.elapsedMs / spentAfterMs));
  return Math.max(1, Math.floor(budgetOf(window) * share));
}

/** Milliseconds, when the answer says so itself. */
function askedFor(headers: unknown): number | null {
  const asked =
    typeof headers === 'object' && headers !== null && 'retry-after' in headers
      ? Number(headers['retry-after'])
      : Number.NaN;
  return asked >= 0 ? asked * 1000 : null;
}
