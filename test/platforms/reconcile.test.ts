// Going through an outside platform page by page: what hooks never told is found, reported, and put right when asked.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import type { Drift } from '../../src/usecases/platforms/reconcile-progress.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openPlatforms, type Platforms } from '../support/platforms.ts';
import { referralFactoryOf } from '../support/referral-factory.ts';

let app: TestApp;
let desk: Platforms;
let factory: ReturnType<typeof referralFactoryOf>;
const place = { workspaceId: 'sandbox', platform: 'referral-factory' as const };

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

/** A pass begun and done, here rather than by the app's own worker. */
async function pass(repair: boolean): Promise<Drift> {
  const before = await progress();
  await desk.reconcile.begin(place, repair);
  for (let stretch = 0; stretch < 20 && (await progress()).copying; stretch++)
    await desk.reconcile.work(place);
  const { drift } = await progress();
  if (!drift || +drift.startedAt === +(before.drift?.startedAt ?? 0)) throw new Error('the pass did not end');
  return drift;
}
const progress = () => desk.connecting.connection('sandbox', 'referral-factory');

async function copiedLead(email: string): Promise<string> {
  const platformId = await factory.newLead(email);
  await desk.copying.readAgain('sandbox', 'referral-factory', { id: platformId });
  return platformId;
}
type Here = {
  status: string;
  reward_status: string;
  kept_here: boolean;
  round: number;
  platform_id: string | null;
};
const hereByEmail = async (email: string): Promise<Here | undefined> =>
  (
    await app.query<Here>(
      `select r.status, r.reward_status, r.kept_here, r.round, r.platform_id
       from referrals r join people p on p.id = r.person_id where p.email = $1`,
      [email],
    )
  )[0];
const kinds = (drift: Drift, platformId: string) =>
  drift.differences
    .filter((one) => one.platformId === platformId)
    .map(({ kind, here, there }) => [kind, here, there]);

test('in a story that agrees nothing is found, and every copy gets the date', async () => {
  const before = new Date();
  const drift = await pass(false);
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

test('every kind of drift is reported without touching anything, and put right when asked', async () => {
  const qualifiedThere = await copiedLead('drift.qualified@example.com');
  const unqualifiedThere = await copiedLead('drift.unqualified@example.com');
  await factory.qualify(unqualifiedThere, true);
  await desk.copying.readAgain('sandbox', 'referral-factory', { id: unqualifiedThere });
  const deletedThere = await copiedLead('drift.deleted@example.com');
  const unheardOf = await factory.newLead('drift.missing@example.com');
  await factory.qualify(qualifiedThere, true);
  await factory.qualify(unqualifiedThere, false);
  await factory.remove(deletedThere);

  const found = await pass(false);
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

  desk.planned.length = 0;
  expect((await pass(true)).counts).toEqual(found.counts);
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
    kept_here: false,
    platform_id: null,
  });
  expect(await hereByEmail('drift.missing@example.com')).toMatchObject({ status: 'pending' });
  expect(new Set(desk.planned).size).toBe(4);

  expect((await pass(false)).counts).toEqual({ missing: 0, different: 0, unqualified: 0, deleted: 0 });
});

test('whoever was deleted there and joins anew is the same referral, pending again', async () => {
  const first = await copiedLead('drift.rejoins@example.com');
  await factory.remove(first);
  await pass(true);
  expect(await hereByEmail('drift.rejoins@example.com')).toMatchObject({ status: 'disqualified' });
  const second = await copiedLead('drift.rejoins@example.com');
  expect(await hereByEmail('drift.rejoins@example.com')).toMatchObject({
    status: 'pending',
    platform_id: second,
  });
});

test('a new pass replaces the one under way, whose last page comes too late', async () => {
  const search = { method: 'POST', path: '/referral-factory/api/v2/users/search' };
  await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 700, match: search });
  await desk.reconcile.begin(place, true);
  const late = desk.reconcile.work(place);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await desk.reconcile.begin(place, false);
  await late;
  expect((await progress()).copying).toBe(true);
  await desk.reconcile.work(place);
  expect((await progress()).drift).toMatchObject({ repair: false });
});

test('the round of every minute leaves a pass alone that somebody is at, and takes up one that was left', async () => {
  const jobs = async () =>
    Number(
      (await app.query<{ n: string }>("select count(*) as n from pgboss.job where name = 'reconcile'"))[0]?.n,
    );
  await desk.reconcile.begin(place, true);
  await app.query("update connections set reconciled_at = now() - interval '16 minutes'");
  const before = await jobs();
  await desk.reconcile.tick();
  expect(await jobs()).toBe(before);
  await app.query(
    `update connections set cursor = jsonb_set(cursor, '{pass,touchedAt}', to_jsonb((now() - interval '3 minutes')::text))`,
  );
  await desk.reconcile.tick();
  expect(await jobs()).toBe(before + 1);
  await expect.poll(async () => (await progress()).copying, { timeout: 20_000 }).toBe(false);
});

test('what is kept here because the platform cannot store it is no drift, until the platform says something newer', async () => {
  const id = await copiedLead('drift.kept@example.com');
  const [row] = await app.query<{ id: string }>('select id from referrals where platform_id = $1', [id]);
  await desk.change(row?.id ?? '', 'disqualify');
  expect((await pass(true)).differences).toEqual([]);
  expect(await hereByEmail('drift.kept@example.com')).toMatchObject({
    status: 'disqualified',
    kept_here: true,
  });

  factory.set(id, { qualified_at: Math.ceil(Date.now() / 1000) + 1 });
  expect(kinds(await pass(true), id)).toEqual([['different', 'disqualified', 'qualified']]);
  expect(await hereByEmail('drift.kept@example.com')).toMatchObject({
    status: 'qualified',
    kept_here: false,
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
  await pass(true);
  expect(await hereByEmail('reward.second@example.com')).toMatchObject({ reward_status: 'due' });
  const { rewards } = app.sandbox.world.referralFactory;
  for (const one of rewards.all()) {
    if (one.lead_id === second) rewards.put({ ...one, state: 'issued' });
  }
  await pass(true);
  expect(await hereByEmail('reward.second@example.com')).toMatchObject({ reward_status: 'issued' });
  expect(await hereByEmail('reward.issued@example.com')).toMatchObject({ reward_status: 'due' });

  for (const one of rewards.all()) if (one.state === 'due') rewards.put({ ...one, state: 'canceled' });
  for (const one of rewards.all()) if (one.recipient_id === autumn.referrer) rewards.remove(one.id);
  await pass(true);
  expect(await hereByEmail('reward.issued@example.com')).toMatchObject({ reward_status: 'canceled' });
});

test('a pass that is cut short goes on where it was, and leaves nobody out', async () => {
  const { users } = app.sandbox.world.referralFactory;
  for (let number = 0; number < 600; number++) {
    const { qualification_writes, ...like } = factory.user(autumn.lead);
    users.put({
      ...like,
      qualification_writes,
      id: String(5_000_000 + number),
      code: `many-${number}`,
      email: `many.${number}@example.com`,
    });
  }
  const search = { method: 'POST', path: '/referral-factory/api/v2/users/search' };
  await desk.reconcile.begin(place, true);
  // The first page comes, the second does not.
  await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 0, match: search, times: 1 });
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match: search, times: 1 });
  await desk.reconcile.work(place);
  expect((await progress()).copying).toBe(true);
  const copied = async () =>
    Number(
      (await app.query<{ n: string }>("select count(*) as n from people where email like 'many.%'"))[0]?.n,
    );
  const half = await copied();
  expect(half).toBeGreaterThan(100);
  expect(half).toBeLessThan(600);

  // Somebody from a page that was read is deleted meanwhile, and the rest of the list moves up.
  await factory.remove('5000000');
  await desk.reconcile.work(place);
  expect(await copied()).toBeGreaterThanOrEqual(599);
  const { drift } = await progress();
  expect(drift?.counts.missing).toBeGreaterThanOrEqual(598);
  const again = await pass(true);
  expect(await copied()).toBe(600);
  expect(again.counts).toMatchObject({ different: 0, unqualified: 0 });
  expect(await hereByEmail('many.0@example.com')).toMatchObject({ status: 'disqualified' });
  expect(await hereByEmail('many.599@example.com')).toMatchObject({ status: 'pending' });
});

test('somebody with an odd record keeps nobody else from being copied', async () => {
  const odd = await copiedLead('odd.one@example.com');
  const after = await factory.newLead('odd.after@example.com');
  factory.set(odd, { code: '', qualified_at: 1_780_000_000 });
  await pass(true);
  expect(await hereByEmail('odd.after@example.com')).toMatchObject({ platform_id: after });
  expect(await hereByEmail('odd.one@example.com')).toMatchObject({ status: 'pending', platform_id: odd });
  factory.set(odd, { code: 'no longer odd', qualified_at: null });
});

test('two processes at the same pass copy everybody once', async () => {
  const before = (await app.query('select id from referrals')).length;
  const other = await openPlatforms(app);
  const fresh = await Promise.all(
    Array.from({ length: 30 }, (_, number) => factory.newLead(`both.${number}@example.com`)),
  );
  await desk.reconcile.begin(place, true);
  await Promise.all([desk.reconcile.work(place), other.reconcile.work(place)]);
  if ((await progress()).copying) await desk.reconcile.work(place);
  const { drift } = await progress();
  expect((await app.query('select id from referrals')).length).toBe(before + fresh.length);
  expect(drift?.seen).toBe(app.sandbox.world.referralFactory.users.all().length);
  await other.close();
});

test('the round of every minute begins a pass only when the last one is old, and the worker does it', async () => {
  const missing = await factory.newLead('tick.missing@example.com');
  await desk.reconcile.tick();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await hereByEmail('tick.missing@example.com')).toBeUndefined();
  await app.query("update connections set reconciled_at = now() - interval '16 minutes'");
  await desk.reconcile.tick();
  await expect
    .poll(async () => (await hereByEmail('tick.missing@example.com'))?.platform_id, { timeout: 10_000 })
    .toBe(missing);
});

test('campaigns of the platform that are new come along with whoever is in them', async () => {
  const { campaigns, users } = app.sandbox.world.referralFactory;
  const [first] = campaigns.all();
  if (!first) throw new Error('no campaign');
  // Its name is taken by a campaign of the built-in platform.
  campaigns.put({ ...first, id: '4022', name: 'Spring', code: 'SpRing' });
  const like = factory.user(autumn.referrer);
  users.put({ ...like, id: '6000001', campaign_id: '4022', code: 'rf-winter', email: 'winter@example.com' });
  await pass(true);
  const [campaign] = await app.query(
    `select c.name, c.platform, f.code from campaigns c join referrers f on f.campaign_id = c.id where c.platform_id = '4022'`,
  );
  expect(campaign).toEqual({ name: 'Spring (4022)', platform: 'referral-factory', code: 'rf-winter' });
});
