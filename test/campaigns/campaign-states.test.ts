// What each state of a campaign allows, for everything that writes: paused, ended and archived ones take no one new,
// keep their word to those who joined before, and record what another platform reports.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import type { CampaignState } from '../../src/domain/campaigns/campaign-state.ts';
import { planWaitingEnrollments } from '../../src/usecases/enrollment/plan-enrollment.ts';
import { type Answer, type Caller, callerWith, campaignFor, codeOf, dataOf, idOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { campaignWithRule, intercom, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { type Enrolling, enrollingIn } from '../support/enrolling.ts';
import { referralFactoryOf } from '../support/platforms/referral-factory.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let enrolling: Enrolling;
beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  enrolling = await enrollingIn(app);
});
afterAll(() => app?.close());

const unique = () => `${randomUUID()}@example.com`;
const states = ['active', 'paused', 'ended', 'archived'] as const satisfies CampaignState[];
const closedStates = ['paused', 'ended', 'archived'] as const;

const changesTo: Record<CampaignState, object> = {
  active: { state: 'active', ends_on: null },
  paused: { state: 'paused' },
  ended: { ends_on: '2020-02-29' },
  archived: { state: 'archived' },
};

const shown = z.looseObject({ state: z.string(), ends_on: z.string().nullable(), slug: z.string() });

async function put(id: string, state: CampaignState): Promise<z.infer<typeof shown>> {
  const changed = await api.patch(`/campaigns/${id}`, changesTo[state]);
  expect(changed.status, JSON.stringify(changed.body)).toBe(200);
  const campaign = shown.parse(changed.body);
  expect(campaign.state).toBe(state);
  return campaign;
}

/** A campaign with one referrer, in a state. */
async function campaignIn(state: CampaignState) {
  const id = await campaignFor(api, { name: `Winter ${randomUUID()}` });
  const code = codeOf(await join('referrers', { campaign_id: id, person: { email: unique() } }));
  const { slug } = await put(id, state);
  return { id, code, slug };
}

const join = (kind: 'referrers' | 'referrals', body: object): Promise<Answer> => api.post(`/${kind}`, body);

async function members(campaign: string): Promise<number> {
  const [row] = await app.query<{ members: number }>(
    `select ((select count(*) from referrals where campaign_id = $1)
      + (select count(*) from referrers where campaign_id = $1))::int as members`,
    [campaign],
  );
  return row?.members ?? 0;
}

type Place = Awaited<ReturnType<typeof campaignIn>>;
type Outcome = { status: number; says: string };
const ofApi = ({ status, body }: Answer): Outcome => ({ status, says: JSON.stringify(body) });

async function list(campaign: string): Promise<Outcome> {
  const form = new FormData();
  const { html } = await desk.get('/console/access');
  form.set('csrf', /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '');
  form.set('campaign', campaign);
  form.set('purpose', 'referrals');
  form.set('pasted', unique());
  form.set('file', new Blob([]), '');
  const sent = await desk.browser.open('/console/people/imports', { method: 'POST', body: form });
  const path = new URL(sent.headers.get('location') ?? '', app.url).pathname;
  const id = path.split('/').at(-1) ?? '';
  const state = async () =>
    (await app.query<{ state: string }>('select state from people_imports where id = $1', [id]))[0]?.state;
  await expect.poll(state).toBe('checked');
  const checked = await desk.get(path);
  const confirmed = await desk.post(`${path}/confirm`);
  if (confirmed.status === 303) await expect.poll(state).toBe('done');
  return { status: confirmed.status === 303 ? 201 : 409, says: checked.text };
}

async function backfill(campaign: string): Promise<Outcome> {
  const started = await api.post('/backfills', {
    from: 'intercom',
    campaign_id: campaign,
    contacts: 'leads',
  });
  if (started.status !== 201 && started.status !== 202) return ofApi(started);
  const at = `/backfills/${idOf(started)}`;
  const state = async () => z.looseObject({ state: z.string() }).parse((await api.get(at)).body).state;
  await expect.poll(state).toBe('counted');
  expect((await api.post(`${at}/confirm`)).status).toBe(200);
  await expect.poll(state).toBe('done');
  return { status: 201, says: '' };
}

async function visit(path: string, fields?: Record<string, string>): Promise<Outcome> {
  const init = fields ? { method: 'POST', body: new URLSearchParams(fields) } : {};
  const answer = await fetch(app.url + path, { redirect: 'manual', ...init });
  return { status: answer.status, says: await answer.text() };
}

const form = async (kind: 'referrers' | 'referrals', campaign: string): Promise<Outcome> => {
  const { status, text } = await desk.post(`/console/people/${kind}`, {
    campaign,
    email: unique(),
    referrer: '',
  });
  return { status: status === 303 ? 201 : status, says: text };
};

const api409 = {
  paused: [409, 'is paused'],
  ended: [409, 'ended on Feb 29, 2020'],
  archived: [409, 'is archived'],
};
const form422 = {
  paused: [422, 'is paused'],
  ended: [422, 'ended on Feb 29, 2020'],
  archived: [422, 'is archived'],
};
const page = {
  paused: [409, 'is taking a break'],
  ended: [410, 'The last day to join was Feb 29, 2020'],
  archived: [410, 'is closed'],
};

/** How each writer adds someone to an active campaign, and what it answers while the campaign is closed. */
const joiners: Record<
  string,
  { act(place: Place): Promise<Outcome>; open: number; closed: typeof api409; adds?: false }
> = {
  'POST /referrals by a code': {
    act: async ({ code }) => ofApi(await join('referrals', { code, person: { email: unique() } })),
    ...{ open: 201, closed: api409 },
  },
  'POST /referrals without a referrer': {
    act: async ({ id }) => ofApi(await join('referrals', { campaign_id: id, person: { email: unique() } })),
    ...{ open: 201, closed: api409 },
  },
  'POST /referrers': {
    act: async ({ id }) => ofApi(await join('referrers', { campaign_id: id, person: { email: unique() } })),
    ...{ open: 201, closed: api409 },
  },
  'the form of a referral': { act: ({ id }) => form('referrals', id), open: 201, closed: form422 },
  'the form of a referrer': { act: ({ id }) => form('referrers', id), open: 201, closed: form422 },
  'a list of people': { act: ({ id }) => list(id), open: 201, closed: api409 },
  'a backfill from Intercom': { act: ({ id }) => backfill(id), open: 201, closed: api409 },
  'the join page’s form': {
    act: ({ slug, code }) => visit(`/join/${slug}?code=${code}`, { email: unique(), name: '' }),
    ...{ open: 200, closed: page },
  },
  'the join page': { act: ({ slug }) => visit(`/join/${slug}`), open: 200, closed: page, adds: false },
  'the share link': { act: ({ code }) => visit(`/r/${code}`), open: 302, closed: page, adds: false },
};

describe.each(Object.entries(joiners))('%s', (_name, { act, open, closed, adds = true }) => {
  it.each(states)('in a campaign that is %s', async (state) => {
    const place = await campaignIn(state);
    const before = await members(place.id);
    const outcome = await act(place);
    if (state === 'active') {
      expect(outcome).toMatchObject({ status: open });
      if (adds) expect(await members(place.id)).toBeGreaterThan(before);
      return;
    }
    const [status, words] = closed[state];
    expect(outcome).toMatchObject({ status, says: expect.stringContaining(String(words)) });
    expect(await members(place.id)).toBe(before);
  });
});

describe('a backfill that was counted before', () => {
  const stateOf = async (id: string) =>
    z.looseObject({ state: z.string() }).parse((await api.get(`/backfills/${id}`)).body).state;
  async function counted(body: object): Promise<string> {
    const id = idOf(await api.post('/backfills', body));
    await expect.poll(() => stateOf(id)).toBe('counted');
    return id;
  }
  async function confirm(id: string): Promise<void> {
    expect((await api.post(`/backfills/${id}/confirm`)).status).toBe(200);
    await expect.poll(() => stateOf(id)).toBe('done');
  }

  it('makes no one a referrer of a campaign that was paused meanwhile', async () => {
    const { id } = await campaignIn('active');
    const backfill = await counted({ from: 'intercom', campaign_id: id, contacts: 'leads' });
    await put(id, 'paused');
    await confirm(backfill);
    expect(await members(id)).toBe(1);
  });

  it('brings no one of a campaign that was archived meanwhile into Intercom, and is not begun for one', async () => {
    const id = await enrolling.campaign({ action: 'nothing' });
    const referral = idOf(await join('referrals', { campaign_id: id, person: { email: unique() } }));
    await enrolling.change(id, {
      leads: { action: 'create-lead', mapping: [{ type: 'field', from: 'person.email', to: 'email' }] },
    });
    const from = { from: 'campaign', campaign_id: id };
    const backfill = await counted(from);
    await put(id, 'archived');
    await confirm(backfill);
    expect(await enrollmentState(id, referral)).toBe('skipped');
    expect((await api.post('/backfills', from)).status).toBe(409);
  });
});

describe('a person who joined before', () => {
  it.each([
    ['active', 'qualified'],
    ['paused', 'qualified'],
    ['ended', 'qualified'],
    ['archived', 'pending'],
  ] as const)('is qualified by a rule or not, in a campaign that is %s', async (state, expected) => {
    const id = await campaignWithRule(app, `Rule while ${state}`, {
      when: { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' },
    });
    const email = unique();
    await intercom(app, 'POST', '/contacts', { role: 'lead', email, custom_attributes: { plan: 'free' } });
    await settled(app);
    const referral = idOf(await join('referrals', { campaign_id: id, person: { email } }));
    await put(id, state);
    const [contact] = app.sandbox.world.contacts.all().filter((each) => each.email === email);
    await intercom(app, 'PUT', `/contacts/${contact?.id}`, { custom_attributes: { plan: 'pro' } });
    await settled(app);
    expect((await api.get(`/referrals/${referral}`)).body).toMatchObject({ status: expected });
    if (state !== 'archived') return;
    const rules = dataOf(await api.get(`/rules?campaign_id=${id}`));
    expect((await api.post(`/rules/${rules[0]?.id}/apply`)).status).toBe(409);
    await put(id, 'active');
    expect((await api.post(`/rules/${rules[0]?.id}/apply`)).status).toBe(200);
    expect((await api.get(`/referrals/${referral}`)).body).toMatchObject({ status: 'qualified' });
  });

  it.each(closedStates)('is the same referral and referrer again in a campaign that is %s', async (state) => {
    const id = await campaignFor(api);
    const person = { email: unique() };
    const referral = idOf(await join('referrals', { campaign_id: id, person }));
    const referrer = idOf(await join('referrers', { campaign_id: id, person }));
    await put(id, state);
    expect(await join('referrals', { campaign_id: id, person })).toMatchObject({
      status: 200,
      body: { id: referral },
    });
    expect(await join('referrers', { campaign_id: id, person })).toMatchObject({
      status: 200,
      body: { id: referrer },
    });
  });

  it.each([
    ['paused', 'done'],
    ['ended', 'done'],
    ['archived', 'setup-required'],
  ] as const)(
    'and waits for the setup is enrolled or not, in a campaign that is %s',
    async (state, expected) => {
      const { campaign, change } = enrolling;
      const id = await campaign({ action: 'create-lead', mapping: [] });
      const referral = idOf(await join('referrals', { campaign_id: id, person: { email: unique() } }));
      expect(await enrollmentState(id, referral)).toBe('setup-required');
      await put(id, state);
      const mapping = [{ type: 'field', from: 'person.email', to: 'email' }];
      await change(id, { leads: { action: 'create-lead', mapping }, referrers: { action: 'nothing' } });
      await planWaitingEnrollments(app.ctx, 'sandbox', id);
      if (expected === 'setup-required') {
        expect(await enrollmentState(id, referral)).toBe(expected);
        await put(id, 'active');
      }
      await expect.poll(() => enrollmentState(id, referral)).toBe('done');
    },
  );
});

async function enrollmentState(campaign: string, participant: string): Promise<string | undefined> {
  const { body } = await api.get(`/enrollments?campaign_id=${campaign}&limit=100`);
  const enrollment = z.looseObject({ state: z.string(), participant_id: z.string() });
  const { data } = z.looseObject({ data: z.array(enrollment) }).parse(body);
  return data.find(({ participant_id }) => participant_id === participant)?.state;
}

describe('a campaign of another platform', () => {
  const autumn = async () => {
    const [row] = await app.query<{ id: string }>(
      "select id from campaigns where platform = 'referral-factory'",
    );
    return row?.id ?? '';
  };
  const recorded = (email: string) =>
    app.query<{ status: string; enrollment: string | null }>(
      `select r.status, e.state as enrollment from referrals r join people p on p.id = r.person_id
       left join enrollments e on e.referral_id = r.id where p.email = $1`,
      [email],
    );

  it('is paused and ended there, not here', async () => {
    for (const change of [changesTo.paused, changesTo.ended])
      expect((await api.patch(`/campaigns/${await autumn()}`, change)).status).toBe(409);
  });

  it('records what the platform reports while it is archived, and enrolls no one', async () => {
    const factory = referralFactoryOf(app.sandbox);
    const id = await autumn();
    await put(id, 'archived');
    const email = unique();
    const friend = await factory.newLead(email);
    await expect.poll(async () => (await recorded(email)).length).toBe(1);
    expect(await recorded(email)).toMatchObject([{ status: 'pending', enrollment: 'skipped' }]);
    await factory.qualify(friend, true);
    await expect.poll(async () => (await recorded(email))[0]?.status).toBe('qualified');
    await put(id, 'active');
  });
});

test.each(['referrals', 'referrers'] as const)(
  'a person who joins in the moment of a pause waits for it, and is refused: POST /%s',
  async (kind) => {
    const { id } = await campaignIn('active');
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query('select 1 from campaigns where id = $1 for update', [id]);
      await client.query('update campaigns set paused_at = now() where id = $1', [id]);
      const joining = join(kind, { campaign_id: id, person: { email: unique() } });
      const waiting = () =>
        app.query(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        );
      await expect.poll(async () => (await waiting()).length).toBeGreaterThan(0);
      await client.query('commit');
      expect((await joining).status).toBe(409);
      expect(await members(id)).toBe(1);
    } finally {
      await client.end();
    }
  },
);

describe('the state', () => {
  it('leaves an entry in the audit log for each change of it, and none for none', async () => {
    const id = await campaignFor(api);
    for (const change of [
      ...[{ state: 'paused' }, { state: 'paused' }, { state: 'archived', ends_on: '2999-12-24' }],
      ...[{ state: 'active' }, { ends_on: null }, { ends_on: null }],
    ])
      expect((await api.patch(`/campaigns/${id}`, change)).status).toBe(200);
    const entries = await app.query<{ action: string }>(
      "select action from audit_log where subject_id = $1 and action <> 'campaign.create' order by id",
      [id],
    );
    expect(entries.map(({ action }) => action)).toEqual([
      ...['campaign.pause', 'campaign.set_end', 'campaign.archive'],
      ...['campaign.resume', 'campaign.unarchive', 'campaign.set_end'],
    ]);
  });

  it('says what was asked for, and keeps a pause through the archive', async () => {
    const { id } = await campaignIn('paused');
    await put(id, 'archived');
    const unarchived = await desk.submit(`/console/campaigns/${id}/state/unarchive`);
    expect(unarchived.text).toContain('no one can join');
    expect((await api.get(`/campaigns/${id}`)).body).toMatchObject({ state: 'paused' });
  });

  it('cannot be active after the last day', async () => {
    const { id } = await campaignIn('ended');
    expect((await api.patch(`/campaigns/${id}`, { state: 'active' })).status).toBe(409);
    expect(
      (await api.patch(`/campaigns/${id}`, { state: 'active', ends_on: '2999-12-31' })).body,
    ).toMatchObject({
      state: 'active',
      ends_on: '2999-12-31',
    });
  });

  it.each(['ended', 'gone'])('is none of others: %s', async (state) => {
    const { id } = await campaignIn('active');
    expect((await api.patch(`/campaigns/${id}`, { state })).status).toBe(422);
  });

  it('is on the card of who is in the campaign', async () => {
    const { id } = await campaignIn('paused');
    await put(id, 'active');
    const email = unique();
    idOf(await join('referrals', { campaign_id: id, person: { email } }));
    const contact = z.object({ id: z.string() });
    const who = contact.parse(await intercom(app, 'POST', '/contacts', { role: 'lead', email }));
    const words = async () => (await openCard(app, who)).text;
    expect(await words()).not.toContain('(paused)');
    for (const state of closedStates) {
      await put(id, state);
      expect(await words()).toContain(`(${state})`);
    }
  });

  it('archived is left out of lists and forms, but not of its own list', async () => {
    const { id } = await campaignIn('archived');
    const { id: paused } = await campaignIn('paused');
    expect((await desk.get('/console/campaigns')).html).not.toContain(id);
    expect((await desk.get('/console/campaigns?archived=yes')).html).toContain(id);
    expect((await desk.get('/console/people')).html).not.toContain(id);
    expect((await desk.get(`/console/people?campaign=${id}`)).html).toContain(`value="${id}" selected`);
    const joinForm = await desk.get('/console/people/referrals/new');
    expect(joinForm.html).not.toContain(id);
    expect(joinForm.html).not.toContain(paused);
    const ids = async (query: string) =>
      dataOf(await api.get(`/campaigns?limit=100&${query}`)).map((each) => each.id);
    expect(await ids('archived=true')).toContain(id);
    expect(await ids('archived=true')).not.toContain(paused);
    expect(await ids('archived=false')).not.toContain(id);
    expect(await ids('')).toContain(id);
  });
});

describe('the console', () => {
  it('says what a pause does, in numbers, before it asks', async () => {
    const { id } = await campaignIn('active');
    idOf(await join('referrals', { campaign_id: id, person: { email: unique() } }));
    const asked = await desk.get(`/console/campaigns/${id}/state/pause`);
    expect(asked.text).toContain('1 pending referral can still qualify');
    expect((await desk.submit(`/console/campaigns/${id}/state/pause`)).text).toContain(
      'The campaign is paused.',
    );
    const overview = await desk.get(`/console/campaigns/${id}`);
    expect(overview.html).toContain(`/campaigns/${id}/state/resume`);
    expect(overview.html).not.toContain(`/campaigns/${id}/state/pause`);
  });

  it('sets the last day, and says it on every page of the campaign and in the list', async () => {
    const { id } = await campaignIn('active');
    const saved = await desk.submit(`/console/campaigns/${id}/last-day`, { ends_on: '2999-12-24' });
    expect(saved.text).toContain('ends after Dec 24, 2999');
    expect((await desk.get(`/console/campaigns/${id}/rules`)).text).toContain('Ends after Dec 24, 2999');
    expect((await desk.get('/console/campaigns')).text).toContain('ends after Dec 24, 2999');
    for (const ends_on of ['31.12.2026', '0001-01-01', '9999-12-31']) {
      expect((await desk.post(`/console/campaigns/${id}/last-day`, { ends_on })).status).toBe(422);
      expect((await api.patch(`/campaigns/${id}`, { ends_on })).status).toBe(422);
    }
    await desk.submit(`/console/campaigns/${id}/last-day`, { ends_on: '' });
    expect((await api.get(`/campaigns/${id}`)).body).toMatchObject({ state: 'active', ends_on: null });
  });

  it('makes a duplicate with the settings and rules as a draft, without people', async () => {
    const id = await campaignWithRule(app, `Model ${randomUUID()}`, {
      when: { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' },
    });
    const rewards = { referrer: { label: '20 EUR', amount: '20', currency: 'EUR' } };
    const join_page = { text: 'Give 20, get 20.' };
    await api.patch(`/campaigns/${id}`, { rewards, join_page, settings: { expires_after_days: 60 } });
    idOf(await join('referrals', { campaign_id: id, person: { email: unique() } }));
    const name = `Duplicate ${randomUUID()}`;
    const { location } = await desk.post(`/console/campaigns/${id}/duplicate`, { name });
    const copy = location?.split('/').at(-1) ?? '';
    const made = shown.parse((await api.get(`/campaigns/${copy}`)).body);
    expect(made).toMatchObject({
      name,
      state: 'active',
      rewards: { referrer: { label: '20 EUR' } },
      join_page,
    });
    expect(made.settings).not.toMatchObject({ expires_after_days: 60 });
    expect(await members(copy)).toBe(0);
    expect(dataOf(await api.get(`/rules?campaign_id=${copy}`))).toEqual([]);
    const review = await desk.get(`/console/campaigns/${copy}/publish`);
    expect(review.text).toContain('Pending referrals expire after 60 days');
    const revision = /name="revision" value="([^"]+)"/.exec(review.html)?.[1] ?? '';
    await desk.submit(`/console/campaigns/${copy}/publish`, { revision });
    expect((await api.get(`/campaigns/${copy}`)).body).toMatchObject({
      settings: { expires_after_days: 60 },
    });
    expect(dataOf(await api.get(`/rules?campaign_id=${copy}`))).toHaveLength(1);
    expect((await desk.post(`/console/campaigns/${id}/duplicate`, { name })).text).toContain(
      'with this name exists',
    );
  });
});
