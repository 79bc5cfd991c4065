// Hooks of an outside platform: one with the right secret is a hint, and what it names is read again; nothing else is believed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';

let app: TestApp;
let factory: ReturnType<typeof referralFactoryOf>;
/** As the sandbox's own hooks carry it. */
let secret: string;
beforeAll(async () => {
  app = await startTestApp();
  factory = referralFactoryOf(app.sandbox);
  const [hook] = app.sandbox.world.referralFactory.hooks.all();
  secret = hook?.headers['X-Referral-Desk-Secret'] ?? 'none';
});
afterAll(() => app?.close());

const send = (body: string, more: { path?: string; secret?: string; type?: string } = {}) =>
  fetch(`${app.url}/referrals/hooks/${more.path ?? 'sandbox/referral-factory'}`, {
    method: 'POST',
    headers: {
      'Content-Type': more.type ?? 'application/json',
      'X-Referral-Desk-Secret': more.secret ?? secret,
    },
    body,
  });

const copied = (platformId: string) =>
  app.query<{
    status: string;
    reward_status: string;
    email: string;
    referrer: string | null;
    source: string;
  }>(
    `select r.status, r.reward_status, p.email, by.platform_id as referrer, r.source
     from referrals r join people p on p.id = r.person_id left join referrers by on by.id = r.referrer_id
     where r.platform_id = $1`,
    [platformId],
  );

test('a lead who joins there is here a moment later, with who referred them', async () => {
  const id = await factory.newLead('hook.one@example.com');
  await expect
    .poll(() => copied(id))
    .toEqual([
      {
        status: 'pending',
        reward_status: 'none',
        email: 'hook.one@example.com',
        referrer: '88120',
        source: 'platform',
      },
    ]);
  const [history] = await app.query(
    `select h.what, h.actor, h.actor_name from referral_history h join referrals r on r.id = h.referral_id
     where r.platform_id = $1`,
    [id],
  );
  expect(history).toEqual({ what: 'joined', actor: 'platform', actor_name: 'Referral Factory' });
});

test('a person who is qualified there is qualified here, with the reward due and the platform in the history', async () => {
  await factory.qualify('88475', true);
  await expect
    .poll(async () => (await copied('88475'))[0])
    .toMatchObject({ status: 'qualified', reward_status: 'due' });
  const entries = await app.query(
    `select h."from", h."to", h.actor from referral_history h join referrals r on r.id = h.referral_id
     where r.platform_id = '88475' and h.what = 'status'`,
  );
  expect(entries).toEqual([{ from: 'pending', to: 'qualified', actor: 'platform' }]);
});

test('a hook is only a hint: what it claims is not believed, what is read is', async () => {
  const id = await factory.newLead('hook.lying@example.com');
  await expect.poll(async () => (await copied(id)).length).toBe(1);
  const claims = { event: 'user.qualified', id: Number(id), qualified_at: '2026-01-01T00:00:00Z' };
  expect((await send(JSON.stringify(claims))).status).toBe(200);
  // A lead that joins afterwards has been read: so has the one before.
  const marker = await factory.newLead('hook.marker@example.com');
  await expect.poll(async () => (await copied(marker)).length).toBe(1);
  expect(await copied(id)).toMatchObject([{ status: 'pending' }]);
});

test('someone who was referred can refer in turn, and comes along when only their friend is heard of', async () => {
  const first = await factory.newLead('hook.chain.a@example.com');
  await expect.poll(async () => (await copied(first)).length).toBe(1);
  const second = await factory.newLead('hook.chain.b@example.com', {
    referrer: { field: 'id', value: first },
  });
  await expect.poll(async () => (await copied(second))[0]).toMatchObject({ referrer: first });
});

test('the same hook many times at once makes one referral', async () => {
  app.sandbox.world.referralFactory.hooks.clear();
  const id = await factory.newLead('hook.many@example.com');
  const body = JSON.stringify({ user: { id: Number(id) } });
  const answers = await Promise.all(Array.from({ length: 12 }, () => send(body)));
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 12 }, () => 200));
  await expect.poll(async () => (await copied(id)).length).toBe(1);
  await expect.poll(() => jobsLeft('copy-person')).toBe(0);
  expect(await copied(id)).toHaveLength(1);
  const people = await app.query("select id from people where email = 'hook.many@example.com'");
  expect(people).toHaveLength(1);
});

test('a wrong or missing secret, an unknown workspace and an unknown platform are all the same 401', async () => {
  const refused = [
    await send('{}', { secret: 'wrong' }),
    await send('{}', { secret: '' }),
    await send('{}', { secret: `${secret}x` }),
    await send('{}', { path: 'another/referral-factory' }),
    await send('{}', { path: 'sandbox/built-in' }),
    await send('{}', { path: 'sandbox/nowhere' }),
    await send('{}', { path: '%00/referral-factory' }),
  ];
  const bodies = await Promise.all(refused.map((answer) => answer.text()));
  expect(refused.map((answer) => answer.status)).toEqual(refused.map(() => 401));
  expect(new Set(bodies).size).toBe(1);
});

test('bodies of any shape get 200 when the secret is right, and what is not JSON 400', async () => {
  for (const body of [
    '{}',
    '[]',
    'null',
    '"text"',
    '7',
    '{"id":"\\u0000"}',
    '{"user":{"id":{}}}',
    '{"email":"x"}',
  ]) {
    expect((await send(body)).status, body).toBe(200);
  }
  const form = await send('code=rf-noah-8847', { type: 'application/x-www-form-urlencoded' });
  expect(form.status).toBe(200);
  expect((await send('{')).status).toBe(400);
  expect((await send(JSON.stringify({ id: 'x'.repeat(300_000) }))).status).toBe(413);
});

test('a hook taken while the platform is down is acted on when it is back', async () => {
  const id = await factory.newLead('hook.later@example.com');
  const match = { path: '/referral-factory/api/v2/users' };
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match, times: 2 });
  expect((await send(JSON.stringify({ id }))).status).toBe(200);
  await expect.poll(async () => (await copied(id)).length).toBe(1);
});

async function jobsLeft(name: string): Promise<number> {
  const rows = await app.query(
    "select id from pgboss.job where name = $1 and state in ('created', 'retry', 'active')",
    [name],
  );
  return rows.length;
}
