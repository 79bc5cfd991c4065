// Referral Factory over the wire: what is asked, what its answers and refusals become, and one write whatever happens.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../src/referrals/referral-factory/client.ts';
import { startTestApp, type TestApp } from './support/app.ts';
import { openPlatforms, type Platforms } from './support/platforms.ts';
import { referralFactoryOf } from './support/referral-factory.ts';

const host = 'https://api.referral-factory.com';
const token = 'rf-token-of-the-tests';

describe('the client', () => {
  const closed: number[] = [];
  const allowance = {
    take: async () => {},
    close: async (seconds: number) => {
      closed.push(seconds);
    },
  };
  const client = createClient({ baseUrl: `${host}/api/v2`, token, allowance });
  const api = () => nock(`${host}/api/v2`, { reqheaders: { authorization: `Bearer ${token}` } });
  const user = {
    id: 88475,
    campaign_id: 4021,
    referrer_id: 88120,
    first_name: ' Noah ',
    email: 'Noah@Example.com',
    code: 'rf-noah',
    url: 'https://join.example.com/N0aH',
    type: 'person_invited',
    signed_up_at: '2026-11-01 10:00:00',
    qualified_at: null,
  };

  beforeAll(() => nock.disableNetConnect());
  afterAll(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });
  afterEach(() => {
    expect(nock.pendingMocks()).toEqual([]);
    nock.cleanAll();
  });

  test('reads a user, bare or under data, with times in either form', async () => {
    api().get('/users/88475').reply(200, user);
    expect(await client.userBy('88475')).toEqual({
      platformId: '88475',
      campaignId: '4021',
      role: 'referred',
      referrerId: '88120',
      email: 'noah@example.com',
      name: 'Noah',
      code: 'rf-noah',
      link: 'https://join.example.com/N0aH',
      joinedAt: new Date('2026-11-01T10:00:00Z'),
      standing: { status: 'pending', at: null },
    });
    const qualified = { ...user, id: '88475', qualified_at: '2026-11-12T09:30:00.000000Z' };
    api().get('/users/rf-noah').reply(200, { data: qualified });
    expect((await client.user({ code: 'rf-noah' }))?.standing).toEqual({
      status: 'qualified',
      at: new Date('2026-11-12T09:30:00Z'),
    });
  });

  test.each([
    ['no JSON object', 'a maintenance page'],
    ['no id', { ...user, id: undefined }],
    ['a kind of user that is new', { ...user, type: 'robot' }],
    // To take it for none would make a qualified referral pending.
    ['a time that is none', { ...user, qualified_at: 'yesterday' }],
  ])('refuses to guess at a user with %s', async (_what, body) => {
    api()
      .get('/users/88475')
      .reply(200, body as nock.Body);
    await expect(client.userBy('88475')).rejects.toMatchObject({ code: 'bad-upstream' });
  });

  test('qualifies by id with the fields of the reference, and keeps what was said', async () => {
    api().put('/users/qualification', { id: 88475, qualified: true }).reply(200, { data: user });
    expect(await client.setQualified('88475', true)).toEqual({
      request: { method: 'PUT', path: '/users/qualification', data: { id: 88475, qualified: true } },
      answer: { data: user },
    });
  });

  test('searches by email and campaign, and trusts the filter with neither', async () => {
    const value = [
      { field: 'email', operator: '=', value: 'noah@example.com' },
      { field: 'campaign_id', operator: '=', value: '4021' },
    ];
    const others = [
      { ...user, id: 1, email: 'other@example.com' },
      { ...user, id: 2, campaign_id: 9 },
    ];
    api()
      .post('/users/search?per_page=250&page=1', { filters: { operator: 'AND', value } })
      .reply(200, { data: [...others, user], meta: { current_page: 1 }, links: { next: null } });
    const found = await client.user({ email: 'noah@example.com', campaignId: '4021' });
    expect(found?.platformId).toBe('88475');
  });

  test('goes through the pages of a campaign, and leaves out who is in another', async () => {
    const page = (current: number, data: unknown[], next: string | null) => ({
      data,
      meta: { current_page: current },
      links: { next },
    });
    api()
      .post('/users/search?per_page=250&page=1')
      .reply(200, page(1, [user], `${host}/whatever?page=2`));
    expect(await client.users('4021', null)).toMatchObject({ members: [{ platformId: '88475' }], next: '2' });
    api()
      .post('/users/search?per_page=250&page=2')
      .reply(200, page(2, [{ ...user, id: 5, campaign_id: 9 }], null));
    expect(await client.users('4021', '2')).toEqual({ members: [], next: null });
  });

  test.each([
    [401, { code: 401, message: 'Unauthenticated.' }, 'unauthorised', 'refused the token: Unauthenticated.'],
    [403, 'no JSON', 'unauthorised', 'status 403'],
    [500, { message: 'Server Error' }, 'unavailable', 'answered 500: Server Error'],
    [503, '<html>', 'unavailable', 'answered 503'],
    [408, {}, 'unavailable', 'answered 408'],
    [404, { message: 'Gone' }, 'not-found', 'Gone'],
    [406, { message: 'Not acceptable' }, 'bad-upstream', 'answered 406: Not acceptable'],
    [302, '', 'bad-upstream', 'answered 302'],
  ])('takes %i for what it is', async (status, body, code, words) => {
    api().put('/users/qualification').reply(status, body, { location: 'https://elsewhere.example.com' });
    const refused = client.setQualified('1', true);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.not.toThrow(token);
  });

  test('passes on what is wrong with each field', async () => {
    api()
      .put('/users/qualification')
      .reply(422, {
        code: 422,
        message: 'The given data was invalid.',
        errors: { id: [{ field: 'id', message: 'The selected id is invalid.' }] },
      });
    await expect(client.setQualified('1', true)).rejects.toMatchObject({
      code: 'invalid',
      fields: { id: 'The selected id is invalid.' },
      message: 'Referral Factory refused it: The given data was invalid.; id: The selected id is invalid.',
    });
  });

  test('stops everybody for as long as a 429 says, and for a minute when it does not', async () => {
    api().get('/users/1').reply(429, {}, { 'Retry-After': '17' });
    await expect(client.userBy('1')).rejects.toMatchObject({ code: 'rate-limited', retryAfterSeconds: 17 });
    api().get('/users/1').reply(429, {});
    await expect(client.userBy('1')).rejects.toMatchObject({ code: 'rate-limited', retryAfterSeconds: 60 });
    expect(closed).toEqual([17, 60]);
  });

  test('says nothing of the token when there is no connection', async () => {
    api().get('/users/1').replyWithError(`socket of ${token} hung up`);
    const refused = client.userBy('1');
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    await expect(refused).rejects.not.toThrow(token);
  });

  test('gives up after eight seconds, also on an answer that comes drop by drop', async () => {
    nock.enableNetConnect('127.0.0.1');
    const slow = createServer((_req, res) => {
      const drip = setInterval(() => res.write(' '), 500);
      res.on('close', () => clearInterval(drip));
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address() as AddressInfo;
    const dripping = createClient({ baseUrl: `http://127.0.0.1:${port}`, token, allowance });
    const began = performance.now();
    await expect(dripping.userBy('1')).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - began).toBeGreaterThan(7_500);
    expect(performance.now() - began).toBeLessThan(11_000);
    slow.close();
    slow.closeAllConnections();
  });
});

describe('qualifying there', () => {
  let app: TestApp;
  let desk: Platforms;
  let factory: ReturnType<typeof referralFactoryOf>;
  const qualification = { method: 'PUT', path: '/referral-factory/api/v2/users/qualification' };

  beforeAll(async () => {
    app = await startTestApp();
    app.sandbox.world.referralFactory.hooks.clear();
    desk = await openPlatforms(app);
    factory = referralFactoryOf(app.sandbox);
  });
  beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
  afterAll(async () => {
    await desk?.close();
    await app?.close();
  });

  async function newLead(email: string): Promise<{ id: string; platformId: string }> {
    const platformId = await factory.newLead(email);
    await desk.copying.readAgain('sandbox', 'referral-factory', { id: platformId });
    const [row] = await app.query<{ id: string }>('select id from referrals where platform_id = $1', [
      platformId,
    ]);
    return { id: row?.id ?? '', platformId };
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
        asked_at: Date;
      }>('select state, attempts, error, exchange, asked_at from runs where referral_id = $1', [id])
    )[0];
  const done = (id: string, timeout = 15_000) =>
    expect.poll(async () => (await runOf(id))?.state, { timeout }).toBe('done');

  test('a run qualifies with one write, and its log says what was asked and answered', async () => {
    const lead = await newLead('run.plain@example.com');
    expect(await desk.addRun(lead.id, 'qualify')).toBe(true);
    await done(lead.id);
    expect(await statusOf(lead.id)).toBe('qualified');
    expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
    const run = await runOf(lead.id);
    expect(run?.exchange).toMatchObject({
      request: { method: 'PUT', path: '/users/qualification', data: { qualified: true } },
    });
    expect(JSON.stringify(run)).not.toContain('sandbox-referral-token');
    expect(run?.asked_at).toBeInstanceOf(Date);
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
    const platform = desk.platforms['referral-factory'];
    const unrecorded = () => Promise.reject(new Error('the database is gone'));
    await expect(platform.change('sandbox', ref, 'qualify', unrecorded)).rejects.toThrow('is gone');
    expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 0 });
  });

  test('when the answer to the write is lost, it is found done, and not written again', async () => {
    const lead = await newLead('run.cut@example.com');
    await app.misbehave('/faults', { on: 'api', kind: 'cut', after: true, match: qualification });
    await desk.addRun(lead.id, 'qualify');
    await done(lead.id);
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
    expect((await asked('reward', { status: 'issued' })).status).toBe(409);
  });

  test('a platform that is down for a while loses nothing and costs no attempts', async () => {
    const lead = await newLead('run.down@example.com');
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status: 503,
      times: 2,
      match: { path: '/referral-factory/api/v2/users' },
    });
    await desk.addRun(lead.id, 'qualify');
    await done(lead.id, 18_000);
    expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 1 });
    expect(await runOf(lead.id)).toMatchObject({ attempts: 0 });
  });

  test('qualified there by somebody else meanwhile, it is recorded without a write', async () => {
    const lead = await newLead('run.already@example.com');
    factory.set(lead.platformId, { qualified_at: 1_780_000_000 });
    await desk.addRun(lead.id, 'qualify');
    await done(lead.id);
    expect(factory.user(lead.platformId)).toMatchObject({ qualification_writes: 0 });
    expect(await runOf(lead.id)).toMatchObject({ asked_at: null });
    const [row] = await app.query('select status, status_at from referrals where id = $1', [lead.id]);
    expect(row).toEqual({ status: 'qualified', status_at: new Date(1_780_000_000_000) });
  });

  test('asked a moment ago without an answer, it waits for that before it asks again', async () => {
    const lead = await newLead('run.settle@example.com');
    desk.waited.length = 0;
    expect(await desk.change(lead.id, 'qualify', new Date(Date.now() - 3_000))).toBe(1);
    expect(desk.waited).toHaveLength(1);
    expect(desk.waited[0]).toBeGreaterThan(6_000);
    expect(desk.waited[0]).toBeLessThanOrEqual(7_000);

    const shown = await newLead('run.shown@example.com');
    factory.set(shown.platformId, { qualified_at: 1_780_000_000 });
    expect(await desk.change(shown.id, 'qualify', new Date())).toBe(0);
    expect(desk.waited).toHaveLength(1);

    const longAgo = await newLead('run.old@example.com');
    expect(await desk.change(longAgo.id, 'qualify', new Date(Date.now() - 60_000))).toBe(1);
    expect(desk.waited).toHaveLength(1);
  });

  test('accepted and yet not done is no success', async () => {
    const lead = await newLead('run.unkept@example.com');
    const { users } = app.sandbox.world.referralFactory;
    const put = users.put;
    users.put = (user) => put({ ...user, qualified_at: null });
    await expect(desk.change(lead.id, 'qualify')).rejects.toMatchObject({ code: 'bad-upstream' });
    users.put = put;
    expect(await statusOf(lead.id)).toBe('pending');
  });

  test('what the platform says of it while a run is under way waits for the run, which knows why', async () => {
    const lead = await newLead('run.hook@example.com');
    await app.query(
      `insert into runs (id, workspace_id, kind, subject, referral_id, dedupe, work, cause, state, most_attempts, due_at, created_at)
       values (gen_random_uuid(), 'sandbox', 'change-status', 'x', $1, 'hook-race', '{}', 'test', 'waiting', 5, now() + interval '1 hour', now())`,
      [lead.id],
    );
    await factory.qualify(lead.platformId, true);
    await desk.copying.readAgain('sandbox', 'referral-factory', { id: lead.platformId });
    expect(await statusOf(lead.id)).toBe('pending');
    await app.query(`update runs set state = 'cancelled' where dedupe = 'hook-race'`);
    await desk.copying.readAgain('sandbox', 'referral-factory', { id: lead.platformId });
    expect(await statusOf(lead.id)).toBe('qualified');
  });

  test('calls of all processes together keep within the limit, and a 429 stops every process', async () => {
    const limit = { seconds: 60, calls: 25 };
    const one = await openPlatforms(app, { limit });
    const other = await openPlatforms(app, { limit });
    await app.query("delete from rate_windows where key like 'referral-factory%'");
    const read = (from: Platforms) =>
      from.platforms['referral-factory'].read('sandbox', { id: '', platformId: '88475' });
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
      .poll(
        () =>
          read(other).then(
            () => 'read',
            () => 'refused',
          ),
        { timeout: 6_000 },
      )
      .toBe('read');
    await one.close();
    await other.close();
  });

  test('a connection keeps its token and its hook secret sealed, and connecting anew keeps the secret', async () => {
    const [stored] = await app.query<{ all: string }>(
      `select row_to_json(c)::text as all from connections c where workspace_id = 'sandbox'`,
    );
    expect(stored?.all).not.toContain('sandbox-referral-token');
    const baseUrl = `${app.sandbox.url}/referral-factory/api/v2/`;
    const connection = { platform: 'referral-factory' as const, baseUrl, token: 'sandbox-referral-token' };
    const { hook } = await desk.connecting.connect('sandbox', connection);
    expect(hook.secret).toMatch(/^[\w-]{32}$/);
    expect(stored?.all).not.toContain(hook.secret);
    const again = await desk.connecting.connect('sandbox', connection);
    expect(again.hook).toEqual(hook);
    expect(again.baseUrl).toBe(baseUrl.slice(0, -1));
    await expect(desk.connecting.connection('another', 'referral-factory')).rejects.toMatchObject({
      code: 'not-found',
    });
    const abroad = await openPlatforms(app, { publicUrl: 'https://desk.example.com' });
    await expect(abroad.connecting.connect('sandbox', connection)).rejects.toMatchObject({
      fields: { base_url: 'must begin with https' },
    });
    await abroad.close();
    const builtIn = { platform: 'built-in' as const, baseUrl, token: 'x' };
    await expect(desk.connecting.connect('sandbox', builtIn)).rejects.toMatchObject({ code: 'invalid' });
  });
});
