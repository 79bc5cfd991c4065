// What confirm screens say of an act is what happens: the numbers before are compared with the facts after.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cutOff, effectLines } from '../../src/http/console/effect-words.ts';
import { html, textOf } from '../../src/http/html.ts';
import { previewRule } from '../../src/usecases/qualification/rules.ts';
import { rehearse } from '../../src/usecases/rehearse.ts';
import { type Caller, callerWith, codeOf, dataOf, idOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled, silence } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  // Otherwise the echo of what is written qualifies a person who meets a rule before the screen is looked at.
  await silence(app);
});
afterAll(() => app?.close());

const unique = () => `${randomUUID()}@example.com`;
const rewards = {
  referrer: { label: '20 EUR credit', amount: '20', currency: 'EUR', limit_per_person: 2 },
  friend: { label: '5 USD off', amount: '5', currency: 'USD' },
};
const isPro = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };

/** A campaign with friends on these plans in Intercom, all referred by one person; enrollment as given. */
async function campaignWith(plans: (string | null)[], enrollment?: object) {
  const id = idOf(await api.post('/campaigns', { name: `Effect ${randomUUID()}`, rewards }));
  if (enrollment) await api.patch(`/campaigns/${id}`, { settings: { enrollment } });
  const code = codeOf(await api.post('/referrers', { campaign_id: id, person: { email: unique() } }));
  const emails: string[] = [];
  for (const plan of plans) {
    const email = unique();
    emails.push(email);
    if (plan !== null)
      await intercom(app, 'POST', '/contacts', { role: 'lead', email, custom_attributes: { plan } });
    idOf(await api.post('/referrals', { code, person: { email } }));
  }
  return { id, code, emails };
}

/** Once the contacts of the rule are read. */
async function ruleIn(campaign_id: string): Promise<string> {
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  const definition = { when: isPro, then: 'qualify' };
  const id = idOf(await api.post('/rules', { campaign_id, name: `Pro ${randomUUID()}`, definition }));
  const read = () =>
    app.query<{ finished: boolean }>(
      'select finished_at is not null as finished from rule_readings where rule_id = $1',
      [id],
    );
  await expect.poll(async () => (await read())[0]?.finished).toBe(true);
  return id;
}

const row = z.looseObject({
  status: z.string(),
  amount: z.string().nullable(),
  currency: z.string().nullable(),
});

/** What has happened in a campaign, in the words of a confirm screen. */
async function facts(campaign: string) {
  const referrals = dataOf(
    await api.get(`/referrals?campaign_id=${campaign}&status=qualified&limit=100`),
  ).length;
  const due = dataOf(await api.get(`/rewards?campaign_id=${campaign}&status=due&limit=100`)).map((each) =>
    row.parse(each),
  );
  const sum = (currency: string) =>
    due.filter((each) => each.currency === currency).reduce((total, { amount }) => total + Number(amount), 0);
  return {
    qualified: referrals,
    due: due.length,
    EUR: sum('EUR'),
    USD: sum('USD'),
  };
}

/** The numbers that a page says. */
function said(text: string) {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  const worth = /become due: (.*?) in all/.exec(text)?.[1] ?? '';
  const amount = (currency: string) => Number(new RegExp(`([\\d.]+) ${currency}`).exec(worth)?.[1] ?? 0);
  return {
    qualified: number(/(\d+) referrals? qualif(?:y|ies) now/),
    due: number(/become due: (\d+) reward/),
    EUR: amount('EUR'),
    USD: amount('USD'),
  };
}

const sentIn = (text: string) => Number(/Written to Intercom: (\d+)/.exec(text)?.[1] ?? 0);
const lastRun = async () =>
  (await app.query<{ seq: string }>('select coalesce(max(seq), 0)::text as seq from runs'))[0]?.seq ?? '0';
const subjectsAfter = async (seq: string) =>
  (
    await app.query<{ subjects: number }>(
      `select count(distinct subject)::int as subjects from runs
       where seq > $1 and kind in ('write-back', 'tag', 'event', 'enroll')`,
      [seq],
    )
  )[0]?.subjects;

const trace = async () =>
  app.query(`select (select count(*) from audit_log) as audit, (select count(*) from runs) as runs,
    (select count(*) from rewards) as rewards, (select count(*) from decisions) as decisions,
    (select count(*) from referral_history) as history, (select count(*) from people) as people`);

describe('applying a rule', () => {
  it('says who qualifies, what becomes due and what is written, and changes nothing by saying so', async () => {
    const { id } = await campaignWith(['pro', 'pro', 'pro', 'free']);
    const rule = await ruleIn(id);
    await settled(app);
    const before = await trace();
    const path = `/console/campaigns/${id}/rules/${rule}/apply`;
    const { text } = await desk.get(path);
    expect(await trace()).toEqual(before);
    // The referrer has reached the limit of two.
    expect(said(text)).toEqual({ qualified: 3, due: 5, EUR: 40, USD: 15 });
    expect(text).toContain('4 pending referrals are checked');
    const last = await lastRun();
    await desk.submit(path);
    expect(await facts(id)).toEqual(said(text));
    await settled(app);
    expect(await subjectsAfter(last)).toBe(sentIn(text));
  });

  it('names the people with contacts that have to be looked up first', async () => {
    const { id } = await campaignWith([null, 'pro']);
    const rule = await ruleIn(id);
    await settled(app);
    const { text } = await desk.get(`/console/campaigns/${id}/rules/${rule}/apply`);
    expect(text).toContain('1 of them is not counted');
    expect(text).toContain('At least 1 referral qualifies now.');
  });

  it('of many shows the first at once, and the page fetches the whole count', async () => {
    const { id } = await campaignWith(Array(12).fill('pro'));
    const rule = await ruleIn(id);
    await settled(app);
    const path = `/console/campaigns/${id}/rules/${rule}/apply`;
    const glance = await desk.get(path);
    expect(glance.text).toContain('At least 10 referrals qualify now.');
    expect(glance.text).toContain('Counted so far: the first 10 of 12. Count the rest');
    const whole = /id="effect" data-fill="([^"]+)"/.exec(glance.html)?.[1] ?? '';
    const counted = await desk.get(whole);
    expect(counted.html).not.toContain('data-fill');
    expect(counted.html).toContain('id="effect"');
    // Its time does not run out while the clock stands still.
    const began = app.ctx.now();
    const patient = { ...app.ctx, now: () => began };
    expect(await previewRule(patient, 'sandbox', rule, 'count')).toMatchObject({
      isAll: true,
      qualified: 12,
    });
  });
});

describe('publishing', () => {
  it('says how many expire and are enrolled, and what the changed rules would do', async () => {
    const mapped = { action: 'create-lead', mapping: [{ type: 'field', from: 'person.email', to: 'email' }] };
    const waiting = { leads: { action: 'create-lead', mapping: [] } };
    const { id } = await campaignWith(['pro', 'free', 'pro'], waiting);
    const rule = await ruleIn(id);
    await settled(app);
    await app.query(
      `update referrals set status_at = now() - interval '3 days'
       where id = (select id from referrals where campaign_id = $1 order by id limit 1)`,
      [id],
    );
    const attempts = ['change-status', 'enroll', 'write-back', 'tag', 'event', 'note', 'contact'].map(
      (kind) => [`attempts.${kind}`, ''],
    );
    await desk.submit(`/console/campaigns/${id}/settings`, {
      expires_after_days: '2',
      ...Object.fromEntries(attempts),
    });
    await desk.submit(`/console/campaigns/${id}/leads`, {
      ...{ action: mapped.action, email: 'required', duplicates: 'nothing', do: 'save' },
      ...{ lead_where_user_wanted: 'convert', archived: 'report' },
      ...{ 'row.0.type': 'field', 'row.0.from': 'person.email', 'row.0.to': 'email' },
    });
    await desk.submit(`/console/campaigns/${id}/rules/${rule}`, {
      ...{ name: 'Pro again', outcome: 'qualify', holds_for_days: '', sale_value_from: '', enabled: 'on' },
      ...{ 'when.match': 'all', 'when.0.attribute': isPro.attribute, 'when.0.operator': 'is' },
      ...{ 'when.0.value': 'pro', do: 'save' },
    });
    const before = await trace();
    const review = await desk.get(`/console/campaigns/${id}/publish`);
    expect(await trace()).toEqual(before);
    expect(review.text).toContain('3 pending referrals are in the campaign');
    expect(review.text).toContain('1 of them expires within minutes');
    expect(review.text).toContain('3 people who wait for the setup are sent to Intercom');
    const revision = /name="revision" value="([^"]+)"/.exec(review.html)?.[1] ?? '';
    const last = await lastRun();
    await desk.submit(`/console/campaigns/${id}/publish`, { revision });
    await settled(app);
    expect(await facts(id)).toMatchObject({ qualified: 0, due: 0 });
    const enrolled = await app.query("select 1 from runs where seq > $1 and kind = 'enroll'", [last]);
    expect(enrolled).toHaveLength(3);
    await desk.submit(`/console/campaigns/${id}/rules/${rule}/apply`);
    expect(await facts(id)).toEqual(said(review.text));
  });
});

async function listed(campaign: string, purpose: string, emails: string[]): Promise<string> {
  const form = new FormData();
  const { html } = await desk.get('/console/access');
  form.set('csrf', /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '');
  for (const [name, value] of Object.entries({ campaign, purpose, pasted: emails.join('\n') }))
    form.set(name, value);
  form.set('file', new Blob([]), '');
  const sent = await desk.browser.open('/console/people/imports', { method: 'POST', body: form });
  const path = new URL(sent.headers.get('location') ?? '', app.url).pathname;
  await expect.poll(async () => (await desk.get(path)).text).toContain('What happens when you confirm');
  return path;
}

async function confirm(path: string): Promise<void> {
  await desk.submit(`${path}/confirm`);
  await expect.poll(async () => (await desk.get(path)).text).toContain('Done');
}

describe('a list', () => {
  it('to qualify says who qualifies and what becomes due', async () => {
    const { id, emails } = await campaignWith(['free', 'free', 'free', 'free']);
    await settled(app);
    const path = await listed(id, 'qualify', emails.slice(1));
    const { text } = await desk.get(path);
    expect(said(text)).toEqual({ qualified: 3, due: 5, EUR: 40, USD: 15 });
    const last = await lastRun();
    await confirm(path);
    expect(await facts(id)).toEqual(said(text));
    await settled(app);
    expect(await subjectsAfter(last)).toBe(sentIn(text));
  });

  it('of new referrals says who is sent to Intercom', async () => {
    const mapping = [{ type: 'field', from: 'person.email', to: 'email' }];
    const { id } = await campaignWith([], { leads: { action: 'create-lead', mapping } });
    const path = await listed(id, 'referrals', [unique(), unique()]);
    const { text } = await desk.get(path);
    expect(text).toContain('2 referrals are added as pending');
    expect(said(text)).toEqual({ qualified: 0, due: 0, EUR: 0, USD: 0 });
    expect(sentIn(text)).toBe(2);
    const before = await trace();
    await desk.get(path);
    expect(await trace()).toEqual(before);
    const last = await lastRun();
    await confirm(path);
    const enrolled = await app.query("select 1 from runs where seq > $1 and kind = 'enroll'", [last]);
    expect(enrolled).toHaveLength(2);
  });
});

describe('a sync check', () => {
  it('says what the chosen repairs do before they are begun', async () => {
    const { id } = await campaignWith(['free', 'free']);
    // Its contacts are read, and found to be those of the friends.
    await ruleIn(id);
    await settled(app);
    const referrals = dataOf(await api.get(`/referrals?campaign_id=${id}`)).map((each) =>
      z.looseObject({ contact_id: z.string() }).parse(each),
    );
    for (const { contact_id } of referrals)
      await intercom(app, 'PUT', `/contacts/${contact_id}`, {
        custom_attributes: { referral_status: 'odd' },
      });
    await settled(app);
    const check = idOf(await api.post('/sync-checks', { campaign_id: id }));
    await expect
      .poll(async () => (await api.get(`/sync-checks/${check}`)).body)
      .toMatchObject({ state: 'done' });
    const numbered = z.looseObject({ data: z.array(z.looseObject({ id: z.number() })) });
    const { data: rows } = numbered.parse((await api.get(`/sync-checks/${check}/rows`)).body);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    const [first] = rows;
    const chosen = await desk.get(`/console/sync-checks/${check}/repair?row=${first?.id}`);
    expect(chosen.text).toContain('Fix 1 difference?');
    expect(sentIn(chosen.text)).toBe(1);
    const all = await desk.get(`/console/sync-checks/${check}/repair`);
    expect(sentIn(all.text)).toBe(2);
    const last = await lastRun();
    const done = await desk.submit(`/console/sync-checks/${check}/repair`, { row: String(first?.id) });
    expect(done.text).toContain('Fixing 1 difference');
    await settled(app);
    expect(await subjectsAfter(last)).toBe(1);
  });
});

describe('a rehearsal', () => {
  it('ends when its time is over, and its words say that there may be more', async () => {
    let clock = app.ctx.now().getTime();
    const now = () => {
      clock += 600;
      return new Date(clock);
    };
    let pages = 0;
    const effect = await rehearse({ ...app.ctx, now }, 'sandbox', 'count', async () => {
      pages += 1;
      return { looked: 10, isLast: false, referralIds: [], act: async () => {} };
    });
    expect(effect).toMatchObject({ isAll: false, looked: pages * 10 });
    const words = effectLines({ ...effect, qualified: 4 })
      .map(textOf)
      .join('\n');
    expect(words).toContain('At least <b>4</b> referrals qualify now.');
    expect(words).toContain('at least <b>0</b> contacts');
    expect(textOf(html`${cutOff(effect, 100_000)}`)).toContain(`the first ${pages * 10} of 100,000`);
  });
});
