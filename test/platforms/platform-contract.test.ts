// What every referral platform has to keep to. A third one is added to `kinds` below, and must pass unchanged.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import type { Member, ReferralRef } from '../../src/domain/platforms/platform.ts';
import type { PlatformName } from '../../src/domain/program/referral.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openPlatforms, type Platforms } from '../support/platforms.ts';
import { referralFactoryOf } from '../support/referral-factory.ts';

let app: TestApp;
let desk: Platforms;
beforeAll(async () => {
  app = await startTestApp();
  // The copies are made by the tests themselves.
  app.sandbox.world.referralFactory.hooks.clear();
  desk = await openPlatforms(app);
});
afterAll(async () => {
  await desk?.close();
  await app?.close();
});

/** `newReferral` makes a pending one on the platform, known here; `campaign` is one that the platform has. */
const kinds: { name: PlatformName; campaign: string; newReferral: () => Promise<ReferralRef> }[] = [
  {
    name: 'built-in',
    campaign: '',
    async newReferral() {
      const [referrer] = await app.query<{ code: string }>(
        `select f.code from referrers f join campaigns c on c.id = f.campaign_id where c.name = 'Spring'`,
      );
      const answer = await fetch(`${app.url}/api/v1/referrals`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${await app.apiToken()}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ code: referrer?.code, person: { email: `${randomUUID()}@example.com` } }),
      });
      const { id } = (await answer.json()) as { id: string };
      return { id, platformId: null };
    },
  },
  {
    name: 'referral-factory',
    campaign: autumn.campaign,
    async newReferral() {
      const platformId = await referralFactoryOf(app.sandbox).newLead(`${randomUUID()}@example.com`);
      await desk.copying.readAgain('sandbox', 'referral-factory', { id: platformId });
      const [row] = await app.query<{ id: string }>('select id from referrals where platform_id = $1', [
        platformId,
      ]);
      return { id: row?.id ?? '', platformId };
    },
  },
];

const here = async ({ id }: ReferralRef) => {
  const [row] = await app.query<{ status: string; kept_here: boolean; round: number; reward_status: string }>(
    'select status, kept_here, round, reward_status from referrals where id = $1',
    [id],
  );
  return row;
};
const historyOf = async ({ id }: ReferralRef) =>
  (
    await app.query<{ from: string; to: string; actor_name: string }>(
      `select "from", "to", actor_name from referral_history where referral_id = $1 and what = 'status' order by id`,
      [id],
    )
  ).map(({ from, to }) => `${from} to ${to}`);

describe.each(kinds)('$name', ({ name, newReferral, campaign }) => {
  const platform = () => desk.platforms[name];
  const read = (referral: ReferralRef) => platform().read('sandbox', referral);

  test('a new referral reads as pending, and one that never was as nothing', async () => {
    expect(platform().name).not.toBe('');
    const referral = await newReferral();
    expect(await read(referral)).toMatchObject({ status: 'pending' });
    expect(await read({ id: randomUUID(), platformId: '999999999' })).toBeNull();
  });

  test('qualifying is done once, however often it is asked, and says so on both sides', async () => {
    const referral = await newReferral();
    desk.planned.length = 0;
    const first = await desk.change(referral.id, 'qualify');
    expect(await read(referral)).toMatchObject({ status: 'qualified' });
    expect(await here(referral)).toMatchObject({ status: 'qualified', kept_here: false });
    expect(await desk.change(referral.id, 'qualify')).toBe(0);
    expect(first).toBeLessThanOrEqual(1);
    expect(await historyOf(referral)).toEqual(['pending to qualified']);
    expect(desk.planned).toEqual([referral.id]);
  });

  test('qualified already on the platform, it is only recorded', async () => {
    const referral = await newReferral();
    await platform().change('sandbox', referral, 'qualify', async () => {});
    expect(await desk.change(referral.id, 'qualify')).toBe(0);
    expect(await here(referral)).toMatchObject({ status: 'qualified' });
  });

  test('two changes at the same moment leave one entry in the history', async () => {
    const referral = await newReferral();
    await Promise.all([desk.change(referral.id, 'qualify'), desk.change(referral.id, 'qualify')]);
    expect(await historyOf(referral)).toEqual(['pending to qualified']);
  });

  test('put back to pending it can be qualified again, and the round is counted', async () => {
    const referral = await newReferral();
    await desk.change(referral.id, 'qualify');
    await desk.change(referral.id, 'reopen');
    expect(await read(referral)).toMatchObject({ status: 'pending' });
    expect(await here(referral)).toMatchObject({ status: 'pending', round: 1, reward_status: 'none' });
    await desk.change(referral.id, 'qualify');
    expect(await read(referral)).toMatchObject({ status: 'qualified' });
    expect(await historyOf(referral)).toEqual([
      'pending to qualified',
      'qualified to pending',
      'pending to qualified',
    ]);
  });

  test.each(['disqualify', 'expire'] as const)(
    'what it cannot store when asked to %s is kept here',
    async (change) => {
      const { canDisqualify, canExpire } = platform().capabilities;
      const can = change === 'disqualify' ? canDisqualify : canExpire;
      const status = change === 'disqualify' ? 'disqualified' : 'expired';
      const referral = await newReferral();
      await desk.change(referral.id, change);
      expect(await here(referral)).toMatchObject({ status, kept_here: !can });
      expect(await read(referral)).toMatchObject({ status: can ? status : 'pending' });
      await desk.change(referral.id, 'reopen');
      expect(await here(referral)).toMatchObject({ status: 'pending', kept_here: false });
    },
  );

  test('disqualified after it was qualified, it is qualified nowhere any more', async () => {
    const referral = await newReferral();
    await desk.change(referral.id, 'qualify');
    await desk.change(referral.id, 'disqualify');
    expect(await here(referral)).toMatchObject({ status: 'disqualified' });
    expect((await read(referral))?.status).not.toBe('qualified');
  });

  test('a change that the status rules out is refused and changes nothing', async () => {
    const referral = await newReferral();
    await desk.change(referral.id, 'disqualify');
    const before = await read(referral);
    await expect(desk.change(referral.id, 'qualify')).rejects.toMatchObject({ code: 'conflict' });
    expect(await read(referral)).toEqual(before);
    await expect(desk.change(randomUUID(), 'qualify')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('another workspace reaches none of it', async () => {
    const referral = await newReferral();
    const reading = platform()
      .read('another', referral)
      .catch((error: { code: string }) => error.code);
    expect([null, 'unauthorized']).toContain(await reading);
    const changing = platform().change('another', referral, 'qualify', async () => {});
    await expect(changing).rejects.toHaveProperty('code');
    expect(await read(referral)).toMatchObject({ status: 'pending' });
  });

  test('what it has can be gone through from the beginning to the end, each member once', async () => {
    const { source } = platform();
    if (source === null) {
      // Its records are the app's own: there is nothing to copy, and so nothing to go through.
      expect(name).toBe('built-in');
      return;
    }
    const referral = await newReferral();
    expect((await source.campaigns('sandbox')).map((one) => one.platformId)).toContain(campaign);
    const members: Member[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = await source.members('sandbox', campaign, after);
      members.push(...page.members);
      after = page.next;
      more = after !== null;
    }
    const ids = members.map((one) => one.platformId);
    expect(new Set(ids).size).toBe(ids.length);
    const listed = members.find((one) => one.platformId === referral.platformId);
    expect(listed).toMatchObject({ campaignId: campaign, role: 'referred', standing: { status: 'pending' } });
    if (!listed) throw new Error('not listed');
    expect(await source.member('sandbox', { id: listed.platformId })).toEqual(listed);
    expect(await source.member('sandbox', { code: listed.code })).toEqual(listed);
    const byEmail = { email: listed.email ?? '', campaignId: campaign };
    expect(await source.member('sandbox', byEmail)).toEqual(listed);
    expect(await source.member('sandbox', { id: '999999999' })).toBeNull();
    for (const body of [null, 7, 'text', [], {}, { id: {} }]) expect(source.readHook(body)).toBeNull();
    expect(await source.rewards('sandbox')).toBeInstanceOf(Map);
  });
});
