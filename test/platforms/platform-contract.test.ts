// What every referral platform has to keep to. A third one is added to `byName` below, and must pass unchanged.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import {
  canStore,
  isOutside,
  type PlatformPerson,
  platformNames,
  type ReferralRef,
  type StatusChange,
} from '../../src/domain/platforms/platform.ts';
import type { PlatformName } from '../../src/domain/program/referral.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import {
  changeStatus,
  copyOf,
  platformsOf,
  type ReferralFactoryCopy,
} from '../support/platforms/platforms.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';

let app: TestApp;
let copied: ReferralFactoryCopy;
let own: Awaited<ReturnType<typeof platformsOf>>;
beforeAll(async () => {
  app = await startTestApp();
  copied = await copyOf(app);
  own = await platformsOf(app);
});
afterAll(async () => {
  await own?.close();
  await app?.close();
});

/** `newReferral` makes a pending one on the platform, known here; `campaign` is one that the platform has. */
const byName: Record<PlatformName, { campaign: string; newReferral: () => Promise<ReferralRef> }> = {
  'built-in': {
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
  'referral-factory': {
    campaign: autumn.campaign,
    async newReferral() {
      const platformId = await referralFactoryOf(app.sandbox).newLead(`${randomUUID()}@example.com`);
      await copied.copy(platformId);
      return { id: await copied.referralOf(platformId), platformId };
    },
  },
};

const kinds = platformNames.map((name) => ({ name, ...byName[name] }));
const outsideKinds = kinds.flatMap((kind) => (isOutside(kind.name) ? [{ ...kind, outside: kind.name }] : []));

/** What the built-in program says of one of its own. */
const statusOf = async (referral: ReferralRef) => (await here(referral)) ?? null;
const here = async ({ id }: ReferralRef) => {
  const [row] = await app.query<{
    status: string;
    local_only: boolean;
    round: number;
    reward_status: string;
  }>('select status, local_only, round, reward_status from referrals where id = $1', [id]);
  return row;
};
const historyOf = async ({ id }: ReferralRef) =>
  (
    await app.query<{ from: string; to: string; actor_name: string }>(
      `select "from", "to", actor_name from referral_history where referral_id = $1 and what = 'status' order by id`,
      [id],
    )
  ).map(({ from, to }) => `${from} to ${to}`);

const change = (referral: ReferralRef, wanted: StatusChange) => changeStatus(app, referral.id, wanted);
/** Makes the referred person a contact of Intercom's; resolves with its id. */
async function link({ id }: ReferralRef): Promise<string> {
  const contactId = randomUUID().replaceAll('-', '').slice(0, 24);
  await app.query(
    'update people set contact_id = $1 where id = (select person_id from referrals where id = $2)',
    [contactId, id],
  );
  return contactId;
}
const written = async (contactId: string) =>
  (await app.query("select from runs where kind = 'write-back' and contact_id = $1", [contactId])).length;

describe.each(kinds)('$name', ({ name, newReferral }) => {
  const read = (referral: ReferralRef) =>
    isOutside(name) ? own.platforms[name].read('sandbox', referral) : statusOf(referral);

  test('a new referral reads as pending, and one that never was as nothing', async () => {
    const referral = await newReferral();
    expect(await read(referral)).toMatchObject({ status: 'pending' });
    expect(await read({ id: randomUUID(), platformId: '999999999' })).toBeNull();
  });

  test('qualifying is done once, however often it is asked, and says so on both sides', async () => {
    const referral = await newReferral();
    const contactId = await link(referral);
    const first = await change(referral, 'qualify');
    expect(first).toMatchObject({ state: 'done' });
    expect(await read(referral)).toMatchObject({ status: 'qualified' });
    expect(await here(referral)).toMatchObject({ status: 'qualified', local_only: false });
    expect(await change(referral, 'qualify')).toMatchObject({ state: 'done', attempted_at: null });
    expect(await historyOf(referral)).toEqual(['pending to qualified']);
    expect(await written(contactId)).toBe(1);
  });

  test('two changes at the same moment leave one entry in the history', async () => {
    const referral = await newReferral();
    await Promise.all([change(referral, 'qualify'), change(referral, 'qualify')]);
    expect(await historyOf(referral)).toEqual(['pending to qualified']);
  });

  test('put back to pending it can be qualified again, and the round is counted', async () => {
    const referral = await newReferral();
    await change(referral, 'qualify');
    await change(referral, 'reopen');
    expect(await read(referral)).toMatchObject({ status: 'pending' });
    expect(await here(referral)).toMatchObject({ status: 'pending', round: 1, reward_status: 'none' });
    await change(referral, 'qualify');
    expect(await read(referral)).toMatchObject({ status: 'qualified' });
    expect(await historyOf(referral)).toEqual([
      'pending to qualified',
      'qualified to pending',
      'pending to qualified',
    ]);
  });

  test.each(['disqualify', 'expire'] as const)(
    'what it cannot store when asked to %s is kept here',
    async (wanted) => {
      const can = canStore(name, wanted);
      const status = wanted === 'disqualify' ? 'disqualified' : 'expired';
      const referral = await newReferral();
      await change(referral, wanted);
      expect(await here(referral)).toMatchObject({ status, local_only: !can });
      expect(await read(referral)).toMatchObject({ status: can ? status : 'pending' });
      await change(referral, 'reopen');
      expect(await here(referral)).toMatchObject({ status: 'pending', local_only: false });
    },
  );

  test('disqualified after it was qualified, it is qualified nowhere any more', async () => {
    const referral = await newReferral();
    await change(referral, 'qualify');
    await change(referral, 'disqualify');
    expect(await here(referral)).toMatchObject({ status: 'disqualified' });
    expect((await read(referral))?.status).not.toBe('qualified');
  });

  test('a change that the status rules out is refused and changes nothing', async () => {
    const referral = await newReferral();
    await change(referral, 'disqualify');
    const before = await read(referral);
    const refused = await change(referral, 'qualify');
    expect(refused).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('back to pending first'),
      attempted_at: null,
    });
    expect(await read(referral)).toEqual(before);
    const unknown = await change({ id: randomUUID(), platformId: null }, 'qualify');
    expect(unknown).toMatchObject({ state: 'failed', error: 'The referral no longer exists' });
  });
});

describe.each(outsideKinds)('$name, which is outside', ({ outside, newReferral, campaign }) => {
  const platform = () => own.platforms[outside];

  test('qualified already on the platform, it is only recorded', async () => {
    const referral = await newReferral();
    await platform().change('sandbox', referral, 'qualify', async () => {});
    expect(await change(referral, 'qualify')).toMatchObject({ state: 'done', attempted_at: null });
    expect(await here(referral)).toMatchObject({ status: 'qualified' });
  });

  test('another workspace reaches none of it', async () => {
    const referral = await newReferral();
    const reading = platform()
      .read('another', referral)
      .catch((error: { code: string }) => error.code);
    expect([null, 'unauthorized']).toContain(await reading);
    const changing = platform().change('another', referral, 'qualify', async () => {});
    await expect(changing).rejects.toHaveProperty('code');
    expect(await platform().read('sandbox', referral)).toMatchObject({ status: 'pending' });
  });

  test('what it has can be gone through from the beginning to the end, each person once', async () => {
    const referral = await newReferral();
    expect((await platform().campaigns('sandbox')).map((one) => one.platformId)).toContain(campaign);
    const people: PlatformPerson[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = await platform().listPeople('sandbox', campaign, after);
      people.push(...page.people);
      after = page.next;
      more = after !== null;
    }
    const ids = people.map((one) => one.platformId);
    expect(new Set(ids).size).toBe(ids.length);
    const listed = people.find((one) => one.platformId === referral.platformId);
    expect(listed).toMatchObject({ campaignId: campaign, role: 'referred', standing: { status: 'pending' } });
    if (!listed) throw new Error('not listed');
    expect(await platform().findPerson('sandbox', { id: listed.platformId })).toEqual(listed);
    expect(await platform().findPerson('sandbox', { code: listed.code })).toEqual(listed);
    const byEmail = { email: listed.email ?? '', campaignId: campaign };
    expect(await platform().findPerson('sandbox', byEmail)).toEqual(listed);
    expect(await platform().findPerson('sandbox', { id: '999999999' })).toBeNull();
    for (const body of [null, 7, 'text', [], {}, { id: {} }]) expect(platform().parseHook(body)).toBeNull();
    expect(await platform().rewards('sandbox')).toBeInstanceOf(Map);
  });
});
