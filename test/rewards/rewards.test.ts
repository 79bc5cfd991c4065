// Rewards by /api/v1: when they fall due, who gets them, how often, and how they are approved, issued and canceled.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CampaignRewards } from '../../src/domain/rewards/reward.ts';
import {
  type Api,
  type Caller,
  campaignFor,
  codeOf,
  dataOf,
  idOf,
  startApi,
  tenEuros,
} from '../support/api.ts';

let api: Api;
let caller: Caller;

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop', 'billing');
});
afterAll(() => api.close());

const shown = z.looseObject({
  id: z.string(),
  referral_id: z.string(),
  recipient: z.string(),
  status: z.string(),
  amount: z.string().nullable(),
});
const audited = z.looseObject({ action: z.string(), subject: z.looseObject({ id: z.string() }).nullable() });

let friends = 0;
const somebody = () => ({ email: `friend${friends++}@example.com`, name: 'Dana' });

const both: CampaignRewards = {
  referrer: { label: '10 EUR credit', amount: '10.00', currency: 'EUR', limit_per_person: null },
  friend: { label: 'A bottle', amount: null, currency: null, limit_per_person: null },
};

async function program(rewards: CampaignRewards, more: { reward_approval?: { above: string | null } } = {}) {
  const id = await campaignFor(caller, { rewards, ...more });
  const joined = await caller.post('/referrers', { campaign_id: id, person: somebody() });
  const code = codeOf(joined);
  const rewardsNow = async (query = '') =>
    dataOf(await caller.get(`/rewards?campaign_id=${id}&limit=100${query}`)).map((row) => shown.parse(row));
  const pending = async () => idOf(await caller.post('/referrals', { code, person: somebody() }));
  const qualified = async () => {
    const referral = await pending();
    await caller.post(`/referrals/${referral}/qualify`);
    return referral;
  };
  return { id, code, rewardsNow, pending, qualified };
}

const act = (change: 'approve' | 'issue' | 'cancel', ids: unknown[], more: object = {}) =>
  caller.post(`/rewards/${change}`, { ids, ...more });
const entries = async () =>
  dataOf(await caller.get('/audit?limit=100&subject_type=reward')).map((row) => audited.parse(row));
const statusOf = async (referral: string) =>
  z
    .looseObject({ reward: z.object({ status: z.string(), label: z.string().nullable() }) })
    .parse((await caller.get(`/referrals/${referral}`)).body).reward.status;

describe('a reward falls due', () => {
  test('for the referrer and the friend once their referral qualifies, in the terms of that day', async () => {
    const { id, rewardsNow, qualified } = await program(both);
    const referral = await qualified();
    await caller.patch(`/campaigns/${id}`, { rewards: { referrer: { label: 'Less' } } });
    const made = await rewardsNow();
    expect(made).toHaveLength(2);
    expect(made).toContainEqual(
      expect.objectContaining({
        referral_id: referral,
        recipient: 'referrer',
        ...{ label: '10 EUR credit', amount: '10.00', currency: 'EUR', status: 'due' },
        campaign: expect.objectContaining({ id }),
        person: expect.objectContaining({ name: 'Dana' }),
        ...{ issued_at: null, reference: null },
      }),
    );
    expect(made).toContainEqual(
      expect.objectContaining({ recipient: 'friend', label: 'A bottle', amount: null, status: 'due' }),
    );
    expect(await statusOf(referral)).toBe('due');
    expect((await rewardsNow('&recipient=friend')).map((row) => row.recipient)).toEqual(['friend']);
    expect(await rewardsNow('&status=issued')).toEqual([]);
  });

  test('once per referral and recipient, however often and from wherever it is qualified', async () => {
    const { rewardsNow, pending } = await program(both);
    const referral = await pending();
    const changes = Array.from({ length: 24 }, (_, index) =>
      caller.post(`/referrals/${referral}/${index % 3 === 1 ? 'reopen' : 'qualify'}`),
    );
    await Promise.all(changes);
    await caller.post(`/referrals/${referral}/qualify`);
    expect((await rewardsNow()).map((row) => [row.recipient, row.status]).toSorted()).toEqual([
      ['friend', 'due'],
      ['referrer', 'due'],
    ]);
  });

  test('for no one else: not without a referrer, and not in a campaign that gives none', async () => {
    const { id, rewardsNow } = await program(tenEuros);
    const alone = idOf(await caller.post('/referrals', { campaign_id: id, person: somebody() }));
    await caller.post(`/referrals/${alone}/qualify`);
    expect(await rewardsNow()).toEqual([]);
    expect(await statusOf(alone)).toBe('none');
    const none = await campaignFor(caller);
    const unpaid = idOf(await caller.post('/referrals', { campaign_id: none, person: somebody() }));
    const qualified = await caller.post(`/referrals/${unpaid}/qualify`);
    expect(qualified.body).toMatchObject({ reward: { status: 'none', label: null } });
  });

  test('up to the limit per person, however many referrals qualify at once', async () => {
    const limited = {
      referrer: { ...both.referrer, label: 'x', amount: null, currency: null, limit_per_person: 3 },
      friend: null,
    };
    const { rewardsNow, pending } = await program(limited);
    const referrals = await Promise.all(Array.from({ length: 12 }, pending));
    await Promise.all(referrals.map((referral) => caller.post(`/referrals/${referral}/qualify`)));
    expect(await rewardsNow()).toHaveLength(3);
    const [first] = await rewardsNow();
    await act('cancel', [first?.id]);
    const later = await pending();
    await caller.post(`/referrals/${later}/qualify`);
    expect((await rewardsNow('&status=due')).map((row) => row.referral_id)).toContain(later);
    const [row] = await api.query<{ note: string }>(
      `select reward_note as note from referrals where reward_status = 'none' and status = 'qualified'
         and reward_note like '%limit of 3%' limit 1`,
    );
    expect(row?.note).toBe('The referrer has reached the limit of 3 for “x”.');
  });

  test('up to the limit per person, by whichever of the records that share a contact', async () => {
    const referrer = { label: 'x', amount: null, currency: null, limit_per_person: 1 };
    const { id, rewardsNow, qualified } = await program({ referrer, friend: null });
    await qualified();
    const twin = await caller.post('/referrers', { campaign_id: id, person: somebody() });
    await api.query(
      `update people set contact_id = $1 where id in (select person_id from referrers where campaign_id = $2)`,
      [`contact-of-${id}`, id],
    );
    const second = idOf(await caller.post('/referrals', { code: codeOf(twin), person: somebody() }));
    expect((await caller.post(`/referrals/${second}/qualify`)).status).toBe(200);
    expect(await statusOf(second)).toBe('none');
    expect(await rewardsNow()).toHaveLength(1);
  });

  test('with its referral or not at all: what breaks in between leaves neither', async () => {
    const { rewardsNow, pending } = await program(both);
    const referral = await pending();
    await api.query(`alter table rewards add constraint no_friends check (recipient <> 'friend') not valid`);
    expect((await caller.post(`/referrals/${referral}/qualify`)).status).toBe(500);
    await api.query('alter table rewards drop constraint no_friends');
    expect(await rewardsNow()).toEqual([]);
    expect((await caller.get(`/referrals/${referral}`)).body).toMatchObject({ status: 'pending' });
  });
});

describe('a reward ends', () => {
  test('with its referral while it is not issued, and falls due again with it', async () => {
    const { rewardsNow, qualified } = await program(tenEuros);
    const referral = await qualified();
    await caller.post(`/referrals/${referral}/disqualify`, { reason: 'Refunded' });
    const [canceled] = await rewardsNow();
    expect(canceled).toMatchObject({ status: 'canceled', reason: 'The referral was disqualified' });
    expect(await statusOf(referral)).toBe('canceled');
    await caller.post(`/referrals/${referral}/reopen`);
    expect(await statusOf(referral)).toBe('none');
    await caller.post(`/referrals/${referral}/qualify`);
    expect(await rewardsNow()).toMatchObject([
      { id: canceled?.id, status: 'due', canceled_at: null, reason: null },
    ]);
  });

  test('never once it is issued', async () => {
    const { rewardsNow, qualified } = await program(tenEuros);
    const referral = await qualified();
    const [due] = await rewardsNow();
    await act('issue', [due?.id], { reference: 'Voucher 2041' });
    await caller.post(`/referrals/${referral}/disqualify`);
    expect(await rewardsNow()).toMatchObject([{ status: 'issued', reference: 'Voucher 2041' }]);
    expect(await statusOf(referral)).toBe('issued');
    await caller.post(`/referrals/${referral}/reopen`);
    await caller.post(`/referrals/${referral}/qualify`);
    expect(await rewardsNow()).toMatchObject([{ id: due?.id, status: 'issued' }]);
  });
});

describe('rewards are changed', () => {
  test('many at once, once, with an entry for each and none for a repeat', async () => {
    const { rewardsNow, qualified } = await program(both);
    const referral = await qualified();
    await qualified();
    const ids = (await rewardsNow()).map((row) => row.id);
    const before = (await entries()).length;
    const issued = await act('issue', [...ids, ids[0]], { reference: 'Batch 7' });
    expect(issued.status).toBe(200);
    expect(dataOf(issued)).toHaveLength(4);
    expect(dataOf(issued)[0]).toMatchObject({
      status: 'issued',
      reference: 'Batch 7',
      issued_at: expect.any(String),
    });
    const added = (await entries()).slice(0, (await entries()).length - before);
    expect(added.map((entry) => [entry.action, entry.subject?.id]).toSorted()).toEqual(
      ids.map((id) => ['reward.issue', id]).toSorted(),
    );
    const again = await act('issue', ids, { reference: 'Batch 8' });
    expect(again).toMatchObject({ status: 200, body: issued.body });
    expect(await entries()).toHaveLength(before + 4);
    const actor = { kind: 'api', name: 'billing' };
    expect(dataOf(await caller.get(`/referrals/${referral}/history?limit=2`))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'reward', from: 'due', to: 'issued', actor, reason: 'Batch 7' }),
        expect.objectContaining({ what: 'friend_reward', from: 'due', to: 'issued', actor }),
      ]),
    );
  });

  test('all of them or none: an unknown id, or one that cannot change, leaves the others', async () => {
    const { rewardsNow, qualified } = await program(both);
    await qualified();
    const [first, second] = await rewardsNow();
    const before = (await entries()).length;
    const unknown = await act('issue', [first?.id, '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10']);
    expect(unknown.status).toBe(404);
    expect((await act('issue', [first?.id, 'no id'])).status).toBe(404);
    await act('issue', [second?.id]);
    const refused = await act('cancel', [first?.id, second?.id], { reason: 'A mistake' });
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('it stays issued') } },
    });
    expect((await rewardsNow()).map((row) => row.status).toSorted()).toEqual(['due', 'issued']);
    expect(await entries()).toHaveLength(before + 1);
  });

  test('with approval first where the campaign asks for it', async () => {
    const { rewardsNow, qualified } = await program(both, { reward_approval: { above: '10' } });
    await qualified();
    const [worth] = await rewardsNow('&recipient=referrer');
    const [bottle] = await rewardsNow('&recipient=friend');
    expect((await act('issue', [worth?.id])).status).toBe(200);
    expect(await act('issue', [bottle?.id])).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('needs approval first') } },
    });
    expect(dataOf(await act('approve', [bottle?.id]))).toMatchObject([
      { status: 'approved', approved_at: expect.any(String) },
    ]);
    expect(dataOf(await act('issue', [bottle?.id]))).toMatchObject([{ status: 'issued' }]);
    expect((await act('approve', [bottle?.id])).status).toBe(200);
  });

  test('once, however many ask at once, and never into two ends', async () => {
    const { rewardsNow, qualified } = await program(tenEuros);
    await qualified();
    const [due] = await rewardsNow();
    const before = (await entries()).length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => act(index % 2 === 0 ? 'issue' : 'cancel', [due?.id])),
    );
    expect(answers.filter((answer) => ![200, 409].includes(answer.status))).toEqual([]);
    expect(await entries()).toHaveLength(before + 1);
    expect(
      await api.query(
        'select from referral_history where what = $1 and "to" in ($2, $3) and referral_id = $4',
        ['reward', 'issued', 'canceled', due?.referral_id],
      ),
    ).toHaveLength(1);
  });

  test.each([
    ['no ids', {}],
    ['an empty list', { ids: [] }],
    ['a field that is not known', { ids: [], receipt: 'x' }],
  ])('is refused with %s', async (_what, body) => {
    expect((await caller.post('/rewards/issue', body)).status).toBe(422);
  });

  test('by these routes only', async () => {
    const { rewardsNow, qualified } = await program(tenEuros);
    await qualified();
    const [due] = await rewardsNow();
    for (const path of [
      `/rewards/${due?.id}`,
      `/rewards/${due?.id}/issue`,
      '/rewards/undo',
      '/rewards/export',
    ])
      expect((await caller.post(path, { ids: [due?.id] })).status, path).toBe(404);
    expect((await caller.post('/rewards', {})).status).toBe(405);
  });
});

test('rewards of an outside platform are issued there', async () => {
  const { id, rewardsNow, qualified } = await program(tenEuros);
  await qualified();
  await api.query("update campaigns set platform = 'referral-factory' where id = $1", [id]);
  const [due] = await rewardsNow();
  expect(await act('issue', [due?.id])).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('Referral Factory') } },
  });
});

test('a reward that a referral had before rewards were rows becomes one, with its dates and who issued it', async () => {
  const { id, qualified } = await program(tenEuros);
  const referral = await qualified();
  const alone = idOf(await caller.post('/referrals', { campaign_id: id, person: somebody() }));
  const sqlFile = new URL('../../src/store/migrations/0005_rewards.sql', import.meta.url);
  const statement = readFileSync(sqlFile, 'utf8').split('--> statement-breakpoint').at(-1) ?? '';
  await api.query('delete from rewards');
  await api.query('alter table campaigns add column reward text');
  await api.query(`update campaigns set reward = 'Old credit' where id = $1`, [id]);
  await api.query(`update referrals set reward_status = 'none'`);
  await api.query(`update referrals set reward_status = 'issued' where id = $1`, [referral]);
  await api.query(`update referrals set reward_status = 'due', status = 'qualified' where id = $1`, [alone]);
  await api.query(
    `insert into referral_history (workspace_id, referral_id, at, what, "from", "to", actor, actor_name, reason)
     values ('shop', $1, '2026-01-02T03:04:05Z', 'reward', 'due', 'issued', 'teammate', 'Aoife', 'Voucher 7')`,
    [referral],
  );
  await api.query(statement);
  await api.query('alter table campaigns drop column reward');
  const rows = dataOf(await caller.get('/rewards'));
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual(
    expect.objectContaining({
      ...{ referral_id: referral, recipient: 'referrer', label: 'Old credit', status: 'issued' },
      ...{ issued_at: '2026-01-02T03:04:05.000Z', reference: 'Voucher 7', amount: null },
    }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ referral_id: alone, recipient: 'friend', status: 'due' }),
  );
});
