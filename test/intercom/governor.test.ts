// The governor over a real PostgreSQL and the sandbox's rate limit: nothing is wasted, nothing refused, agents go first.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import { createIntercomCall, type IntercomCall } from '../../src/intercom/call.ts';
import { createGovernor, type Pace, type SharedWindows } from '../../src/intercom/rate-limit.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { createSharedWindows } from '../../src/store/limits/shared-windows.ts';
import { freshDatabase } from '../support/database/clone.ts';

const limit = 100;
/** How often the governor looks for calls that may go. */
const releaseEveryMs = 25;
let at: number;
/** How far Intercom's clock is ahead of ours. */
let ahead: number;
let sandbox: Sandbox;
let database: Database;
let closing: (() => unknown)[];
let allowed: number;
let refused: number;
/** Calls to Intercom and leases that are under way. */
let inFlight: Set<Promise<void>>;
/** Grows with every answer and with every permit. */
let progress: number;

beforeEach(async () => {
  closing = [];
  at = Date.parse('2026-11-12T09:00:03Z');
  ahead = 0;
  allowed = 0;
  refused = 0;
  inFlight = new Set();
  progress = 0;
  const { url, drop } = await freshDatabase();
  closing.push(drop);
  database = openDatabase(url, { warn() {} });
  closing.push(database.close);
  const clients = { clientId: 'an-app', clientSecret: 'a-secret', appUrl: 'http://127.0.0.1:1' };
  sandbox = await createSandbox({ port: 0, folder: ':memory:', ...clients, now: () => at + ahead });
  closing.push(sandbox.close);
  changeSettings(sandbox.world, { rate_limit_per_10s: limit });
  // The governor's own: no time passes but what a test lets pass.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const step of closing.reverse()) await step();
});

/** The governor of a process of its own. */
function newProcess() {
  const windows = createSharedWindows(database);
  const watched: SharedWindows = {
    async lease(...wanted) {
      const taken = await watch(windows.lease(...wanted));
      progress += taken.granted;
      return taken;
    },
    close: (...wanted) => watch(windows.close(...wanted)),
  };
  const governor = createGovernor({ windows: watched, now: () => new Date(at), log: { warn() {} } });
  closing.push(governor.close);
  return governor;
}

function watch<T>(request: Promise<T>): Promise<T> {
  const ended = request
    .catch(() => {})
    .then(() => {
      inFlight.delete(ended);
    });
  inFlight.add(ended);
  return request;
}

function calling(pace: Pace): IntercomCall {
  const watched: Pace = async () => {
    const answered = await pace();
    const { promise, resolve } = Promise.withResolvers<void>();
    void watch(promise);
    return (answer) => {
      progress += 1;
      resolve();
      answered(answer);
    };
  };
  return createIntercomCall(sandbox.url, 'sandbox-access-token', 8_000, watched);
}

/** Rejects with what the call did. */
async function call(intercom: IntercomCall): Promise<void> {
  try {
    await intercom('get', '/me');
    allowed += 1;
  } catch (error) {
    if (error instanceof Error && error.message === "Intercom's rate limit is reached") refused += 1;
    throw error;
  }
}

/** Callers that never stop asking; they end with the governor. */
function callOnAndOn(pace: Pace, callers: number): void {
  const intercom = calling(pace);
  const goOn = async () => {
    for (;;) await call(intercom);
  };
  for (let n = 0; n < callers; n += 1) goOn().catch(() => {});
}

/** Until the answers are in, and all that wait for them have gone on. */
async function answersAreIn(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) {
    await new Promise(setImmediate);
    if (inFlight.size === 0) continue;
    await Promise.all(inFlight);
    turns = 0;
  }
}

/** Until the governors have looked for work to release three times, and found none. The clock stands still meanwhile. */
async function settled(): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 3; quiet = before === progress ? quiet + 1 : 0) {
    before = progress;
    vi.advanceTimersByTime(releaseEveryMs);
    await answersAreIn();
  }
}

/** Lets time pass in small steps, each as long as callers find something to do. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    at += 1_000;
    await settled();
  }
}

test.each([
  ['are right', 0],
  ['differ: Intercom is four seconds ahead', 4_000],
  ['differ: Intercom is seven seconds behind', -7_000],
])(
  'two processes use what is allowed, and no one is refused, when the clocks %s',
  async (_what, difference) => {
    ahead = difference;
    callOnAndOn(newProcess().bulk('sandbox'), 10);
    callOnAndOn(newProcess().bulk('sandbox'), 10);
    await pass(7_000);
    const before = allowed;
    await pass(20_000);
    expect(refused).toBe(0);
    // Two windows; a little is left for agents, and of what one process has leased the other cannot use the rest.
    expect(allowed - before).toBeGreaterThanOrEqual(2 * limit * 0.9);
  },
);

test('fifty calls at once find out about a limit of twenty before they run into it', async () => {
  changeSettings(sandbox.world, { rate_limit_per_10s: 20 });
  callOnAndOn(newProcess().bulk('sandbox'), 50);
  await pass(11_000);
  expect(refused).toBe(0);
  expect(allowed).toBeGreaterThanOrEqual(19);
});

test('an agent is let through at once when background work has used all that it may, and finds room', async () => {
  const governor = newProcess();
  callOnAndOn(governor.bulk('sandbox'), 20);
  await pass(16_000);
  const before = allowed;
  await settled();
  expect(allowed).toBe(before);
  await call(calling(governor.agents('sandbox')));
  expect(allowed).toBe(before + 1);
  expect(refused).toBe(0);
});

test("what agents and other apps use is not used again by this app's background work", async () => {
  const governor = newProcess();
  callOnAndOn(governor.bulk('sandbox'), 4);
  const agent = calling(governor.agents('sandbox'));
  const others = calling(async () => () => {});
  for (let second = 0; second < 40; second += 1) {
    if (second % 10 < 5) for (let n = 0; n < 6; n += 1) await call(others);
    if (second % 2 === 0) await call(agent);
    await pass(1_000);
  }
  expect(refused).toBe(0);
  expect(allowed).toBeGreaterThanOrEqual(3 * limit);
});

test('when Intercom refuses one process nevertheless, all of them leave it alone until its window ends', async () => {
  const [one, other] = [newProcess(), newProcess()];
  await call(calling(one.background('sandbox')));
  await call(calling(other.background('sandbox')));
  changeSettings(sandbox.world, { rate_limit_per_10s: 2 });
  await expect(call(calling(one.agents('sandbox')))).rejects.toMatchObject({ code: 'rate-limited' });
  changeSettings(sandbox.world, { rate_limit_per_10s: limit });
  await settled();
  const before = allowed + refused;
  // More than the other one has leased already.
  callOnAndOn(other.bulk('sandbox'), 10);
  await settled();
  const leased = allowed + refused - before;
  expect(leased).toBeLessThan(8);
  await pass(4_000);
  expect(allowed + refused - before).toBe(leased);
  await pass(5_000);
  expect(allowed - before).toBeGreaterThan(8);
});

test('background work does not wait for long, and says when to come back', async () => {
  const governor = newProcess();
  const agent = calling(governor.agents('sandbox'));
  for (let n = 0; n < limit; n += 1) await call(agent);
  const waits = call(calling(governor.background('sandbox'))).catch((error: unknown) => error);
  await pass(1_000);
  expect(allowed).toBe(limit);
  await pass(1_000);
  expect(await waits).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 5 });
  expect(refused).toBe(0);
});

test('work without an end gives way to other background work', async () => {
  const governor = newProcess();
  await call(calling(governor.agents('sandbox')));
  callOnAndOn(governor.bulk('sandbox'), 60);
  await pass(2_000);
  const order: string[] = [];
  const bulk = call(calling(governor.bulk('sandbox'))).then(() => order.push('bulk'));
  const background = call(calling(governor.background('sandbox'))).then(() => order.push('background'));
  await pass(15_000);
  await Promise.all([bulk, background]);
  expect(order).toEqual(['background', 'bulk']);
});
