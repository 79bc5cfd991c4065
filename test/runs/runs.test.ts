// Runs without a queue, by a clock of the test's own: order, attempts, outages, refused grants, probes, retries.
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/domain/runs/run.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { Failure } from '../../src/failure.ts';
import { resumeRuns } from '../../src/usecases/runs/outages.ts';
import { retryFailedRuns } from '../../src/usecases/runs/run-log.ts';
import { probeOutages, sweepRuns, workRuns } from '../../src/usecases/runs/work-runs.ts';
import { freshDatabase } from '../support/database/clone.ts';
import { changeStatus, driveRuns, type HandDriver, type Handle } from '../support/runs.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let driver: HandDriver;
let clock: number;
/** What the next try of any run leads to; the names of those that were tried. */
let handle: Handle;
let tried: string[];
let beforeRelease: () => Promise<void>;

beforeEach(async () => {
  clock = Date.parse('2026-11-12T09:00:00Z');
  tried = [];
  handle = async () => answered;
  beforeRelease = async () => {};
  database = await freshDatabase();
  driver = driveRuns(
    database.url,
    (run, markAttempted) => {
      tried.push(run.deduplicationKey);
      return handle(run, markAttempted);
    },
    () => new Date(clock),
    () => beforeRelease(),
  );
});
afterEach(async () => {
  await driver?.close();
  await database?.drop();
});

const answered = { exchange: { request: 'a test', answer: 200 } };
const pass = (seconds: number) => {
  clock += seconds * 1000;
};
const work = (subject: string, workspaceId = 'w') => workRuns(driver.ctx, workspaceId, subject);
const states = async () => (await driver.rows()).map((row) => row.state);
const fails =
  (failure: () => Error): Handle =>
  () =>
    Promise.reject(failure());
const unavailable = () => new Failure('unavailable', 'Intercom did not answer (ECONNREFUSED)');
const outages = async () =>
  (await driver.database.pool.query('select service, failures, since from outages order by service')).rows;

test('runs of one subject are done in the order in which they were recorded', async () => {
  for (const deduplicationKey of ['first', 'second', 'third'])
    await driver.add({ subject: 'ann', deduplicationKey });
  await work('ann');
  expect(tried).toEqual(['first', 'second', 'third']);
  expect(await states()).toEqual(['done', 'done', 'done']);
});

test('the same effect is recorded once, and not at all when its transaction is rolled back', async () => {
  expect(await driver.add({ subject: 'ann', deduplicationKey: 'qualify' })).toBe(true);
  expect(await driver.add({ subject: 'ann', deduplicationKey: 'qualify' })).toBe(false);
  expect(await driver.add({ workspaceId: 'other', subject: 'ann', deduplicationKey: 'qualify' })).toBe(true);
  expect(driver.woken).toEqual(['ann', 'ann']);
  expect(await driver.rows()).toHaveLength(2);
});

test('a run that fails for good keeps its error text, what was asked and answered, and does not hold up the next one', async () => {
  await driver.add({ subject: 'ann', deduplicationKey: 'bad', maxAttempts: 1 });
  await driver.add({ subject: 'ann', deduplicationKey: 'good' });
  const error = 'Intercom answered 400: no such attribute';
  const request = { method: 'PUT', path: '/contacts/a', data: { custom_attributes: { plan: 'x' } } };
  const exchange = { request, answer: { status: 400, message: 'no such attribute' } };
  handle = async (run) => {
    if (run.deduplicationKey === 'bad') throw new Failure('bad-upstream', error, { exchange });
    return answered;
  };
  await work('ann');
  expect(await driver.rows()).toMatchObject([
    { state: 'failed', attempts: 1, error, exchange },
    { state: 'done' },
  ]);
});

test('attempts wait twice as long each time, and hold up only their own subject', async () => {
  await driver.add({ subject: 'ann', deduplicationKey: 'ann 1', maxAttempts: 5 });
  await driver.add({ subject: 'ann', deduplicationKey: 'ann 2' });
  await driver.add({ subject: 'ben', deduplicationKey: 'ben 1' });
  handle = async (run) => {
    if (run.deduplicationKey === 'ann 1') throw new Error('no');
    return answered;
  };
  const waits: number[] = [];
  for (const attempt of [1, 2, 3, 4]) {
    await work('ann');
    const [head] = await driver.rows();
    expect(head).toMatchObject({ state: 'waiting', attempts: attempt, error: 'no' });
    const wait = (Number(head?.due_at) - clock) / 1000;
    waits.push(wait);
    pass(wait - 0.001);
    await work('ann');
    expect((await driver.rows())[0]).toMatchObject({ attempts: attempt });
    pass(0.001);
  }
  expect(waits).toEqual([2, 4, 8, 16]);
  await work('ben');
  expect(tried).toEqual(['ann 1', 'ann 1', 'ann 1', 'ann 1', 'ben 1']);
  await work('ann');
  expect(tried.slice(-2)).toEqual(['ann 1', 'ann 2']);
  expect(await states()).toEqual(['failed', 'done', 'done']);
});

test('a rate limit uses up no attempt, and until it is over no one of the workspace asks that service', async () => {
  await driver.add({ subject: 'ann', maxAttempts: 1 });
  await driver.add({ subject: 'ben', maxAttempts: 1 });
  await driver.add({ subject: 'cleo', work: changeStatus() });
  handle = fails(() => new Failure('rate-limited', 'slow down', { retryAfterSeconds: 30 }));
  await work('ann');
  await work('ben');
  expect(tried).toHaveLength(1);
  handle = async () => answered;
  await work('cleo');
  expect(tried).toHaveLength(2);
  pass(29);
  await work('ann');
  expect(await states()).toEqual(['waiting', 'waiting', 'done']);
  pass(2);
  await work('ann');
  await work('ben');
  expect(await driver.rows()).toMatchObject([
    { state: 'done', attempts: 0 },
    { state: 'done', attempts: 0 },
    { state: 'done' },
  ]);
});

test('three failures to reach a service are an outage: it is left alone, probed each minute, and nothing is used up', async () => {
  for (const subject of ['ann', 'ben', 'cleo', 'dora'])
    await driver.add({ subject, deduplicationKey: subject, maxAttempts: 1 });
  await driver.add({ subject: 'ann', deduplicationKey: 'ann again' });
  handle = fails(unavailable);
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  expect(await outages()).toMatchObject([{ service: 'intercom', failures: 3, since: new Date(clock) }]);
  await work('dora');
  pass(10);
  for (const subject of ['ann', 'ben']) await work(subject);
  expect(tried).toEqual(['ann', 'ben', 'cleo']);
  expect((await driver.rows()).map((row) => row.paused_for)).toEqual([
    'intercom',
    'intercom',
    'intercom',
    'intercom',
    null,
  ]);
  // Every minute another one, so that a hopeless run does not hide that the service is back.
  for (let minute = 0; minute < 4; minute += 1) {
    pass(61);
    await probeOutages(driver.ctx);
    await probeOutages(driver.ctx);
  }
  expect(tried.slice(3).toSorted()).toEqual(['ann', 'ben', 'cleo', 'dora']);
  expect((await driver.rows()).every((row) => row.state === 'waiting' && row.attempts === 0)).toBe(true);

  handle = async () => answered;
  driver.woken.length = 0;
  pass(61);
  await probeOutages(driver.ctx);
  expect(await outages()).toEqual([]);
  expect(driver.woken.length).toBeGreaterThanOrEqual(3);
  for (const subject of driver.woken) await work(subject);
  expect(await states()).toEqual(Array(5).fill('done'));
  expect(tried.indexOf('ann again')).toBeGreaterThan(tried.lastIndexOf('ann'));
});

test('a call that always fails is the failure of its own runs where Intercom answers others, and pauses nothing', async () => {
  driver.intercom.isUp = true;
  for (const subject of ['ann', 'ben', 'cleo']) await driver.add({ subject, maxAttempts: 5 });
  handle = fails(unavailable);
  for (let turn = 0; turn < 30; turn += 1) {
    for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
    expect((await driver.rows()).map((row) => row.paused_for)).toEqual([null, null, null]);
    pass(61);
  }
  const failed = { state: 'failed', attempts: 5, error: 'Intercom did not answer (ECONNREFUSED)' };
  expect(await driver.rows()).toMatchObject([failed, failed, failed]);
});

test("a call of a referral platform that always fails is its own run's failure where the platform answers others", async () => {
  driver.platform.isUp = true;
  const referral = await referralOn('referral-factory');
  const subjects = ['ann', 'ben', 'cleo'];
  for (const subject of subjects) await driver.add({ subject, work: changeStatus(referral), maxAttempts: 5 });
  handle = fails(() => new Failure('unavailable', 'Referral Factory answered 500: no'));
  for (let turn = 0; turn < 30; turn += 1) {
    for (const subject of subjects) await work(subject);
    expect((await driver.rows()).map((row) => row.paused_for)).toEqual([null, null, null]);
    pass(61);
  }
  const failed = { state: 'failed', attempts: 5, error: 'Referral Factory answered 500: no' };
  expect(await driver.rows()).toMatchObject([failed, failed, failed]);
});

test('a probe that fails where Intercom answers others ends the outage, and counts as an attempt', async () => {
  for (const subject of ['ann', 'ben', 'cleo']) await driver.add({ subject });
  handle = fails(unavailable);
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  pass(10);
  for (const subject of ['ann', 'ben']) await work(subject);
  expect(await outages()).toMatchObject([{ service: 'intercom', failures: 3, since: expect.any(Date) }]);
  pass(51);
  await probeOutages(driver.ctx);
  expect(await outages()).toHaveLength(1);
  driver.intercom.isUp = true;
  pass(61);
  await probeOutages(driver.ctx);
  expect(await outages()).toEqual([]);
  const rows = await driver.rows();
  expect(rows.map((row) => row.paused_for)).toEqual([null, null, null]);
  expect(rows.map((row) => row.attempts).toSorted()).toEqual([0, 0, 1]);
});

test('a probe that found nothing to ask does not end the outage', async () => {
  for (const subject of ['ann', 'ben', 'cleo']) await driver.add({ subject, deduplicationKey: subject });
  handle = fails(unavailable);
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  pass(10);
  for (const subject of ['ann', 'ben']) await work(subject);
  pass(51);
  handle = async () => ({});
  await probeOutages(driver.ctx);
  expect((await driver.rows()).filter((row) => row.paused_for === 'intercom')).toHaveLength(2);
  expect((await states()).filter((state) => state === 'done')).toHaveLength(1);
  expect(await outages()).toHaveLength(1);
});

test('success in between starts the count again: failures now and then are not an outage', async () => {
  for (const subject of ['ann', 'ben', 'cleo', 'dora', 'elin'])
    await driver.add({ subject, deduplicationKey: subject });
  handle = async (run) => {
    if (run.deduplicationKey === 'cleo') return answered;
    throw unavailable();
  };
  for (const subject of ['ann', 'ben', 'cleo', 'dora', 'elin']) await work(subject);
  expect((await driver.rows()).map((row) => row.paused_for)).toEqual(Array(5).fill(null));
});

test('a run that alone meets 5xx while others get through fails in the end', async () => {
  await driver.add({ subject: 'poison', deduplicationKey: 'poison', maxAttempts: 3 });
  handle = async (run) => {
    if (run.deduplicationKey === 'poison') throw unavailable();
    return answered;
  };
  for (let round = 0; round < 4; round += 1) {
    await work('poison');
    await driver.add({ subject: 'ann' });
    await work('ann');
    pass(20);
  }
  const [poison] = await driver.rows();
  expect(poison).toMatchObject({ state: 'failed', attempts: 3, error: unavailable().message });
});

const secret = 'timeout@example.com';

test('trouble of our own database uses up no attempt, pauses nothing, and shows no SQL', async () => {
  const subjects = ['ann', 'ben', 'cleo', 'dora'];
  for (const subject of subjects) await driver.add({ subject, maxAttempts: 1 });
  handle = async () => {
    await driver.database.db.execute(sql`select from gone_for_a_moment where email = ${secret}`);
    return answered;
  };
  for (const subject of subjects) await work(subject);
  const rows = await driver.rows();
  for (const row of rows) expect(row).toMatchObject({ state: 'waiting', attempts: 0, paused_for: null });
  expect(JSON.stringify(rows)).not.toMatch(/timeout@|select/);
  expect(await outages()).toEqual([]);
  handle = async () => answered;
  pass(12);
  for (const subject of subjects) await work(subject);
  expect(await states()).toEqual(Array(4).fill('done'));
});

test('a value that the database refuses is the failure of its run alone, and is not shown', async () => {
  await driver.add({ subject: 'ann', maxAttempts: 5 });
  handle = async () => ({
    ...answered,
    async record(tx) {
      await tx.execute(sql`select ${secret}::int`);
    },
  });
  await work('ann');
  const rows = await driver.rows();
  expect(rows).toMatchObject([{ state: 'failed', attempts: 1, error: expect.stringContaining('22P02') }]);
  expect(JSON.stringify(rows)).not.toMatch(/timeout@|select/);
});

test('a refusal that is final fails at once, and ends the outage of a service that answers so', async () => {
  for (const subject of ['ann', 'ben', 'cleo']) await driver.add({ subject });
  handle = fails(unavailable);
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  expect(await outages()).toHaveLength(1);
  handle = fails(() => new Failure('invalid', 'Intercom answered 422: no', { final: true, notDone: true }));
  pass(61);
  await probeOutages(driver.ctx);
  expect(await outages()).toEqual([]);
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  const failed = { state: 'failed', attempts: 1, error: 'Intercom answered 422: no' };
  expect(await driver.rows()).toMatchObject([failed, failed, failed]);
});

/** Returns its id. */
async function referralOn(platform: string): Promise<string> {
  const { pool } = driver.database;
  const [campaign, person, referral] = [randomUUID(), randomUUID(), randomUUID()];
  await pool.query(
    `insert into campaigns (id, workspace_id, name, platform, destination_url, created_at)
     values ($1, 'w', 'Spring', $2, 'https://example.com', now())`,
    [campaign, platform],
  );
  await pool.query("insert into people (id, workspace_id, created_at) values ($1, 'w', now())", [person]);
  await pool.query(
    `insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
     values ($1, 'w', $2, $3, 'pending', now(), 'none', 'api', now())`,
    [referral, campaign, person],
  );
  return referral;
}

test('an outage of a referral platform stops neither Intercom nor the built-in platform', async () => {
  const referral = await referralOn('built-in');
  let done = 0;
  handle = async (run) => {
    if (run.work.kind === 'change-status' && run.referralId !== referral) throw unavailable();
    done += 1;
    return answered;
  };
  for (const subject of ['ann', 'ben', 'cleo']) {
    await driver.add({ subject, work: changeStatus() });
    await work(subject);
  }
  expect(await outages()).toMatchObject([{ service: 'platform', failures: 3 }]);
  await driver.add({ subject: 'dora', work: changeStatus(referral) });
  await driver.add({ subject: 'elin' });
  await work('dora');
  await work('elin');
  expect(done).toBe(2);
  expect((await outages())[0]).toMatchObject({ failures: 3 });
});

test('a refused token pauses what needs Intercom, and a new grant lets it continue by itself', async () => {
  await driver.add({ subject: 'ann', maxAttempts: 1 });
  await driver.add({ subject: 'ben', maxAttempts: 1 });
  await driver.add({ subject: 'cleo', work: changeStatus() });
  handle = async (run) => {
    if (run.work.kind === 'change-status') return answered;
    throw new Failure('unauthorized', 'Intercom refused the app’s token');
  };
  for (const subject of ['ann', 'ben', 'cleo']) await work(subject);
  expect(tried).toHaveLength(2);
  expect(await driver.rows()).toMatchObject([
    { state: 'waiting', paused_for: 'token', attempts: 0, error: 'Intercom refused the app’s token' },
    { state: 'waiting', paused_for: 'token', attempts: 0 },
    { state: 'done' },
  ]);
  handle = async () => answered;
  driver.woken.length = 0;
  await resumeRuns(driver.ctx, 'w', 'token');
  expect(driver.woken.toSorted()).toEqual(['ann', 'ben']);
  for (const subject of driver.woken) await work(subject);
  expect(await states()).toEqual(['done', 'done', 'done']);
});

test('a refusal of the old token that comes after a new grant pauses nothing', async () => {
  await driver.add({ subject: 'ann' });
  handle = async () => {
    if (tried.length > 1) return answered;
    pass(1);
    await driver.database.pool.query(
      `insert into installations (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
       values ('w', 'Acme', 'US', 'UTC', 'active', '{}', $1, $1)`,
      [new Date(clock)],
    );
    pass(1);
    throw new Failure('unauthorized', 'the old token');
  };
  await work('ann');
  expect(await states()).toEqual(['done']);
  expect(await outages()).toEqual([]);
});

test('what a handler records is written with the mark that it is done, or not at all', async () => {
  await driver.add({ subject: 'ann', deduplicationKey: 'ann', maxAttempts: 2 });
  let broken = true;
  handle = async () => ({
    exchange: { request: { plan: 'pro' }, answer: 200 },
    async record(tx) {
      await tx.execute("insert into settings (workspace_id, settings, updated_at) values ('w', '{}', now())");
      if (broken) throw new Error('the record did not fit');
    },
  });
  const recorded = () => driver.database.pool.query('select 1 from settings').then((read) => read.rowCount);
  await work('ann');
  expect(await recorded()).toBe(0);
  expect(await driver.rows()).toMatchObject([
    { state: 'waiting', attempts: 1, error: 'the record did not fit' },
  ]);
  broken = false;
  pass(3);
  await work('ann');
  expect(await recorded()).toBe(1);
  expect(await driver.rows()).toMatchObject([
    { state: 'done', error: null, exchange: { request: { plan: 'pro' }, answer: 200 } },
  ]);
});

test('that the outside was asked is committed before it is asked, and the next try knows', async () => {
  await driver.add({ subject: 'ann' });
  const known: (Date | null)[] = [];
  handle = async (run, markAttempted) => {
    known.push(run.attemptedAt);
    await markAttempted();
    const [seen] = await driver.rows();
    known.push(seen?.attempted_at ?? null);
    if (known.length === 2) throw new Error('the answer was cut');
    return answered;
  };
  const first = new Date(clock);
  await work('ann');
  pass(3);
  await work('ann');
  expect(known).toEqual([null, first, first, new Date(clock)]);
});

test('a run that was canceled meanwhile asks nothing and records nothing', async () => {
  await driver.add({ subject: 'ann' });
  let asked = false;
  let recorded = false;
  handle = async (_run, markAttempted) => {
    await driver.database.pool.query("update runs set state = 'canceled'");
    await markAttempted().catch(() => {});
    return {
      async record() {
        recorded = true;
      },
    };
  };
  await work('ann');
  expect(await states()).toEqual(['canceled']);

  await driver.add({ subject: 'ben' });
  handle = async (_run, markAttempted) => {
    await driver.database.pool.query("update runs set state = 'canceled'");
    await markAttempted();
    asked = true;
    return answered;
  };
  await work('ben');
  expect({ asked, recorded }).toEqual({ asked: false, recorded: false });
  expect(await states()).toEqual(['canceled', 'canceled']);
});

test('two workers at once never work for the same subject, and none of its runs is left behind', async () => {
  const other = driveRuns(
    database.url,
    (run, signal) => handle(run, signal),
    () => new Date(clock),
  );
  let inHand = 0;
  let most = 0;
  const done: number[] = [];
  handle = async (run: Run) => {
    inHand += 1;
    most = Math.max(most, inHand);
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(run.seq);
    inHand -= 1;
    return answered;
  };
  const workers: Promise<void>[] = [];
  for (let n = 0; n < 10; n += 1) {
    await driver.add({ subject: 'ann' });
    workers.push(work('ann'), workRuns(other.ctx, 'w', 'ann'));
  }
  await expect.poll(() => done.length).toBe(10);
  expect(most).toBe(1);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  // A worker looks once more after its last run: the database stays until all have.
  await Promise.all(workers);
  await other.close();
});

test('a worker that lost its lock asks nothing more, and the run is begun again by the worker that has the lock', async () => {
  await driver.add({ subject: 'ann', maxAttempts: 1 });
  const told: string[] = [];
  handle = async (_run, markAttempted) => {
    handle = async (run) => {
      told.push(run.attemptedAt === null ? 'begun anew' : 'was asked');
      return answered;
    };
    await driver.database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'referral-desk locks' and datname = current_database()",
    );
    await expect.poll(() => driver.lockLost()).toBe(true);
    await markAttempted();
    told.push('asked without the lock');
    return answered;
  };
  await work('ann');
  expect(told).toEqual(['begun anew']);
  expect(await driver.rows()).toMatchObject([{ state: 'done', attempts: 0 }]);
});

test('told to stop, a worker ends after the run in hand and leaves a job for the rest', async () => {
  for (const deduplicationKey of ['first', 'second']) await driver.add({ subject: 'ann', deduplicationKey });
  driver.woken.length = 0;
  handle = async () => {
    driver.stop();
    return answered;
  };
  await work('ann');
  expect(tried).toEqual(['first']);
  expect(driver.woken).toEqual(['ann']);
});

test('a run with a job that comes while a worker lets go of its subject is not left behind', async () => {
  await driver.add({ subject: 'ann', deduplicationKey: 'first' });
  beforeRelease = async () => {
    beforeRelease = async () => {};
    await driver.add({ subject: 'ann', deduplicationKey: 'late' });
    await work('ann');
    expect(tried).toEqual(['first']);
  };
  await work('ann');
  expect(tried).toEqual(['first', 'late']);
});

test('what lost its job is found by the sweep, unless another one of its subject is not due yet', async () => {
  await driver.add({ subject: 'ann', deduplicationKey: 'lost' });
  await driver.add({ subject: 'ben', deduplicationKey: 'later', dueAt: new Date(clock + 3_600_000) });
  await driver.add({ subject: 'ben', deduplicationKey: 'behind' });
  await sweepRuns(driver.ctx);
  expect(tried).toEqual([]);
  pass(6);
  await sweepRuns(driver.ctx);
  expect(tried).toEqual(['lost']);
  pass(3_600);
  await sweepRuns(driver.ctx);
  expect(tried).toEqual(['lost', 'later', 'behind']);
});

test('many runs behind one that is not due yet do not hide from the sweep what is', async () => {
  await driver.add({ subject: 'ben', deduplicationKey: 'later', dueAt: new Date(clock + 3_600_000) });
  for (let n = 0; n < 30; n += 1) await driver.add({ subject: 'ben' });
  pass(1);
  await driver.add({ subject: 'ann', deduplicationKey: 'lost' });
  pass(6);
  await sweepRuns(driver.ctx);
  expect(tried).toEqual(['lost']);
});

test('a failed run can be tried again, alone or with all of its kind', async () => {
  handle = fails(() => new Error('no'));
  await driver.add({ subject: 'ann', maxAttempts: 1 });
  await driver.add({ subject: 'ben', maxAttempts: 1, work: changeStatus() });
  await driver.add({ workspaceId: 'other', subject: 'ann', maxAttempts: 1 });
  for (const [subject, workspaceId] of [
    ['ann', 'w'],
    ['ben', 'w'],
    ['ann', 'other'],
  ] as const)
    await work(subject, workspaceId);
  expect(await states()).toEqual(['failed', 'failed', 'failed']);
  handle = async () => answered;
  expect(await retryFailedRuns(driver.ctx, 'w', { kind: 'change-status' }, byCommand)).toBe(1);
  expect(await states()).toEqual(['failed', 'waiting', 'failed']);
  expect(await retryFailedRuns(driver.ctx, 'w', {}, byCommand)).toBe(1);
  await work('ann');
  await work('ben');
  expect(await states()).toEqual(['done', 'done', 'failed']);
});

test('work of a later version waits and fails with an error that says so', async () => {
  await driver.add({ subject: 'ann', maxAttempts: 1 });
  await driver.database.pool.query(`update runs set kind = 'fax', work = '{"kind":"fax"}'`);
  await work('ann');
  expect(await driver.rows()).toMatchObject([{ state: 'failed', error: expect.stringContaining('fax') }]);
  expect(tried).toEqual([]);
});
