// Qualifying on Referral Factory: one write, whatever is lost on the way, within its limit and with its reasons kept.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createOutboundGuard } from '../../src/referrals/outbound-guard.ts';
import { createReferralFactory } from '../../src/referrals/referral-factory/platform.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createRateWindows, type Limit } from '../../src/store/limits/rate-windows.ts';
import { callerWith, startApi } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import {
  changeStatus,
  copyOf,
  platformsOf,
  type ReferralFactoryCopy,
} from '../support/platforms/platforms.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let copied: ReferralFactoryCopy;
/** Each time that the app would have waited for several seconds. */
const waited: number[] = [];
let factory: ReturnType<typeof referralFactoryOf>;
const qualification = { method: 'PUT', path: '/referral-factory/api/v2/users/qualification' };

beforeAll(async () => {
  const pause = async (ms: number) => {
    if (ms > 5_000) waited.push(ms);
    else await sleep(ms);
  };
  app = await startTestApp({ overrides: { sleep: pause } });
  copied = await copyOf(app);
  factory = referralFactoryOf(app.sandbox);
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(() => app?.close());

async function newLead(email: string): Promise<{ id: string; platformId: string }> {
  const platformId = await factory.newLead(email);
  await copied.copy(platformId);
  return { id: await copied.referralOf(platformId), platformId };
}
const statusOf = async (id: string) =>
  (await app.query<{ status: string }>('select status from referrals where id = $1', [id]))[0]?.status;
const runOf = async (id: string) =>
  (
    await app.query<{
      state: string;
      attempts: number;
      error: string | null;
      exchange: unknown;
      attempted_at: Date;
    }>('select state, attempts, error, exchange, attempted_at from runs where referral_id = $1', [id])
  )[0];
test('a run qualifies with one write, and its log says what was asked and answered', async () => {
  const lead = await newLead('run.plain@example.com');
  await changeStatus(app, lead.id, 'qualify');
  expect(await statusOf(lead.id)).toBe('qualified');
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
  const run = await runOf(lead.id);
  expect(run?.exchange).toMatchObject({
    request: { method: 'PUT', path: '/users/qualification', data: { qualified: true } },
  });
  expect(JSON.stringify(run)).not.toContain('sandbox-referral-token');
  expect(run?.attempted_at).toBeInstanceOf(Date);
  const history = await app.query(
    `select "to", actor, actor_name, reason from referral_history where referral_id = $1 and what = 'status'`,
    [lead.id],
  );
  expect(history).toEqual([
    { to: 'qualified', actor: 'rule', actor_name: 'Paid plan', reason: 'plan is pro' },
  ]);
});

test('nothing is written before the intent is recorded', async () => {
  const lead = await newLead('run.unrecorded@example.com');
  const ref = { id: lead.id, platformId: lead.platformId };
  const own = await platformsOf(app);
  const platform = own.platforms['referral-factory'];
  const unrecorded = () => Promise.reject(new Error('the database is gone'));
  await expect(platform.change('sandbox', ref, 'qualify', unrecorded)).rejects.toThrow('is gone');
  await own.close();
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 0 });
});

test('when the answer to the write is lost, it is found done, and not written again', async () => {
  const lead = await newLead('run.cut@example.com');
  await app.misbehave('/faults', { on: 'api', kind: 'cut', after: true, match: qualification });
  const run = await changeStatus(app, lead.id, 'qualify', { attempts: 5 });
  expect(run.state).toBe('done');
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
  expect(await statusOf(lead.id)).toBe('qualified');
});

test("the company's backend qualifies, disqualifies and reopens by the API as on any platform", async () => {
  const lead = await newLead('run.api@example.com');
  const asked = async (change: string, body: object = {}) => {
    const answer = await fetch(`${app.url}/api/v1/referrals/${lead.id}/${change}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await app.apiToken()}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  expect(await asked('qualify')).toMatchObject({ status: 200, body: { status: 'qualified' } });
  expect(await asked('qualify')).toMatchObject({ status: 200, body: { status: 'qualified' } });
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
  expect(await asked('reopen')).toMatchObject({ status: 200, body: { status: 'pending' } });
  expect(factory.user(lead.platformId).qualified_at).toBeNull();
  const returned = await asked('disqualify', { reason: 'Order returned' });
  expect(returned).toMatchObject({ status: 200, body: { status: 'disqualified' } });
  expect((await asked('qualify')).status).toBe(409);
});

test('a platform that is down for a while loses nothing and costs no attempts', async () => {
  const lead = await newLead('run.down@example.com');
  // While others succeed, a failure is the run's own.
  await until(async () => (await app.query("select 1 from runs where state = 'waiting'")).length === 0);
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 503,
    times: 2,
    match: { path: '/referral-factory/api/v2/users' },
  });
  const run = await changeStatus(app, lead.id, 'qualify', { attempts: 5 });
  expect(run.state).toBe('done');
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
  expect(run.attempts).toBe(0);
});

test('qualified there by someone else meanwhile, it is recorded without a write', async () => {
  const lead = await newLead('run.already@example.com');
  factory.set(lead.platformId, { qualified_at: 1_780_000_000 });
  const run = await changeStatus(app, lead.id, 'qualify', { attempts: 5 });
  expect(run.state).toBe('done');
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 0 });
  expect(run.attempted_at).toBeNull();
  const [row] = await app.query('select status, status_at from referrals where id = $1', [lead.id]);
  expect(row).toEqual({ status: 'qualified', status_at: new Date(1_780_000_000_000) });
});

test('asked a moment ago without an answer, it waits for that before it asks again', async () => {
  const lead = await newLead('run.settle@example.com');
  waited.length = 0;
  const hour = 3_600_000;
  // Asked an hour from now: however slow this machine is, it is not over yet.
  const attemptedAt = new Date(Date.now() + hour);
  expect((await changeStatus(app, lead.id, 'qualify', { attemptedAt })).state).toBe('done');
  expect(waited).toHaveLength(1);
  // Until ten seconds after it was asked.
  expect(waited[0]).toBeGreaterThan(10_000);
  expect(waited[0]).toBeLessThanOrEqual(hour + 10_000);
  expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });

  const shown = await newLead('run.shown@example.com');
  factory.set(shown.platformId, { qualified_at: 1_780_000_000 });
  expect((await changeStatus(app, shown.id, 'qualify', { attemptedAt })).state).toBe('done');
  expect(factory.user(shown.platformId)).toMatchObject({ qualification_writes: 0 });
  expect(waited).toHaveLength(1);

  const longAgo = await newLead('run.old@example.com');
  const old = { attemptedAt: new Date(Date.now() - 60_000) };
  expect((await changeStatus(app, longAgo.id, 'qualify', old)).state).toBe('done');
  expect(factory.user(longAgo.platformId)).toMatchObject({ qualification_writes: 1 });
  expect(waited).toHaveLength(1);
});

test('of a rule that is switched off, what reached the platform before is recorded, and nothing else is sent', async () => {
  const enable = (enabled: boolean) => app.query('update rules set enabled = $1', [enabled]);
  const attemptedAt = new Date(Date.now() - 60_000);
  const [reached, lost] = [await newLead('off.reached@example.com'), await newLead('off.lost@example.com')];
  factory.set(reached.platformId, { qualified_at: 1_780_000_000 });
  await enable(false);
  expect((await changeStatus(app, reached.id, 'qualify', { attemptedAt })).state).toBe('done');
  expect(await statusOf(reached.id)).toBe('qualified');
  expect((await changeStatus(app, lost.id, 'qualify', { attemptedAt })).state).toBe('canceled');
  expect(await statusOf(lost.id)).toBe('pending');
  for (const { platformId } of [reached, lost])
    expect(factory.user(platformId)).toMatchObject({ qualification_writes: 0 });
  await enable(true);
});

test('accepted and yet not done is not a success', async () => {
  const lead = await newLead('run.unkept@example.com');
  const { users } = app.sandbox.world.referralFactory;
  const put = users.put;
  users.put = (user) => put({ ...user, qualified_at: null });
  const run = await changeStatus(app, lead.id, 'qualify');
  users.put = put;
  expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('still says pending') });
  expect(await statusOf(lead.id)).toBe('pending');
});

test('what the platform says of it while a run is under way waits for the run, which knows why', async () => {
  const lead = await newLead('run.hook@example.com');
  await app.query(
    `insert into runs (id, workspace_id, kind, subject, referral_id, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
     values (gen_random_uuid(), 'sandbox', 'change-status', 'x', $1, 'hook-race', '{}', 'test', 'waiting', 5, now() + interval '1 hour', now())`,
    [lead.id],
  );
  await factory.qualify(lead.platformId, true);
  await copied.copy(lead.platformId);
  expect(await statusOf(lead.id)).toBe('pending');
  await app.query(`update runs set state = 'canceled' where deduplication_key = 'hook-race'`);
  await copied.copy(lead.platformId);
  expect(await statusOf(lead.id)).toBe('qualified');
});

type Process = ReturnType<typeof processWith>;

/** The platform as another process has it, with a database of its own and this limit. */
function processWith(limit: Limit) {
  const database = openDatabase(app.databaseUrl, { warn() {} });
  const windows = createRateWindows(database);
  const platform = createReferralFactory({
    connectionOf: async () => ({
      baseUrl: `${app.sandbox.url}/referral-factory/api/v2`,
      token: 'sandbox-referral-token',
    }),
    allowanceOf: (account) => windows.of(`referral-factory ${account}`, limit),
    outboundGuard: createOutboundGuard({ allowPrivate: true }),
  });
  return { platform, close: database.close };
}

test('calls of all processes together keep within the limit, and a 429 stops every process', async () => {
  const limit = { seconds: 60, calls: 25 };
  const [one, other] = [processWith(limit), processWith(limit)];
  await app.query("delete from rate_windows where key like 'referral-factory%'");
  const read = (from: Process) => from.platform.read('sandbox', { id: '', platformId: '88475' });
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, number) => read(number % 2 === 0 ? one : other)),
  );
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(results.length - refused.length).toBe(25);
  for (const why of refused) expect(why).toMatchObject({ code: 'rate-limited' });
  expect(refused[0].retryAfterSeconds).toBeGreaterThan(50);
  expect(refused[0].retryAfterSeconds).toBeLessThanOrEqual(65);

  await app.query("delete from rate_windows where key like 'referral-factory%'");
  const users = { path: '/referral-factory/api/v2/users' };
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 429, retry_after: 2, match: users });
  await expect(read(one)).rejects.toMatchObject({ code: 'rate-limited', retryAfterSeconds: 2 });
  await expect(read(other)).rejects.toMatchObject({ code: 'rate-limited' });
  await expect
    .poll(() =>
      read(other).then(
        () => 'read',
        () => 'refused',
      ),
    )
    .toBe('read');
  await one.close();
  await other.close();
});

test('a connection keeps its token and its hook secret sealed, and connecting again keeps the secret', async () => {
  const [stored] = await app.query<{ all: string }>(
    `select row_to_json(c)::text as all from connections c where workspace_id = 'sandbox'`,
  );
  expect(stored?.all).not.toContain('sandbox-referral-token');
  const caller = callerWith(app.url, await app.apiToken());
  const baseUrl = `${app.sandbox.url}/referral-factory/api/v2/`;
  const given = { platform: 'referral-factory', base_url: baseUrl, token: 'sandbox-referral-token' };
  const connected = z.looseObject({ base_url: z.string(), hook: z.looseObject({ secret: z.string() }) });
  const connect = async () => connected.parse((await caller.post('/connections', given)).body);
  const { hook } = await connect();
  expect(hook.secret).toMatch(/^[\w-]{32}$/);
  expect(stored?.all).not.toContain(hook.secret);
  const again = await connect();
  expect(again.hook).toEqual(hook);
  expect(again.base_url).toBe(baseUrl.slice(0, -1));
  const another = callerWith(app.url, await app.apiToken('another'));
  expect((await another.get('/connections')).body).toMatchObject({ data: [] });
  const compared = await another.post('/connections/compare', { platform: 'referral-factory' });
  expect(compared.status).toBe(404);
  const builtIn = await caller.post('/connections', { ...given, platform: 'built-in' });
  expect(builtIn.status).toBe(422);
});

test('an app that is reached by https connects to nothing but https', async () => {
  const abroad = await startApi();
  const given = { platform: 'referral-factory', base_url: `${app.sandbox.url}/api`, token: 'a token' };
  const refused = await (await abroad.caller('shop')).post('/connections', given);
  expect(refused).toMatchObject({
    status: 422,
    body: { error: { fields: { base_url: 'must begin with https' } } },
  });
  await abroad.close();
});
