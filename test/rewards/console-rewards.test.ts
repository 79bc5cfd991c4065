// Rewards in the console: found, ticked, changed with a preview and a way back, counted, and out and in as files.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import type { CampaignRewards } from '../../src/domain/rewards/reward.ts';
import { bulkForm } from '../../src/http/console/rewards/reward-bulk.ts';
import { html, textOf } from '../../src/http/html.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;

beforeAll(async () => {
  app = await startTestApp();
  api = callerWith(app.url, await app.apiToken('sandbox', 'shop'));
  desk = await signIn(app);
});
afterAll(() => app?.close());

let people = 0;
const both: CampaignRewards = {
  referrer: { label: 'Ten for you', amount: '10.00', currency: 'EUR', limit_per_person: null },
  friend: { label: 'A bottle', amount: null, currency: null, limit_per_person: null },
};

type Row = {
  id: string;
  person: { id: string };
  recipient: string;
  status: string;
  reference: string | null;
  referral_id: string;
};

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
  it('shows who gets what, for which friend and since when, counts what is due, and is filtered by what it shows', async () => {
    const { id } = await earned(2);
    const page = await desk.get(`/console/rewards?campaign=${id}`);
    expect(page.text).toMatch(/Due 4 Approved 0 Issued 0/);
    expect(page.text).toMatch(/Ten for you 10\.00 EUR Referring/);
    expect(page.text).toContain('A bottle Joining');
    const totals = await desk.get(`/console/rewards/totals?campaign=${id}`);
    expect(totals.text).toMatch(/Campaign \S+ EUR 2 20\.00 0/);
    const friends = await desk.get(`/console/rewards?campaign=${id}&recipient=friend`);
    expect(friends.html.split('<tbody>')[1]).not.toContain('Ten for you');
    expect((await desk.get(`/console/rewards?campaign=${id}&status=issued`)).text).toContain(
      'No rewards are issued.',
    );
    const [waiting] = await app.query<{ count: string }>(
      `select count(*) from rewards where status in ('due', 'approved')`,
    );
    expect(page.text).toMatch(new RegExp(`Rewards ${waiting?.count} `));
  });

  it('is filtered by who gets it or was referred, by label and by the day it was due', async () => {
    const { id, rows } = await earned(2);
    const list = (more: string) => desk.get(`/console/rewards?campaign=${id}${more}`);
    const total = async (more: string) => /id="totals"><b>(\d+)/.exec((await list(more)).html)?.[1];
    const [friend] = (await rows()).filter(({ recipient }) => recipient === 'friend');
    const [person] = await app.query<{ email: string }>('select email from people where id = $1', [
      friend?.person.id,
    ]);
    // Their own bottle, and the referrer's credit for them.
    expect(await total(`&q=${person?.email}`)).toBe('2');
    expect(await total(`&q=${person?.email}&recipient=referrer`)).toBe('1');
    expect(await total('&q=no.such.person@example.com')).toBe('0');
    expect(await total('&label=A%20bottle')).toBe('2');
    expect((await list('&label=A%20bottle')).text).toMatch(/Due 2 Approved 0/);
    expect(await total('&label=Gone')).toBe('0');
    expect((await list('')).html).toContain('<option value="A bottle">A bottle</option>');
    expect(await total('&due_until=2020-01-01')).toBe('0');
    expect(await total('&due_from=2020-01-01')).toBe('4');
    const file = await desk.get(`/console/rewards/export?campaign=${id}&label=A%20bottle&q=${person?.email}`);
    expect(file.html.trim().split('\r\n')).toHaveLength(2);
    const bulk = await desk.post('/console/rewards/bulk', {
      ...{ change: 'issue', status: 'due', campaign: id, label: 'A bottle', q: person?.email ?? '' },
    });
    await expect.poll(async () => (await desk.get(bulk.location ?? '')).text).toContain('Issue 1 reward?');
  });

  it('leads to pages of people, which say what happened to either reward', async () => {
    const { rows, ids } = await earned(1);
    await api.post('/rewards/issue', { ids: await ids('friend'), reference: 'Voucher 9' });
    const friend = (await rows()).find((row) => row.recipient === 'friend');
    const { text } = await desk.get(`/console/people/${friend?.person.id}`);
    expect(text).toMatch(/Referrer reward Due: Ten for you\s?, \w+ \d/);
    expect(text).toMatch(/Friend reward Issued: A bottle\s?, .* by shop Voucher 9/);
  });

  it('is where the numbers of Home lead', async () => {
    const { id, ids } = await earned(1);
    await api.post('/rewards/issue', { ids: await ids('friend') });
    const { html } = await desk.get('/console');
    expect(html).toContain(`<a href="/console/rewards?campaign=${id}&amp;status=due">1</a>`);
    expect(html).toMatch(
      new RegExp(
        `<a href="/console/rewards\\?status=issued&amp;campaign=${id}&amp;from=[-\\d]+&amp;until=[-\\d]+">1</a>`,
      ),
    );
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
    const { id, ids, statuses } = await earned(1, { reward_approval: { above: null } });
    const main = async (query: string) =>
      /class="main">(\w+)</.exec((await desk.get(`/console/rewards?${query}`)).html)?.[1];
    expect(await main(`campaign=${id}`)).toBe('Approve');
    const refused = await desk.post('/console/rewards/issue', { ids: await ids() });
    expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('needs approval first') });
    await desk.submit('/console/rewards/approve', { ids: await ids() });
    expect(await statuses()).toEqual(['friend approved', 'referrer approved']);
    expect(await main(`campaign=${id}&status=approved`)).toBe('Issue');
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

describe('All rewards that match', () => {
  /** The page of a bulk change, once it is checked. */
  async function selectAll(change: string, filters: Record<string, string>) {
    const { location } = await desk.post('/console/rewards/bulk', { change, ...filters });
    const path = location ?? '';
    const text = async () => (await desk.get(path)).text;
    await expect.poll(text).not.toContain('Checking');
    return { path, text };
  }

  it('are changed on however many pages, after a preview, once, and the change is taken back as a whole', async () => {
    const { id, statuses } = await earned(1, { rewards: { ...both, friend: null } });
    // More than a page of the list, of a check and of a change.
    await app.query(
      `insert into people (id, workspace_id, email, created_at)
       select md5('many ' || n)::uuid, 'sandbox', 'many.' || n || '@example.com', now() from generate_series(1, 1200) n`,
    );
    await app.query(
      `insert into referrals (id, workspace_id, campaign_id, person_id, referrer_id, status, status_at, reward_status, source, joined_at)
       select md5('many referral ' || n)::uuid, 'sandbox', $1, md5('many ' || n)::uuid,
         (select id from referrers where campaign_id = $1 limit 1), 'qualified', now(), 'due', 'api', now()
       from generate_series(1, 1200) n`,
      [id],
    );
    await app.query(
      `insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency, status, due_at)
       select md5('many reward ' || n)::uuid, 'sandbox', md5('many referral ' || n)::uuid, 'referrer', $1, f.person_id, 'Ten',
         '10.00', 'EUR', case when n <= 100 then 'canceled' else 'due' end, now()
       from generate_series(1, 1200) n, (select person_id from referrers where campaign_id = $1 limit 1) f`,
      [id],
    );
    const list = await desk.get(`/console/rewards?campaign=${id}&status=all`);
    expect(list.text).toContain('Select all 1,201 that match');
    const { path, text } = await selectAll('issue', { campaign: id, status: 'all', recipient: '' });
    expect(await text()).toContain('Issue 1,101 rewards, 11,010.00 EUR in all?');
    expect(await text()).toContain('100 rewards: is canceled and cannot be issued');
    // What falls due meanwhile was not in the preview.
    const late = await app.query(
      `update rewards set status = 'due' where id = md5('many reward 1')::uuid returning id`,
    );
    expect(late).toHaveLength(1);
    const confirming = { reference: 'Batch 7' };
    await Promise.all([1, 2].map(() => desk.post(`${path}/confirm`, confirming)));
    await expect
      .poll(text, { timeout: 20_000 })
      .toContain('1,101 rewards, 11,010.00 EUR in all: issued. Undo');
    const counts = () =>
      app.query(
        `select status, count(*)::int as n from rewards where campaign_id = $1 group by 1 order by 1`,
        [id],
      );
    expect(await counts()).toEqual([
      { status: 'canceled', n: 99 },
      { status: 'due', n: 1 },
      { status: 'issued', n: 1101 },
    ]);
    const [histories] = await app.query<{ n: number }>(
      `select count(*)::int as n from referral_history h join referrals r on r.id = h.referral_id
       where r.campaign_id = $1 and what = 'reward' and "to" = 'issued'`,
      [id],
    );
    expect(histories?.n).toBe(1101);
    const [, change] = /name="change" value="([^"]+)"/.exec((await desk.get(path)).html) ?? [];
    await desk.submit('/console/rewards/undo', { change: change ?? '' });
    expect(await counts()).toEqual([
      { status: 'canceled', n: 99 },
      { status: 'due', n: 1102 },
    ]);
    expect(new Set(await statuses())).toEqual(new Set(['referrer due', 'referrer canceled']));
  }, 60_000);

  it('change once each, whatever breaks in the middle of a page', async () => {
    const { id, ids, statuses } = await earned(2);
    const { path, text } = await selectAll('approve', { campaign: id });
    await app.query(
      `alter table bulk_change_rows add constraint not_yet check (outcome <> 'changed') not valid`,
    );
    await desk.post(`${path}/confirm`);
    const failed = () =>
      app.query('select from bulk_changes where id = $1 and trouble is not null', [path.split('/').at(-1)]);
    await expect.poll(async () => (await failed()).length, { timeout: 15_000 }).toBe(1);
    expect(new Set(await statuses())).toEqual(new Set(['friend due', 'referrer due']));
    await app.query('alter table bulk_change_rows drop constraint not_yet');
    await expect.poll(text, { timeout: 15_000 }).toContain('approved. Undo');
    expect(new Set(await statuses())).toEqual(new Set(['friend approved', 'referrer approved']));
    const audited = await app.query(
      `select from audit_log where action = 'reward.approve' and subject_id = any($1)`,
      [await ids()],
    );
    expect(audited).toHaveLength(4);
  });

  it('are selected up to the most that one change takes, and the list says how many', () => {
    const form = (all: number) => textOf(bulkForm(['issue'], {}, all, html``));
    expect(form(100_000)).toMatch(/Select all 100,000 that match.*>Issue all 100,000</s);
    expect(form(123_456)).toMatch(/Select 100,000 of the 123,456 that match.*>Issue 100,000</s);
  });

  it('are left as they are when no one confirms, and are not canceled without a reason', async () => {
    const { id, statuses } = await earned(1);
    const { path, text } = await selectAll('cancel', { campaign: id });
    expect(await text()).toContain('Cancel 2 rewards');
    const refused = await desk.post(`${path}/confirm`, { reason: ' ' });
    expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('Enter a reason') });
    await desk.submit(`${path}/cancel`);
    expect(await text()).toContain('Stopped before anything was changed');
    await desk.post(`${path}/confirm`, { reason: 'Late' });
    expect(await text()).toContain('Stopped before anything was changed');
    expect(await statuses()).toEqual(['friend due', 'referrer due']);
    const none = await desk.post('/console/rewards/bulk', {
      change: 'issue',
      campaign: id,
      status: 'failed',
    });
    expect(none).toMatchObject({ status: 422, text: expect.stringContaining('No rewards match') });
  });
});

describe('A file of receipts', () => {
  const upload = async (text: string | Blob, name = 'receipts.csv') => {
    const form = new FormData();
    const { html } = await desk.get('/console/access');
    form.set('csrf', /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '');
    form.set('file', typeof text === 'string' ? new Blob([text], { type: 'text/csv' }) : text, name);
    const answer = await desk.browser.open('/console/rewards/receipts', { method: 'POST', body: form });
    const page = await answer.text();
    return { status: answer.status, location: answer.headers.get('location') ?? '', html: page };
  };
  const confirmed = async (location: string) => {
    await desk.post(`${location}/issue`);
    await expect.poll(async () => (await desk.get(location)).text, { timeout: 15_000 }).toContain('Undo');
    return desk.get(location);
  };

  it('is what was downloaded, with the references filled in: previewed, issued once, and undone', async () => {
    const { id, statuses, rows } = await earned(2);
    const file = (await desk.get(`/console/rewards/export?campaign=${id}&recipient=referrer`)).html;
    const [header = '', ...lines] = file.trim().split('\r\n');
    const reference = header.split(',').indexOf('reference');
    const filled = lines.map((line, at) => {
      const cells = line.split(',');
      cells[reference] = `'=SUM ${at}`;
      return cells.join(',');
    });
    const { location } = await upload([header, ...filled].join('\r\n'));
    expect((await desk.get(location)).text).toContain('Issue 2 rewards, 20.00 EUR in all?');
    expect(new Set(await statuses())).toEqual(new Set(['friend due', 'referrer due']));
    expect((await confirmed(location)).text).toContain('2 rewards, 20.00 EUR in all: issued.');
    await desk.post(`${location}/issue`);
    expect((await rows()).flatMap((row) => row.reference ?? []).toSorted()).toEqual(['=SUM 0', '=SUM 1']);
    const [{ changeId } = { changeId: '' }] = await app.query<{ changeId: string }>(
      `select change_id as "changeId" from receipt_files where id = $1`,
      [location.split('/').at(-1)],
    );
    await desk.submit('/console/rewards/undo', { change: changeId });
    expect(new Set(await statuses())).toEqual(new Set(['friend due', 'referrer due']));
  });

  it('tells line by line what cannot be used, in whatever form people and spreadsheets write', async () => {
    const { ids } = await earned(2);
    const approved = await earned(1, { reward_approval: { above: null } });
    const [first, second] = await ids('referrer');
    const [bottle, issued] = await ids('friend');
    await api.post('/rewards/issue', { ids: [issued] });
    const [waiting] = await approved.ids('referrer');
    const { location } = await upload(
      [
        'sep=;',
        'Reward ID;Receipt;Amount',
        `${first?.toUpperCase()};V-1;10,00 €`,
        `${second};V-2;"12,00"`,
        `${first};V-3;`,
        'not an id;V-4;',
        '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10;V-5;',
        `${bottle};;`,
        `${issued};V-7;`,
        `${waiting};V-8;1.000`,
        `${waiting};V-9;10`,
      ].join('\n'),
    );
    const { text } = await desk.get(location);
    expect(text).toContain('Issue 1 reward, 10.00 EUR in all?');
    expect(text).toContain('Issued before 1');
    expect(text).toContain('No receipt, left as they are 1');
    expect(text).toContain('Invalid 6');
    for (const told of [
      '4 has the amount 12.00 EUR, but the reward is 10.00 EUR',
      '5 is for the same reward as line 3',
      '6 has a reward_id that is not the id of a reward',
      '7 is for a reward that this workspace does not have',
      '10 has an amount that cannot be used: &quot;1.000&quot; can mean two amounts',
      '11 is for the same reward as line 10',
    ])
      expect(text).toContain(told);
  });

  it.each([
    ['no column of ids', 'email,reference\na@example.com,1\n', 'has no column reward_id'],
    ['no lines', 'reward_id,reference\n', 'no rows below its column names'],
    ['a column twice', 'id,reward_id,reference\n1,2,3\n', 'several columns reward_id'],
    ['an open quote', 'reward_id,reference\n"1,2\n', 'a quotation mark is not closed'],
  ])('is refused with %s', async (_what, text, why) => {
    const { status, html } = await upload(text);
    expect([400, 422]).toContain(status);
    expect(html).toContain(why);
  });

  it('issues each reward once, whatever breaks in the middle of a page', async () => {
    const { ids, statuses, referrals } = await earned(3);
    const { location } = await upload(
      `reward_id,reference\n${(await ids()).map((id) => `${id},R-${id}`).join('\n')}\n`,
    );
    await app.query(`alter table receipt_rows add constraint not_yet check (outcome <> 'issued') not valid`);
    await desk.post(`${location}/issue`);
    const trouble = async () =>
      (
        await app.query<{ trouble: string | null; step: number }>(
          'select trouble, step from receipt_files where id = $1',
          [location.split('/').at(-1)],
        )
      )[0];
    await expect
      .poll(trouble, { timeout: 15_000 })
      .toMatchObject({ step: expect.toSatisfy((step: number) => step > 1) });
    expect(new Set(await statuses())).toEqual(new Set(['friend due', 'referrer due']));
    await app.query('alter table receipt_rows drop constraint not_yet');
    await expect.poll(async () => (await desk.get(location)).text, { timeout: 15_000 }).toContain('Undo');
    expect(new Set(await statuses())).toEqual(new Set(['friend issued', 'referrer issued']));
    for (const referral of referrals) {
      const history = await app.query(
        `select from referral_history where referral_id = $1 and "to" = 'issued'`,
        [referral],
      );
      expect(history).toHaveLength(2);
    }
  });
});

describe('The rewards of Referral Factory', () => {
  const at = '/console/rewards/on/referral-factory';
  const factory = () => app.sandbox.world.referralFactory.rewards;
  const due = (metric: 'amount' | 'coupon' = 'amount', recipient = autumn.referrer) => {
    const id = app.sandbox.world.newNumericId();
    factory().put({
      ...{ id, reward_id: '1', metric, state: 'due' },
      ...{ recipient_id: recipient, lead_id: autumn.lead },
    });
    return id;
  };
  const state = (id: string) => factory().get(id)?.state;

  it('are listed as they are there, and are issued and canceled there', async () => {
    const [issued, canceled, stranger] = [due(), due('coupon'), due('amount', '999999')];
    expect((await desk.get('/console/rewards')).html).toContain(`href="${at}"`);
    const page = await desk.get(at);
    expect(page.text).toMatch(/Astrid Berg Amount Total 15 1 referral Autumn Due/);
    expect(page.text).toContain('Person 999999');
    const confirm = await desk.get(`${at}/confirm?change=issue&ids=${issued}`);
    expect(confirm.text).toContain('Issue 1 reward on Referral Factory?');
    const after = await desk.submit(at, { change: 'issue', ids: [issued] });
    expect(after.text).toContain('1 reward is issued.');
    expect((await desk.submit(at, { change: 'cancel', ids: [canceled] })).text).toContain('is canceled.');
    expect([state(issued), state(canceled), state(stranger)]).toEqual(['issued', 'canceled', 'due']);
    factory().remove(stranger);
  });

  it('are issued once, whether the answer is lost or the reward was issued there meanwhile', async () => {
    const id = due();
    const path = `/referral-factory/api/v2/rewards/issue/${id}`;
    await app.misbehave('/faults', { on: 'api', kind: 'cut', after: true, match: { path } });
    await desk.submit(at, { change: 'issue', ids: [id] });
    const runOf = async (reward: string) => {
      const [run] = await app.query<{ state: string; error: string | null }>(
        `select state, error from runs where work ->> 'rewardId' = $1`,
        [reward],
      );
      return run;
    };
    await expect.poll(async () => (await runOf(id))?.state).toBe('done');
    expect(state(id)).toBe('issued');
    const other = due();
    const seen = factory().get(other);
    if (seen) factory().put({ ...seen, state: 'issued' });
    expect((await desk.submit(at, { change: 'issue', ids: [other] })).text).toContain('1 reward failed');
    expect((await runOf(other))?.error).toBe('The reward is no longer due on Referral Factory');
  });
});
