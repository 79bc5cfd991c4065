// Runs by the real queue: fast although it polls, fair, in order over several workers, taken over from the dead.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NewRun } from '../../src/domain/runs/run.ts';
import { repeat } from '../../src/jobs/repeat.ts';
import { planRun } from '../../src/usecases/runs/plan-run.ts';
import { sweepRuns } from '../../src/usecases/runs/work-runs.ts';
import { freshDatabase } from '../support/database/clone.ts';
import { type Driver, type Handle, newRun, queueRuns } from '../support/runs.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let closing: (() => unknown)[];

beforeEach(async () => {
  closing = [];
  database = await freshDatabase();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.toReversed()) await close();
  await database?.drop();
});

async function worker(handle: Handle): Promise<Driver> {
  const driver = await queueRuns(database.url, handle);
  closing.push(driver.close);
  return driver;
}

const left = async (driver: Driver) =>
  (await driver.database.pool.query("select count(*)::int as n from runs where state <> 'done'")).rows[0]?.n;

/** Many at once, as a backfill or a long outage leaves them. */
async function addMany(driver: Driver, wanted: (Partial<NewRun> & { subject: string })[]): Promise<void> {
  await driver.database.transaction(async (tx) => {
    for (const one of wanted) await planRun(driver.ctx, tx, newRun(one));
  });
}

test('many short runs are done one after the other, however long the poll takes', async () => {
  const driver = await worker(async () => ({}));
  // From here on no poll comes: what is done, is done because a job was announced or the last batch was full.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const subjects = Array.from({ length: 50 }, (_, n) => `person ${n}`);
  // A transaction wakes a worker once for each person: four of them make 200 jobs.
  for (let round = 0; round < 4; round += 1)
    await addMany(
      driver,
      subjects.map((subject) => ({ subject })),
    );
  await expect.poll(() => left(driver)).toBe(0);
});

test('four workspaces with 150 runs each in the queue do not keep a fifth one waiting', async () => {
  const begun: string[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const driver = await worker(async (run) => {
    begun.push(run.workspaceId);
    await released;
    return {};
  });
  await addMany(
    driver,
    Array.from({ length: 600 }, (_, n) => ({ workspaceId: `noisy ${n % 4}`, subject: `person ${n}` })),
  );
  await expect.poll(() => begun.length).toBeGreaterThan(0);
  await driver.add({ workspaceId: 'quiet', subject: 'ann' });
  release();
  await expect.poll(() => begun).toContain('quiet');
  // In the order in which they came, six hundred would be begun before it; as it is, the first thirty of each.
  expect(begun.indexOf('quiet')).toBeLessThan(200);
});

test('a run that takes long holds up no one but its own subject', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const driver = await worker(async (run) => {
    if (run.deduplicationKey === 'slow') await released;
    return {};
  });
  await driver.add({ subject: 'slow person', deduplicationKey: 'slow' });
  for (let n = 0; n < 20; n += 1) await driver.add({ subject: 'slow person' });
  await addMany(
    driver,
    Array.from({ length: 60 }, (_, n) => ({ subject: `person ${n}` })),
  );
  const othersLeft = async () =>
    (await driver.rows()).filter((row) => row.subject !== 'slow person' && row.state !== 'done').length;
  await expect.poll(othersLeft).toBe(0);
  expect(
    (await driver.rows())
      .filter((row) => row.subject === 'slow person')
      .every((row) => row.state === 'waiting'),
  ).toBe(true);
  release();
  await expect.poll(() => left(driver)).toBe(0);
});

test('two processes share the work of many subjects, never the same one at once, each in its order', async () => {
  const seen: { by: number; subject: string; seq: number; began: number; ended: number }[] = [];
  const handle =
    (by: number): Handle =>
    async (run) => {
      const began = performance.now();
      await sleep(Math.random() * 10);
      seen.push({ by, subject: run.subject, seq: run.seq, began, ended: performance.now() });
      return {};
    };
  const first = await worker(handle(1));
  await worker(handle(2));
  for (let n = 0; n < 100; n += 1) await first.add({ subject: `person ${n % 7}` });
  await expect.poll(() => left(first)).toBe(0);
  expect(seen).toHaveLength(100);
  expect(new Set(seen.map((one) => one.by)).size).toBe(2);
  for (const subject of new Set(seen.map((one) => one.subject))) {
    const theirs = seen.filter((one) => one.subject === subject).toSorted((a, b) => a.began - b.began);
    expect(theirs.map((one) => one.seq)).toEqual(theirs.map((one) => one.seq).toSorted((a, b) => a - b));
    for (const [at, one] of theirs.entries())
      expect(one.began).toBeGreaterThanOrEqual(theirs[at - 1]?.ended ?? 0);
  }
});

test('a run that failed is tried again by itself when it falls due', async () => {
  let tries = 0;
  const driver = await worker(async () => {
    tries += 1;
    if (tries === 1) throw new Error('no');
    return {};
  });
  await driver.add({ subject: 'ann' });
  const becomeDue = async () => {
    await driver.database.pool.query("update runs set due_at = now() where state = 'waiting'");
    await driver.database.pool.query(
      "update pgboss.job set start_after = now() where state = 'created' and start_after > now()",
    );
  };
  // It would take seconds by itself.
  await expect.poll(() => becomeDue().then(() => left(driver))).toBe(0);
  expect(tries).toBe(2);
});

test('what a killed process had in hand is taken over, and what waited behind it follows', async () => {
  const script = fileURLToPath(new URL('../support/process/runs-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, database.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  closing.push(() => child.kill('SIGKILL'));
  let told = '';
  child.stdout.on('data', (text: Buffer) => {
    told += text.toString();
  });
  await expect.poll(() => told).toContain('ready');

  const again: { deduplicationKey: string; attempted: boolean }[] = [];
  const heir = await worker(async (run) => {
    again.push({ deduplicationKey: run.deduplicationKey, attempted: run.attemptedAt !== null });
    return {};
  });
  const stopSweeping = repeat(100, 'sweep', () => sweepRuns(heir.ctx), { warn() {} });
  closing.push(stopSweeping);
  // Until the child has a long one in hand; those that the heir got are done at once, and the child may do what follows one.
  const longOne = () => /^began (\d+)$/m.exec(told)?.[1];
  for (let n = 0; !longOne(); n += 1) {
    await heir.add({ subject: `person ${n}`, deduplicationKey: `${n}`, cause: '600000' });
    await heir.add({ subject: `person ${n}`, deduplicationKey: `${n} next`, cause: '0' });
    await sleep(20);
  }
  const held = longOne();
  child.kill('SIGKILL');
  await once(child, 'exit');
  // A sweep takes up what has been due for some seconds: let them pass.
  await heir.database.pool.query("update runs set due_at = due_at - interval '1 minute'");
  await expect.poll(() => left(heir)).toBe(0);
  const theirs = again.filter((one) => one.deduplicationKey.split(' ')[0] === held);
  expect(theirs).toEqual([
    { deduplicationKey: held, attempted: true },
    { deduplicationKey: `${held} next`, attempted: false },
  ]);
});

test('a queue that another version made has the options of this one after a start', async () => {
  const first = await worker(async () => ({}));
  const { pool } = first.database;
  const options = async () =>
    (await pool.query("select distinct retry_limit, notify from pgboss.queue where name !~ '^__'")).rows;
  const made = await options();
  expect(made).toEqual([{ retry_limit: 20, notify: true }]);
  await pool.query("update pgboss.queue set retry_limit = 3, notify = false where name = 'work-runs'");
  await worker(async () => ({}));
  expect(await options()).toEqual(made);
});

test('what happened to a job is forgotten within the hour', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const driver = await worker(async () => ({}));
  await driver.add({ subject: 'ann' });
  const jobs = async (state: string) =>
    (await driver.database.pool.query('select 1 from pgboss.job where state = $1', [state])).rowCount;
  await expect.poll(() => jobs('completed')).toBe(1);
  await driver.database.pool.query(
    `update pgboss.job set completed_on = completed_on - interval '61 minutes'`,
  );
  await driver.database.pool.query('update pgboss.queue set maintain_on = null');
  // The queue looks after itself every few seconds.
  await expect
    .poll(() => {
      vi.advanceTimersByTime(1_000);
      return jobs('completed');
    })
    .toBe(0);
});
