// Going through an outside platform page by page: what hooks never told is found, reported, and fixed when asked.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { callerWith, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom } from '../support/changes.ts';
import { copyOf, type Drift, type ReferralFactoryCopy } from '../support/platforms/platforms.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';
import { retryAtOnce } from '../support/retry.ts';
import { pressId } from '../support/teammate.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let copied: ReferralFactoryCopy;
let factory: ReturnType<typeof referralFactoryOf>;

beforeAll(async () => {
  app = await startTestApp({ overrides: { everyMs: { scheduleReconciles: 200 } } });
  copied = await copyOf(app);
  factory = referralFactoryOf(app.sandbox);
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(() => app?.close());

const search = { method: 'POST', path: '/referral-factory/api/v2/users/search' };

async function copiedLead(email: string): Promise<string> {
  const platformId = await factory.newLead(email);
  await copied.copy(platformId);
  return platformId;
}
type Here = {
  status: string;
  reward_status: string;
  local_only: boolean;
  round: number;
  platform_id: string | null;
};
const hereByEmail = async (email: string): Promise<Here | undefined> =>
  (
    await app.query<Here>(
      `select r.status, r.reward_status, r.local_only, r.round, r.platform_id
       from referrals r join people p on p.id = r.person_id where r.workspace_id = 'sandbox' and p.email = $1`,
      [email],
    )
  )[0];
const kinds = (drift: Drift, platformId: string) =>
  drift.differences
    .filter((one) => one.platform_id === platformId)
    .map(({ kind, here, there }) => [kind, here, there]);

/** Makes people contacts of Intercom's, so that they are written to; resolves with the contacts' ids. */
async function linkAll(emails: string[]): Promise<string[]> {
  const contacts = emails.map(() => randomUUID().replaceAll('-', '').slice(0, 24));
  await app.query(
    `insert into people (id, workspace_id, email, contact_id, created_at)
     select gen_random_uuid(), 'sandbox', email, contact_id, now()
     from unnest($1::text[], $2::text[]) as given (email, contact_id)
     on conflict (workspace_id, email) where external_id is null and email is not null
     do update set contact_id = excluded.contact_id`,
    [emails, contacts],
  );
  return contacts;
}

test('in a story that agrees nothing is found, and every copy gets the date', async () => {
  const before = new Date();
  const drift = await copied.compare(false);
  expect(drift).toMatchObject({
    repair: false,
    seen: 2,
    counts: { missing: 0, different: 0, unqualified: 0, deleted: 0 },
    differences: [],
  });
  const [row] = await app.query<{ copied_at: Date }>(
    'select copied_at from referrals where platform_id = $1',
    [autumn.lead],
  );
  expect(row?.copied_at.getTime()).toBeGreaterThanOrEqual(before.getTime());
});

test('every kind of drift is reported without touching anything, and fixed when asked', async () => {
  const qualifiedThere = await copiedLead('drift.qualified@example.com');
  const unqualifiedThere = await copiedLead('drift.unqualified@example.com');
  await factory.qualify(unqualifiedThere, true);
  await copied.copy(unqualifiedThere);
  const deletedThere = await copiedLead('drift.deleted@example.com');
  const unheardOf = await factory.newLead('drift.missing@example.com');
  await factory.qualify(qualifiedThere, true);
  await factory.qualify(unqualifiedThere, false);
  await factory.remove(deletedThere);

  const found = await copied.compare(false);
  const expected = {
    [qualifiedThere]: [['different', 'pending', 'qualified']],
    [unqualifiedThere]: [['unqualified', 'qualified', 'pending']],
    [deletedThere]: [['deleted', 'pending', null]],
    [unheardOf]: [['missing', null, 'pending']],
  };
  for (const [id, difference] of Object.entries(expected)) expect(kinds(found, id)).toEqual(difference);
  expect(found.counts).toEqual({ missing: 1, different: 1, unqualified: 1, deleted: 1 });
  expect(await hereByEmail('drift.qualified@example.com')).toMatchObject({ status: 'pending' });
  expect(await hereByEmail('drift.missing@example.com')).toBeUndefined();

  const contacts = await linkAll([
    'drift.qualified@example.com',
    'drift.unqualified@example.com',
    'drift.deleted@example.com',
    'drift.missing@example.com',
  ]);
  expect((await copied.compare(true)).counts).toEqual(found.counts);
  expect(await hereByEmail('drift.qualified@example.com')).toMatchObject({
    status: 'qualified',
    reward_status: 'due',
  });
  expect(await hereByEmail('drift.unqualified@example.com')).toMatchObject({
    status: 'pending',
    reward_status: 'none',
    round: 1,
  });
  expect(await hereByEmail('drift.deleted@example.com')).toMatchObject({
    status: 'disqualified',
    local_only: false,
    platform_id: null,
  });
  expect(await hereByEmail('drift.missing@example.com')).toMatchObject({ status: 'pending' });
  const written = await app.query<{ contact_id: string }>(
    "select distinct contact_id from runs where kind = 'write-back' and contact_id = any($1)",
    [contacts],
  );
  expect(written).toHaveLength(4);

  expect((await copied.compare(false)).counts).toEqual({
    missing: 0,
    different: 0,
    unqualified: 0,
    deleted: 0,
  });
});

test('a person who was deleted there and joins again is the same referral, pending again', async () => {
  const first = await copiedLead('drift.rejoins@example.com');
  await factory.remove(first);
  await copied.compare(true);
  expect(await hereByEmail('drift.rejoins@example.com')).toMatchObject({ status: 'disqualified' });
  const second = await copiedLead('drift.rejoins@example.com');
  expect(await hereByEmail('drift.rejoins@example.com')).toMatchObject({
    status: 'pending',
    platform_id: second,
  });
});

test('a new pass replaces the one under way, and its last page comes too late', async () => {
  await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 1_500, match: search });
  await copied.begin(true);
  await expect.poll(faultsLeft).toBe(0);
  await copied.begin(false);
  await copied.ended();
  expect((await copied.progress()).drift).toMatchObject({ repair: false });
});

/** How many times the next calls are still to meet a fault. */
async function faultsLeft(): Promise<number> {
  const answer = await fetch(`${app.sandbox.url}/sandbox/faults`);
  const { data } = (await answer.json()) as { data: unknown[] };
  return data.length;
}

/** Another workspace, with a token that the platform refuses: each round has it tried again, and so shows that it went by. */
async function connectSecond(): Promise<void> {
  const given = {
    platform: 'referral-factory',
    base_url: `${app.sandbox.url}/referral-factory/api/v2`,
    token: 'a wrong one',
  };
  const second = callerWith(app.url, await app.apiToken('second'));
  expect((await second.post('/connections', given)).status).toBe(200);
}
async function roundsPass(): Promise<void> {
  const tries = async () =>
    (await app.query("select from pgboss.job where name = 'reconcile' and data ->> 'workspaceId' = 'second'"))
      .length;
  const before = await tries();
  await until(async () => (await tries()) > before + 1);
}
const isRecent = async () =>
  (
    await app.query(
      "select from connections where workspace_id = 'sandbox' and reconciled_at > now() - interval '15 minutes'",
    )
  ).length > 0;
const age = () =>
  app.query(
    "update connections set reconciled_at = now() - interval '16 minutes' where workspace_id = 'sandbox'",
  );
/** As if no one had gone on with the pass for three minutes. */
const abandon = () =>
  app.query(
    `update connections set cursor = jsonb_set(cursor, '{pass,touchedAt}', to_jsonb((now() - interval '3 minutes')::text))
     where workspace_id = 'sandbox'`,
  );
async function cutShort(): Promise<void> {
  await copied.begin(true);
  await expect.poll(async () => (await copied.progress()).trouble).not.toBeNull();
}

test('the round of every minute leaves a pass alone that someone is at, and takes up one that was left', async () => {
  await connectSecond();
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match: search });
  await cutShort();
  await age();
  await roundsPass();
  expect((await copied.progress()).comparing).toBe(true);
  expect(await isRecent()).toBe(false);
  await abandon();
  await copied.ended();
});

test('what is kept here because the platform cannot store it is not drift, until the platform says something newer', async () => {
  const id = await copiedLead('drift.kept@example.com');
  const caller = callerWith(app.url, await app.apiToken());
  const given = await caller.post(`/referrals/${await copied.referralOf(id)}/disqualify`);
  expect(given).toMatchObject({ status: 200, body: { status: 'disqualified' } });
  expect((await copied.compare(true)).differences).toEqual([]);
  expect(await hereByEmail('drift.kept@example.com')).toMatchObject({
    status: 'disqualified',
    local_only: true,
  });

  factory.set(id, { qualified_at: Math.ceil(Date.now() / 1000) + 1 });
  expect(kinds(await copied.compare(true), id)).toEqual([['different', 'disqualified', 'qualified']]);
  expect(await hereByEmail('drift.kept@example.com')).toMatchObject({
    status: 'qualified',
    local_only: false,
  });
});

test('rewards that were issued or canceled there are so here', async () => {
  const issued = await copiedLead('reward.issued@example.com');
  const friend = await copiedLead('reward.friend@example.com');
  // A referrer of their own, so that nothing else is due to them.
  const second = await factory.newLead('reward.second@example.com', {
    referrer: { field: 'id', value: friend },
  });
  await factory.qualify(second, true);
  await factory.qualify(issued, true);
  await copied.compare(true);
  expect(await hereByEmail('reward.second@example.com')).toMatchObject({ reward_status: 'due' });
  const { rewards } = app.sandbox.world.referralFactory;
  for (const one of rewards.all()) {
    if (one.lead_id === second) rewards.put({ ...one, state: 'issued' });
  }
  await copied.compare(true);
  expect(await hereByEmail('reward.second@example.com')).toMatchObject({ reward_status: 'issued' });
  expect(await hereByEmail('reward.issued@example.com')).toMatchObject({ reward_status: 'due' });

  for (const one of rewards.all()) if (one.state === 'due') rewards.put({ ...one, state: 'canceled' });
  for (const one of rewards.all()) if (one.recipient_id === autumn.referrer) rewards.remove(one.id);
  await copied.compare(true);
  expect(await hereByEmail('reward.issued@example.com')).toMatchObject({ reward_status: 'canceled' });
});

test('a call that always fails while the platform answers ends a pass with its reason, and the next one is whole', async () => {
  const after = await factory.newLead('stuck.after@example.com');
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 500, match: search, times: 'always' });
  await cutShort();
  // A hook that names no one has the pass gone on with.
  for (let attempt = 0; attempt < 4; attempt++) {
    expect((await copied.progress()).comparing).toBe(true);
    await copied.tell({});
    await copied.settled();
  }
  expect(await copied.progress()).toMatchObject({
    comparing: false,
    trouble: expect.stringContaining('Referral Factory answered 500'),
  });
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await copied.compare(true);
  expect(await hereByEmail('stuck.after@example.com')).toMatchObject({ platform_id: after });
});

test('while the platform answers nothing at all, a pass waits and keeps its place', async () => {
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match: search, times: 'always' });
  await cutShort();
  const everything = { method: 'GET', path: '/referral-factory/api/v2/campaigns' };
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 503,
    match: everything,
    times: 'always',
  });
  for (let attempt = 0; attempt < 6; attempt++) {
    await copied.tell({});
    await copied.settled();
  }
  expect((await copied.progress()).comparing).toBe(true);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await copied.tell({});
  await copied.ended();
});

test('a person that the platform cannot show keeps no one else from being copied', async () => {
  const gone = await copiedLead('unshown.one@example.com');
  const after = await factory.newLead('unshown.after@example.com');
  await factory.remove(gone);
  const user = { method: 'GET', path: `/referral-factory/api/v2/users/${gone}` };
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 500, match: user, times: 'always' });
  await copied.compare(true);
  expect(await hereByEmail('unshown.after@example.com')).toMatchObject({ platform_id: after });
  expect(await hereByEmail('unshown.one@example.com')).toMatchObject({ status: 'pending' });
});

test('someone with an odd record keeps no one else from being copied', async () => {
  const odd = await copiedLead('odd.one@example.com');
  const after = await factory.newLead('odd.after@example.com');
  factory.set(odd, { code: '', qualified_at: 1_780_000_000 });
  await copied.compare(true);
  expect(await hereByEmail('odd.after@example.com')).toMatchObject({ platform_id: after });
  expect(await hereByEmail('odd.one@example.com')).toMatchObject({ status: 'pending', platform_id: odd });
  factory.set(odd, { code: 'no longer odd', qualified_at: null });
});

test('two processes at the same pass copy everyone once', async () => {
  const referrals = async () =>
    (await app.query("select from referrals where workspace_id = 'sandbox'")).length;
  const before = await referrals();
  const other = await createApp(readConfig({ ...app.environment, PORT: '0' }), createLog('silent'));
  const fresh = await Promise.all(
    Array.from({ length: 30 }, (_, number) => factory.newLead(`both.${number}@example.com`)),
  );
  await copied.begin(true);
  // Hooks that name no one: a job for everything, each for the process that takes it first.
  await Promise.all(Array.from({ length: 6 }, () => copied.tell({})));
  await copied.ended();
  const { drift } = await copied.progress();
  expect(await referrals()).toBe(before + fresh.length);
  expect(drift?.seen).toBe(app.sandbox.world.referralFactory.users.all().length);
  await other.close();
});

test('the round of every minute begins a pass only when the last one is old, and the worker does it', async () => {
  const missing = await factory.newLead('tick.missing@example.com');
  await roundsPass();
  expect(await hereByEmail('tick.missing@example.com')).toBeUndefined();
  await age();
  await expect.poll(async () => (await hereByEmail('tick.missing@example.com'))?.platform_id).toBe(missing);
});

test('campaigns of the platform that are new come along with the people in them', async () => {
  const { campaigns, users } = app.sandbox.world.referralFactory;
  const [first] = campaigns.all();
  if (!first) throw new Error('no campaign');
  // Its name is taken by a campaign of the built-in platform.
  campaigns.put({ ...first, id: '4022', name: 'Spring', code: 'SpRing' });
  const like = factory.user(autumn.referrer);
  users.put({ ...like, id: '6000001', campaign_id: '4022', code: 'rf-winter', email: 'winter@example.com' });
  await copied.compare(true);
  const [campaign] = await app.query(
    `select c.name, c.platform, f.code from campaigns c join referrers f on f.campaign_id = c.id
     where c.workspace_id = 'sandbox' and c.platform_id = '4022'`,
  );
  expect(campaign).toEqual({ name: 'Spring (4022)', platform: 'referral-factory', code: 'rf-winter' });
});

test('a campaign is copied when its name and its name with the id are both taken, under a third', async () => {
  const { campaigns, users } = app.sandbox.world.referralFactory;
  const [first] = campaigns.all();
  if (!first) throw new Error('no campaign');
  const [spring] = await app.query<{ id: string }>("select id from campaigns where name = 'Spring'");
  await app.query(
    `insert into campaigns (id, workspace_id, name, platform, destination_url, settings, created_at)
     select gen_random_uuid(), workspace_id, 'spring (4023)', platform, destination_url, settings, created_at
     from campaigns where id = $1`,
    [spring?.id],
  );
  campaigns.put({ ...first, id: '4023', name: 'Spring', code: 'SpRiNg' });
  const like = factory.user(autumn.referrer);
  users.put({ ...like, id: '6000002', campaign_id: '4023', code: 'rf-third', email: 'third@example.com' });
  const { counts } = await copied.compare(true);
  expect(counts).toMatchObject({ missing: 1 });
  const named = await app.query("select name from campaigns where platform_id = '4023'");
  expect(named).toEqual([{ name: 'Spring (4023, 2)' }]);
});

/** Links the friend and the referrer to one contact, or tells them apart again. */
async function asOnePerson(email: string, contactId: string | null): Promise<void> {
  await app.query(
    `update people set contact_id = $2 where id in (
       select unnest(array[r.person_id, f.person_id]) from referrals r join referrers f on f.id = r.referrer_id
       join people p on p.id = r.person_id where p.email = $1)`,
    [email, contactId],
  );
}

test('what the platform qualified stays pending here while the friend is their own referrer', async () => {
  const email = 'own.referrer@example.com';
  const platformId = await copiedLead(email);
  await asOnePerson(email, 'a-contact-of-both');
  await factory.qualify(platformId, true);
  await copied.copy(platformId);
  expect(await hereByEmail(email)).toMatchObject({ status: 'pending', reward_status: 'none' });
  const found = await copied.compare(true);
  expect(kinds(found, platformId)).toEqual([['different', 'pending', 'qualified']]);
  expect(await hereByEmail(email)).toMatchObject({ status: 'pending' });
  await asOnePerson(email, null);
  await copied.compare(true);
  expect(await hereByEmail(email)).toMatchObject({ status: 'qualified', reward_status: 'due' });
});

test('a run that waits for the platform is refused once the friend is their own referrer, and done later', async () => {
  const email = 'own.referrer.later@example.com';
  const platformId = await copiedLead(email);
  const contact = await intercom(app, 'POST', '/contacts', { role: 'user', email });
  const linked = () =>
    app.query('select from people where email = $1 and contact_id = $2', [email, contact.id]);
  await expect.poll(linked).toHaveLength(1);
  const pattern = '^/referral-factory';
  const down = { on: 'api', kind: 'status', status: 503, match: { pattern }, times: 'always' };
  await app.misbehave('/faults', down);
  await intercom(app, 'PUT', `/contacts/${contact.id}`, { custom_attributes: { plan: 'pro' } });
  const referralId = await copied.referralOf(platformId);
  const runs = () =>
    app.query<{ state: string; error: string | null }>(
      `select state, error from runs where referral_id = $1 and kind = 'change-status' order by seq`,
      [referralId],
    );
  // Tried, so that no attempt is under way when the platform is back.
  await expect.poll(runs).toEqual([{ state: 'waiting', error: expect.any(String) }]);
  await asOnePerson(email, contact.id);
  // The platform is down until then: an attempt that began before could still reach it.
  const stopRetrying = retryAtOnce(app);
  await expect
    .poll(runs)
    .toEqual([{ state: 'failed', error: expect.stringContaining('Referrer and friend are the same') }]);
  await stopRetrying();
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  expect(factory.user(platformId).qualification_writes).toBe(0);
  const asked = await pressId(app, { id: contact.id }, `ask-unlink-referrer:${referralId}`);
  await asked.press('Unlink the referrer');
  await expect.poll(async () => (await hereByEmail(email))?.status).toBe('qualified');
  expect(factory.user(platformId).qualification_writes).toBe(1);
});

test.each([
  ['switched off', 'team', { enabled: false }],
  ['removed', 'free', null],
])('a rule that is %s while the platform takes no changes does not act later', async (how, plan, change) => {
  const email = `ruled.${how.replace(' ', '.')}@example.com`;
  const platformId = await copiedLead(email);
  const contact = await intercom(app, 'POST', '/contacts', { role: 'user', email });
  await expect
    .poll(() => app.query('select from people where email = $1 and contact_id = $2', [email, contact.id]))
    .toHaveLength(1);
  const caller = callerWith(app.url, await app.apiToken());
  const referralId = await copied.referralOf(platformId);
  const [{ campaign_id } = {}] = await app.query<{ campaign_id: string }>(
    'select campaign_id from referrals where id = $1',
    [referralId],
  );
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: plan };
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  const definition = { when, then: 'qualify' };
  const ruleId = idOf(await caller.post('/rules', { campaign_id, name: 'Brief', definition }));
  // Changes are refused until then: an attempt that began before could still reach the platform.
  const match = { method: 'PUT', pattern: '^/referral-factory' };
  const down = { on: 'api', kind: 'status', status: 503, match, times: 'always' };
  await app.misbehave('/faults', down);
  await intercom(app, 'PUT', `/contacts/${contact.id}`, { custom_attributes: { plan } });
  const runs = () =>
    app.query<{ state: string; error: string | null }>(
      `select state, error from runs where referral_id = $1 and kind = 'change-status' order by seq`,
      [referralId],
    );
  await expect.poll(runs).toEqual([{ state: 'waiting', error: expect.any(String) }]);
  const explained = async () =>
    (
      await app.query<{ explanation: string | null }>('select explanation from referrals where id = $1', [
        referralId,
      ])
    )[0]?.explanation ?? null;
  expect(await explained()).toContain('waiting for the referral platform');
  if (change) await caller.patch(`/rules/${ruleId}`, change);
  else await caller.delete(`/rules/${ruleId}`);
  expect(await explained()).not.toContain('Brief');
  const stopRetrying = retryAtOnce(app);
  const canceled =
    'Rule Brief was switched off or removed, or its campaign archived, before Referral Factory was told';
  await expect.poll(runs).toEqual([{ state: 'canceled', error: canceled }]);
  await stopRetrying();
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  expect(await hereByEmail(email)).toMatchObject({ status: 'pending' });
  expect(factory.user(platformId).qualification_writes).toBe(0);
  const decided = await app.query(
    'select outcome, explanation from decisions where referral_id = $1 and rule_id = $2 order by id',
    [referralId, ruleId],
  );
  // Before them, that it was not met: if the contact was read before it changed.
  expect(decided.slice(-2)).toMatchObject([
    { outcome: 'met' },
    { outcome: 'stopped', explanation: canceled },
  ]);
  if (!change) return;
  // Switched on again, it acts as if for the first time.
  await caller.patch(`/rules/${ruleId}`, { enabled: true });
  await caller.post(`/rules/${ruleId}/apply`, {});
  await expect.poll(async () => (await hereByEmail(email))?.status).toBe('qualified');
  expect(factory.user(platformId).qualification_writes).toBe(1);
});

// The last one: every comparison after it would go through all these people again.
test('a pass that is cut short goes on where it was, and leaves no one out', async () => {
  const { users } = app.sandbox.world.referralFactory;
  for (let number = 0; number < 280; number++) {
    const { qualification_writes, ...like } = factory.user(autumn.lead);
    users.put({
      ...like,
      qualification_writes,
      id: String(5_000_000 + number),
      code: `many-${number}`,
      email: `many.${number}@example.com`,
    });
  }
  // The first page comes, the second does not.
  await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 0, match: search, times: 1 });
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match: search, times: 1 });
  await cutShort();
  expect((await copied.progress()).comparing).toBe(true);
  const many = async () =>
    Number(
      (
        await app.query<{ n: string }>(
          "select count(*) as n from people where workspace_id = 'sandbox' and email like 'many.%'",
        )
      )[0]?.n,
    );
  const half = await many();
  expect(half).toBeGreaterThan(100);
  expect(half).toBeLessThan(280);

  // Someone from a page that was read is deleted meanwhile, and the rest of the list moves up.
  await factory.remove('5000000');
  // A hook that names no one has the pass gone on with.
  await copied.tell({});
  await copied.ended();
  expect(await many()).toBeGreaterThanOrEqual(279);
  const { drift } = await copied.progress();
  expect(drift?.counts.missing).toBeGreaterThanOrEqual(278);
  const again = await copied.compare(true);
  expect(await many()).toBe(280);
  expect(again.counts).toMatchObject({ different: 0, unqualified: 0 });
  expect(await hereByEmail('many.0@example.com')).toMatchObject({ status: 'disqualified' });
  expect(await hereByEmail('many.279@example.com')).toMatchObject({ status: 'pending' });
});
