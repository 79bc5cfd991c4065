// Rewards in the console: found, ticked, changed with a preview and a way back, counted, and out and in as files.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignRewards } from '../../src/domain/rewards/reward.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;

beforeAll(async () => {
  app = await startTestApp({ overrides: { answersOnly: true } });
  api = callerWith(app.url, await app.apiToken('sandbox', 'shop'));
  desk = await signIn(app);
});
afterAll(() => app?.close());

let people = 0;
const both: CampaignRewards = {
  referrer: { label: 'Ten for you', amount: '10.00', currency: 'EUR', limit_per_person: null },
  friend: { label: 'A bottle', amount: null, currency: null, limit_per_person: null },
};

type Row = { id: string; recipient: string; status: string; reference: string | null; referral_id: string };

/** A campaign with so many qualified referrals. */
async function earned(
  number: number,
  more: { rewards?: CampaignRewards; reward_approval?: { above: null } } = {},
) {
  const id = await campaignFor(api, { rewards: both, ...more });
  const person = () => ({ email: `rewarded${people++}@example.com`, name: `=cmd|' ${people}` });
  const code = codeOf(await api.post('/referrers', { campaign_id: id, person: person() }));
  const referrals: string[] = [];
  for (let count = 0; count < number; count += 1) {
    const referral = idOf(await api.post('/referrals', { code, person: person() }));
    await api.post(`/referrals/${referral}/qualify`);
    referrals.push(referral);
  }
  const rows = async () => dataOf(await api.get(`/rewards?campaign_id=${id}&limit=100`)) as Row[];
  const ids = async (recipient?: string) =>
    (await rows()).filter((row) => (recipient ?? row.recipient) === row.recipient).map((row) => row.id);
  const statuses = async () => (await rows()).map((row) => `${row.recipient} ${row.status}`).toSorted();
  return { id, referrals, rows, ids, statuses };
}

const confirm = (change: string, ids: string[]) =>
  desk.get(`/console/rewards/confirm?change=${change}${ids.map((id) => `&ids=${id}`).join('')}`);
const changeIn = (location: string | null) =>
  new URL(location ?? '', 'http://x').searchParams.get('changed') ?? '';

describe('The list of rewards', () => {
  it('shows who gets what, for whom and since when, counts what is due, and is filtered by what it shows', async () => {
    const { id } = await earned(2);
    const page = await desk.get(`/console/rewards?campaign=${id}`);
    expect(page.text).toMatch(/Due 4 Approved 0 Issued 0/);
    expect(page.text).toMatch(/Ten for you 10\.00 EUR Referring/);
    expect(page.text).toContain('A bottle Joining');
    expect(page.text).toMatch(/Campaign \S+ EUR 2 20\.00 EUR/);
    const friends = await desk.get(`/console/rewards?campaign=${id}&recipient=friend`);
    expect(friends.text).not.toContain('Ten for you');
    expect((await desk.get(`/console/rewards?campaign=${id}&status=issued`)).text).toContain(
      'No rewards are issued.',
    );
    const [waiting] = await app.query<{ count: string }>(`select count(*) from rewards where status = 'due'`);
    expect(page.text).toMatch(new RegExp(`Rewards ${waiting?.count} `));
  });

  it('is where the numbers of Home lead', async () => {
    const { id, ids } = await earned(1);
    await api.post('/rewards/issue', { ids: await ids('friend') });
    const { html } = await desk.get('/console');
    for (const [status, number] of [
      ['due', '1'],
      ['issued', '1'],
    ])
      expect(html).toContain(`<a href="/console/rewards?campaign=${id}&amp;status=${status}">${number}</a>`);
  });

  it('is a file of what is shown, in which no name is a formula', async () => {
    const { id } = await earned(1);
    const file = await desk.get(`/console/rewards/export?campaign=${id}&recipient=friend`);
    expect(file.headers.get('content-disposition')).toContain('rewards-due.csv');
    const [header, row, ...more] = file.html.trim().split('\r\n');
    expect(header).toMatch(/^reward_id,status,recipient,name,/);
    expect(row).toMatch(/,due,friend,'=cmd\|' \d+,/);
    expect(more).toEqual([]);
  });

  it('is looked at by viewers, who change nothing', async () => {
    const { ids } = await earned(1);
    await app.query(`update teammates set role = 'viewer' where workspace_id = 'sandbox'`);
    try {
      const page = await desk.get('/console/rewards');
      expect(page.status).toBe(200);
      expect(page.html).not.toContain('name="ids"');
      expect((await confirm('issue', await ids())).status).toBe(403);
      expect((await desk.post('/console/rewards/issue', { ids: await ids() })).status).toBe(403);
    } finally {
      await app.query(`update teammates set role = 'administrator' where workspace_id = 'sandbox'`);
    }
  });
});

describe('Ticked rewards', () => {
  it('are issued after a preview, with their receipt, and the change is taken back as a whole', async () => {
    const { ids, rows, statuses, referrals } = await earned(3);
    const chosen = await ids('referrer');
    const preview = await confirm('issue', chosen);
    expect(preview.text).toContain('Issue 3 rewards, 30.00 EUR in all?');
    const issued = await desk.post('/console/rewards/issue', { ids: chosen, reference: 'Transfer 88' });
    expect(issued.status).toBe(303);
    const after = await desk.get(issued.location ?? '');
    expect(after.text).toContain('3 rewards, 30.00 EUR in all: issued. Undo');
    expect((await rows()).filter((row) => row.reference === 'Transfer 88')).toHaveLength(3);
    const change = changeIn(issued.location);
    const undone = await desk.submit('/console/rewards/undo', { change });
    expect(undone.text).toContain('Undone. 3 rewards are as before.');
    expect(new Set(await statuses())).toEqual(new Set(['friend due', 'referrer due']));
    expect((await rows()).every((row) => row.reference === null)).toBe(true);
    expect((await api.get(`/referrals/${referrals[0]}`)).body).toMatchObject({ reward: { status: 'due' } });
    expect((await desk.submit('/console/rewards/undo', { change })).text).toContain('Nothing to undo.');
  });

  it('are told apart in the preview: which change, which need none, and which cannot and why', async () => {
    const { ids } = await earned(1, { reward_approval: { above: null } });
    const other = await earned(1);
    await api.post('/rewards/cancel', { ids: await other.ids('friend') });
    await api.post('/rewards/issue', { ids: await other.ids('referrer') });
    const all = [...(await ids('referrer')), ...(await other.ids())];
    expect((await confirm('issue', all)).text).toMatch(
      /Nothing to issue .*1 reward: needs approval first.*1 reward needs no change/,
    );
    const approve = await confirm('approve', all);
    expect(approve.text).toContain('Approve 1 reward, 10.00 EUR in all?');
    expect(approve.text).toContain('is canceled and cannot be approved');
    expect((await confirm('issue', [])).text).toContain('Select at least one reward');
  });

  it('are approved, then issued, where the campaign asks for that', async () => {
    const { ids, statuses } = await earned(1, { reward_approval: { above: null } });
    const refused = await desk.post('/console/rewards/issue', { ids: await ids() });
    expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('needs approval first') });
    await desk.submit('/console/rewards/approve', { ids: await ids() });
    expect(await statuses()).toEqual(['friend approved', 'referrer approved']);
    const issued = await desk.post('/console/rewards/issue', { ids: await ids() });
    await desk.submit('/console/rewards/undo', { change: changeIn(issued.location) });
    expect(await statuses()).toEqual(['friend approved', 'referrer approved']);
  });

  it('are canceled with a reason, and come back by an undo only while nothing took their place', async () => {
    const limited = {
      referrer: { ...both.referrer, label: 'One', amount: null, currency: null, limit_per_person: 1 },
      friend: null,
    };
    const { id, ids, rows, referrals } = await earned(1, { rewards: limited });
    const canceled = await desk.post('/console/rewards/cancel', { ids: await ids(), reason: 'Paid twice' });
    expect(await rows()).toMatchObject([{ status: 'canceled', reason: 'Paid twice' }]);
    const [known] = await app.query<{ code: string }>('select code from referrers where campaign_id = $1', [
      id,
    ]);
    const later = idOf(
      await api.post('/referrals', { code: known?.code, person: { email: 'later@example.com' } }),
    );
    await api.post(`/referrals/${later}/qualify`);
    const change = changeIn(canceled.location);
    expect((await desk.post('/console/rewards/undo', { change })).text).toContain(
      'has reached the limit of 1',
    );
    await api.post(`/referrals/${later}/disqualify`);
    await desk.submit('/console/rewards/undo', { change });
    expect((await rows()).filter((row) => row.referral_id === referrals[0])).toMatchObject([
      { status: 'due' },
    ]);
  });
});
