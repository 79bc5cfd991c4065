// /api/v1/connections: connecting a referral platform, and comparing what is copied with what is there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.ts';
import { copyOf } from '../support/platforms/platforms.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ overrides: { everyMs: { scheduleReconciles: 200 } } });
  // The first round compares everything, and would copy what a test has just added.
  await copyOf(app);
});
afterAll(() => app?.close());

const connection = z.looseObject({
  platform: z.string(),
  hook: z.looseObject({ url: z.string(), header: z.string(), secret: z.string().nullable() }),
  drift: z.unknown(),
  comparing: z.boolean(),
  trouble: z.string().nullable(),
});
const answered = z.looseObject({
  ...connection.partial().shape,
  data: z.array(connection).optional(),
  error: z.looseObject({ fields: z.record(z.string(), z.string()).optional() }).optional(),
});

async function call(method: string, path: string, body?: object, workspace = 'sandbox') {
  const answer = await fetch(`${app.url}/api/v1/connections${path}`, {
    method,
    headers: { Authorization: `Bearer ${await app.apiToken(workspace)}`, 'Content-Type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: answered.parse(await answer.json()) };
}
const given = () => ({
  platform: 'referral-factory',
  base_url: `${app.sandbox.url}/referral-factory/api/v2`,
  token: 'sandbox-referral-token',
});

test('the connections of the workspace are listed, without a secret and not for another one', async () => {
  const { status, body } = await call('GET', '');
  expect(status).toBe(200);
  expect(body.data).toMatchObject([
    {
      platform: 'referral-factory',
      hook: {
        url: `${app.url}/referrals/hooks/sandbox/referral-factory`,
        header: 'X-Referral-Desk-Secret',
        secret: null,
      },
    },
  ]);
  expect(JSON.stringify(body)).not.toContain('sandbox-referral-token');
  expect((await call('GET', '', undefined, 'another')).body.data).toEqual([]);
});

test('a comparison reports what differs, and repairs it when asked', async () => {
  const id = await referralFactoryOf(app.sandbox).newLead('compared@example.com');
  expect((await call('POST', '/compare', { platform: 'referral-factory' })).status).toBe(200);
  const drift = async () => (await call('GET', '')).body.data?.[0]?.drift;
  await expect.poll(drift).toMatchObject({
    repair: false,
    counts: { missing: 1, different: 0, unqualified: 0, deleted: 0 },
    differences: [{ kind: 'missing', platform_id: id, here: null, there: 'pending' }],
  });
  expect(await app.query("select 1 from people where email = 'compared@example.com'")).toEqual([]);
  await call('POST', '/compare', { platform: 'referral-factory', repair: true });
  await expect.poll(drift).toMatchObject({ repair: true });
  expect(await app.query("select 1 from people where email = 'compared@example.com'")).toHaveLength(1);
  expect((await call('POST', '/compare', { platform: 'referral-factory' }, 'another')).status).toBe(404);
});

test('a comparison that is asked for while the platform is down says so, and begins when it is back', async () => {
  const connected = async () => (await call('GET', '')).body.data?.[0];
  // The first copy is a comparison, too: one that is asked for while it runs would be the same.
  await expect
    .poll(connected)
    .toMatchObject({ comparing: false, drift: { finished_at: expect.any(String) } });
  const id = await referralFactoryOf(app.sandbox).newLead('compared.later@example.com');
  const pattern = '^/referral-factory';
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 503,
    match: { pattern },
    times: 'always',
  });
  const asked = await call('POST', '/compare', { platform: 'referral-factory' });
  expect([asked.status, asked.body.comparing]).toEqual([200, true]);
  expect(asked.body.trouble).toMatch(/Referral Factory/);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await expect.poll(connected).toMatchObject({
    comparing: false,
    trouble: null,
    drift: { repair: false, differences: [{ kind: 'missing', platform_id: id }] },
  });
});

test('a person who connects is told the hook secret, and the copying begins at once', async () => {
  const { status, body } = await call('POST', '', given(), 'second');
  expect(status).toBe(200);
  const told = { url: '', header: '', secret: null, ...body.hook };
  expect(told.secret).toMatch(/^[\w-]{32}$/);
  await expect
    .poll(() =>
      app.query("select name from campaigns where workspace_id = 'second' and platform_id = '4021'"),
    )
    .toEqual([{ name: 'Autumn' }]);
  const hook = await fetch(told.url, { method: 'POST', headers: { [told.header]: told.secret ?? '' } });
  expect(hook.status).toBe(200);
});

test('a token that the platform refuses shows as trouble, until it is replaced', async () => {
  expect((await call('POST', '', { ...given(), token: 'a wrong one' })).status).toBe(200);
  const trouble = async () => (await call('GET', '')).body.data?.[0]?.trouble;
  await expect.poll(trouble).toMatch(/refused the token/);
  expect((await call('POST', '/compare', { platform: 'referral-factory' })).status).toBe(502);
  await call('POST', '', given());
  await expect.poll(trouble).toBeNull();
});

test('what cannot be connected is refused by its field', async () => {
  const builtIn = await call('POST', '', { ...given(), platform: 'built-in' });
  expect([builtIn.status, Object.keys(builtIn.body.error?.fields ?? {})]).toEqual([422, ['platform']]);
  const ftp = await call('POST', '', { ...given(), base_url: 'ftp://files.example.com' });
  expect([ftp.status, Object.keys(ftp.body.error?.fields ?? {})]).toEqual([422, ['base_url']]);
  const noToken = await call('POST', '', { ...given(), token: '' });
  expect([noToken.status, Object.keys(noToken.body.error?.fields ?? {})]).toEqual([422, ['token']]);
});
