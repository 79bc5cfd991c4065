// Every entry of the console's table, one by one: closed to strangers, viewers, other sites and other workspaces.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsolePage } from '../../src/http/console/console.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, openConsole, signIn } from '../support/console.ts';
import { deliver, notification } from '../support/notifications.ts';
import { seldom } from '../support/seldom.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let administrator: Console;
let viewer: Console;
/** An administrator of another workspace on the same app. */
let stranger: Console;
/** By the name of the parameter; `id` is tried with each of them. */
let ours: { id: string[] } & Record<'rule' | 'referralId' | 'change' | 'number' | 'which', string>;

beforeAll(async () => {
  app = await startTestApp({ overrides: { everyMs: seldom } });
  administrator = await signIn(app);
  viewer = await signIn(app, app.sandbox.world.admins.all()[1]?.id);
  stranger = await fromElsewhere();
  // Something of everything that has an id.
  await deliver(app.url, notification());
  const desk = { Authorization: `Bearer ${await app.apiToken()}` };
  const pending = await fetch(`${app.url}/api/v1/referrals?email=factory.lead@example.com`, {
    headers: desk,
  });
  const { data } = (await pending.json()) as { data: { id: string }[] };
  await fetch(`${app.url}/api/v1/referrals/${data[0]?.id}/qualify`, { method: 'POST', headers: desk });
  const underWay = () =>
    app.query(
      `select from runs where state = 'waiting' union all select from deliveries where state = 'received'`,
    );
  await until(async () => (await underWay()).length === 0);
  const first = async (table: string) => {
    const [row] = await app.query<{ id: string }>(
      `select id from ${table} where workspace_id = 'sandbox' limit 1`,
    );
    return String(row?.id ?? '');
  };
  const [campaign, rule, referral, person, run, delivery] = await Promise.all(
    ['campaigns', 'rules', 'referrals', 'people', 'runs', 'deliveries'].map(first),
  );
  const id = [campaign, rule, referral, person, run, delivery].filter(
    (one) => one !== undefined && one !== '',
  );
  expect(id).toHaveLength(6);
  const fixed = { change: 'qualify', number: '1', which: 'people' };
  ours = { id: id.map(String), rule: rule ?? '', referralId: referral ?? '', ...fixed };
});
afterAll(() => app?.close());

async function fromElsewhere(): Promise<Console> {
  const secret = 'a'.repeat(43);
  const id = createHash('sha256').update(secret).digest('base64url');
  await app.query(`insert into installations
    (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
    values ('elsewhere', 'Elsewhere', 'US', 'UTC', 'active', '{"id":"e1"}', now(), now())`);
  await app.query(`insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at)
    values ('elsewhere', 'e1', 'Zelda', 'zelda@example.com', 'administrator', now(), now())`);
  await app.query(
    `insert into sessions (id, workspace_id, teammate_id, created_at, last_seen_at, expires_at, browser)
     values ($1, 'elsewhere', 'e1', now(), now(), now() + interval '1 day', 'A browser')`,
    [id],
  );
  const desk = openConsole(app);
  desk.browser.cookies.set('referral-desk', secret);
  expect((await desk.get('/console/access')).text).toContain('Elsewhere');
  return desk;
}

const named = (entry: ConsolePage) => `${entry.method.toUpperCase()} ${entry.path}`;
const entries = consoleTable.map((entry) => [named(entry), entry] as const);
const changing = entries.filter(([, { method }]) => method === 'post');

function addressOf(entry: ConsolePage, id: string): string {
  const values: Record<string, string> = { ...ours, id };
  const path = entry.path.replace(/:(\w+)/g, (_all, name: string) => values[name] ?? id);
  // The page that confirms a decision is nothing without one.
  return `/console${path}${path.endsWith('/confirm') ? '?decision=create' : ''}`;
}

/** With each of these ids; a page without an id has one address. */
const addressesOf = (entry: ConsolePage, ids: readonly string[]) =>
  new Set(ids.map((id) => addressOf(entry, id)));

/** By an administrator, who signs in again after a form that has signed them out. */
async function press(path: string, values: Record<string, string>) {
  const answer = await administrator.post(path, values);
  if (answer.location === '/console/sign-in') administrator = await signIn(app);
  return answer;
}

/** Fields that some form or other would take. */
const plausible = { reason: 'because', change: 'qualify', sure: 'on', name: 'x', to: 'x', role: 'viewer' };

/** Everything that is stored of the workspace, but for when someone was last seen. */
async function stored(): Promise<string> {
  const tables = [
    'campaigns',
    'campaign_drafts',
    'campaign_versions',
    'rules',
    'settings',
    'connections',
    'people',
  ];
  const more = [
    'referrals',
    'referral_history',
    'runs',
    'deliveries',
    'api_tokens',
    'teammates',
    'audit_log',
  ];
  const rows = [...tables, ...more].map((table) =>
    app.query(
      `select md5(string_agg(t::text, ',' order by t::text)) from "${table}" t where workspace_id = 'sandbox'`,
    ),
  );
  return JSON.stringify(await Promise.all(rows));
}

describe('Every entry of the table', () => {
  it.each(entries)('asks a stranger to sign in: %s', async (_name, entry) => {
    const desk = openConsole(app);
    const path = addressOf(entry, ours.id[0] ?? '');
    const answer = entry.method === 'get' ? await desk.get(path) : await desk.post(path, plausible);
    expect(answer.status).toBe(303);
    expect(answer.location).toMatch(/^\/console\/sign-in/);
  });

  it.each(entries.filter(([, { needs }]) => needs === 'administrator'))(
    'is closed to a viewer: %s',
    async (_name, entry) => {
      const path = addressOf(entry, ours.id[0] ?? '');
      const answer = entry.method === 'get' ? await viewer.get(path) : await viewer.post(path, plausible);
      expect(answer.status).toBe(403);
    },
  );

  it('takes from a viewer nothing that changes anything but their own sessions, alerts, views and assistants', () => {
    const open = changing.filter(([, { needs }]) => needs === 'viewer').map(([name]) => name);
    const own = [
      'POST /access/sessions/',
      'POST /alerts',
      'POST /views',
      'POST /settings/assistants/disconnect',
    ];
    expect(open.filter((name) => !own.some((start) => name.startsWith(start)))).toEqual([]);
  });

  it.each(changing)('takes no form without the session’s token: %s', async (_name, entry) => {
    const path = addressOf(entry, ours.id[0] ?? '');
    expect((await administrator.post(path, { ...plausible, csrf: 'wrong' })).status).toBe(403);
  });

  it.each(entries)('answers, whatever it is asked for: %s', async (_name, entry) => {
    if (entry.method === 'post')
      return expect((await press(addressOf(entry, 'x'), {})).status).toBeLessThan(500);
    for (const address of addressesOf(entry, [...ours.id, 'x', '%00', '..%2f', '9'.repeat(30)])) {
      expect((await administrator.get(address)).status, address).toBeLessThan(500);
    }
  });

  it.each(entries.filter(([, { path }]) => path.includes(':id')))(
    'knows nothing of another workspace: %s',
    async (_name, entry) => {
      const before = await stored();
      for (const id of ours.id) {
        const path = addressOf(entry, id);
        const answer =
          entry.method === 'get' ? await stranger.get(path) : await stranger.post(path, plausible);
        expect([404, 422], `${path}: ${answer.text}`).toContain(answer.status);
        if (entry.method === 'get') expect(answer.status).toBe(404);
        expect(answer.text).not.toMatch(/Spring|Partners|Autumn|@example\.com/);
      }
      expect(await stored()).toBe(before);
    },
  );
});

/** The ids of a page, in the order of its elements. */
const idsIn = (html: string) => [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);

/** What is wrong with how the parts of a page refer to each other. */
function brokenReferences(html: string): string[] {
  const ids = idsIn(html);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two elements are ${id}`);
  const named = [...html.matchAll(/\s(?:for|aria-describedby|aria-labelledby)="([^"]*)"/g)].flatMap(
    ([, names]) => names?.split(' ') ?? [],
  );
  const linked = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  const missing = [...named, ...linked].filter((id) => !ids.includes(id));
  return [...twice, ...missing.map((id) => `nothing is ${id}`)];
}

type Form = { action: string; isAsked: boolean };

/** The forms that change something, and whether each is behind a question. */
function formsIn(html: string): Form[] {
  let open: string[] = [];
  const forms: Form[] = [];
  for (const [tag, isClosed, rest = ''] of html.matchAll(
    /<(\/?)details([^>]*)>|<form method="post"[^>]*>/g,
  )) {
    if (tag.startsWith('<form')) {
      const action = /action="([^"]+)"/.exec(tag)?.[1] ?? '';
      forms.push({ action, isAsked: open.some((each) => each.includes('asked')) });
    } else if (isClosed) open = open.slice(0, -1);
    else open.push(rest);
  }
  return forms;
}

/**
 * What every form may cost. `keeps`: nothing is lost, or the same page brings it back. `undone`: another form takes it
 * back. `asked`: only behind a question on the page. A path: on a page of its own that says what will happen.
 */
const costs: Record<string, 'keeps' | 'undone' | 'asked' | `/${string}`> = {
  '/campaigns/new': 'undone',
  '/campaigns/:id': 'keeps',
  '/campaigns/:id/leads': 'undone',
  '/campaigns/:id/leads/missing': 'keeps',
  '/campaigns/:id/leads/attribute': 'keeps',
  '/campaigns/:id/referrers': 'undone',
  '/campaigns/:id/referrers/missing': 'keeps',
  '/campaigns/:id/referrers/attribute': 'keeps',
  '/campaigns/:id/rules/:rule': 'undone',
  '/campaigns/:id/rules/:rule/remove': 'asked',
  '/campaigns/:id/rules/:rule/apply': '/campaigns/:id/rules/:rule/apply',
  '/campaigns/:id/join-page': 'keeps',
  '/campaigns/:id/settings': 'undone',
  '/campaigns/:id/publish': '/campaigns/:id/publish',
  '/campaigns/:id/discard': 'asked',
  '/campaigns/:id/versions/:number/restore': '/campaigns/:id/versions/:number',
  '/campaigns/:id/state/:change': '/campaigns/:id/state/:change',
  '/campaigns/:id/last-day': '/campaigns/:id/last-day',
  '/campaigns/:id/duplicate': '/campaigns/:id/duplicate',
  '/people/referrers': 'undone',
  '/people/referrals': 'undone',
  '/people/imports': 'keeps',
  '/people/imports/:id/columns': 'undone',
  '/people/imports/:id/:change': 'asked',
  '/people/:id/referrals/:referralId/:change': '/people/:id/referrals/:referralId/:change',
  '/people/:id/convert': '/people/:id/convert',
  '/rewards/receipts': 'keeps',
  '/rewards/receipts/:id/issue': '/rewards/receipts/:id',
  '/rewards/on/:platform': '/rewards/on/:platform/confirm',
  '/rewards/bulk': 'keeps',
  '/rewards/bulk/:id/confirm': '/rewards/bulk/:id',
  '/rewards/bulk/:id/cancel': 'asked',
  '/rewards/send': '/rewards/send',
  '/rewards/undo': 'undone',
  '/rewards/:change': '/rewards/confirm',
  '/run-log/deliveries/replay': '/run-log/deliveries/replay',
  '/run-log/deliveries/:id/dismiss': 'undone',
  '/run-log/deliveries/dismiss': '/run-log/deliveries/replay',
  '/run-log/deliveries/:id/replay': 'keeps',
  '/run-log/retry': '/run-log/retry',
  '/run-log/dismiss': '/run-log/dismiss',
  '/run-log/:id/retry': 'keeps',
  '/run-log/:id/dismiss': 'undone',
  '/backfills': 'keeps',
  '/backfills/:id/:change': '/backfills/:id',
  '/imports': 'keeps',
  '/imports/:id/:press': '/imports/:id',
  '/reviews/:id/decide': '/reviews/:id',
  '/sync-checks/recoveries/:id/resume': 'keeps',
  '/sync-checks': 'keeps',
  '/sync-checks/:id/repair': '/sync-checks/:id/repair',
  '/connect/:platform': 'undone',
  '/connect/:platform/test': 'keeps',
  '/connect/:platform/secret': 'asked',
  '/connect/:platform/compare': 'keeps',
  '/views': 'undone',
  '/views/:id/delete': 'asked',
  '/settings': 'undone',
  '/alerts': 'undone',
  '/alerts/test': 'keeps',
  '/alerts/channels': 'undone',
  '/alerts/channels/:id/test': 'keeps',
  '/alerts/channels/:id/remove': 'asked',
  '/reward-webhook': 'undone',
  '/reward-webhook/test': 'keeps',
  '/reward-webhook/rotate': 'asked',
  '/reward-webhook/remove': 'asked',
  '/user-tokens': 'keeps',
  '/user-tokens/use': 'undone',
  '/user-tokens/remove': 'asked',
  '/settings/assistants': 'undone',
  '/settings/assistants/disconnect': 'asked',
  '/messenger': 'undone',
  '/messenger/check': 'keeps',
  '/messenger/words': 'undone',
  '/fin/connectors': 'keeps',
  '/fin/keys': 'undone',
  '/fin/keys/revoke': 'asked',
  '/fin/live': 'asked',
  '/fin/settings': 'undone',
  '/access/sessions/end': 'keeps',
  '/access/sessions/end-all': 'asked',
  '/access/teammates/role': 'asked',
  '/access/teammates/remove': 'asked',
  '/access/teammates/restore': 'undone',
  '/access/tokens': 'undone',
  '/access/tokens/revoke': 'asked',
  '/access/data/erase': '/access/data/erase',
};

describe('Every page', () => {
  it('has a form only with what it may cost', () => {
    expect(Object.keys(costs).toSorted()).toEqual(changing.map(([, { path }]) => path).toSorted());
  });

  it('has ids once, leads to what is there, and asks before a form that loses work', async () => {
    await seedForms();
    const patterns = changing.map(
      ([, { path }]) => [path, new RegExp(`^/console${path.replaceAll(/:\w+/g, '[^/?]+')}$`)] as const,
    );
    // The most exact path first, as the app itself finds it.
    const pathOf = (action: string) =>
      patterns
        .filter(([, pattern]) => pattern.test(action))
        .toSorted(([left], [right]) => left.split(':').length - right.split(':').length)[0]?.[0];
    const seen = new Set<string>();
    for (const address of await addresses()) {
      const { status, html, headers } = await administrator.get(address);
      if (status !== 200 || !headers.get('content-type')?.startsWith('text/html')) continue;
      expect(brokenReferences(html), address).toEqual([]);
      for (const form of formsIn(html)) {
        if (form.action === '/console/sign-out') continue;
        const path = pathOf(form.action);
        expect(path, `${address}: ${form.action}`).toBeDefined();
        const cost = costs[path ?? ''];
        seen.add(path ?? '');
        if (cost === 'asked') expect(form.isAsked, `${address}: ${form.action}`).toBe(true);
        if (cost?.startsWith('/'))
          expect(patternOf(cost).test(address.replace(/\?.*/, '')), `${address}: ${form.action}`).toBe(true);
      }
    }
    const asked = Object.entries(costs).flatMap(([path, cost]) => (cost === 'asked' ? [path] : []));
    // Shown only while such work is under way; their own tests press them.
    const passing = [
      '/rewards/bulk/:id/cancel',
      '/people/imports/:id/:change',
      '/settings/assistants/disconnect',
      '/fin/keys/revoke',
      '/fin/live',
    ];
    expect(asked.filter((path) => !seen.has(path) && !passing.includes(path))).toEqual([]);
  });

  it.each(changing)(
    'shown again with a refused form, leads to the refused fields: %s',
    async (_name, entry) => {
      for (const address of addressesOf(entry, ours.id)) {
        const { status, html } = await press(address, { name: 'x'.repeat(5_000) });
        if (status !== 422) continue;
        expect(brokenReferences(html), address).toEqual([]);
        expect(html).toContain('role="alert"');
        if (html.includes('aria-invalid')) expect(html).toMatch(/aria-invalid="true" autofocus/);
      }
    },
  );
});

const patternOf = (path: string) => new RegExp(`^/console${path.replaceAll(/:\w+/g, '[^/?]+')}$`);

/** Something for each form that only shows when there is something. */
async function seedForms(): Promise<void> {
  const [campaign] = await app.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
  await administrator.post('/console/views', { list: 'people', query: 'q=a', name: 'A view' });
  await administrator.post('/console/alerts/channels', {
    ...{ name: 'A channel', url: 'https://hooks.example.com/services/1', failures: 'on' },
  });
  await administrator.post('/console/reward-webhook', { url: 'https://hooks.example.com/rewards' });
  await administrator.post('/console/access/tokens', { name: 'A token' });
  await administrator.post('/console/user-tokens');
  const [rule] = await app.query<{ id: string }>('select id from rules where campaign_id = $1', [
    campaign?.id,
  ]);
  await administrator.post(`/console/campaigns/${campaign?.id}/rules/${rule?.id}/remove`);
}

/** Each page with each id that it has, and those that need more in their address. */
async function addresses(): Promise<string[]> {
  const pages = entries.filter(([, { method }]) => method === 'get');
  const each = pages.flatMap(([, entry]) =>
    entry.path.includes(':') ? [...addressesOf(entry, ours.id)] : [addressOf(entry, '')],
  );
  const [referrals] = await app.query<{ id: string; person_id: string; campaign_id: string }>(
    `select id, person_id, campaign_id from referrals where status = 'pending' limit 1`,
  );
  const { id, person_id, campaign_id } = referrals ?? {};
  return [
    ...each,
    '/console/people?q=a',
    ...(await app.query<{ id: string }>('select id from campaigns')).flatMap((campaign) =>
      ['', '/publish', '/settings', '/versions'].map((rest) => `/console/campaigns/${campaign.id}${rest}`),
    ),
    `/console/people/${person_id}/referrals/${id}/disqualify`,
    ...['pause', 'archive'].map((change) => `/console/campaigns/${campaign_id}/state/${change}`),
    `/console/campaigns/${campaign_id}/leads?preview=example`,
    `/console/campaigns/${campaign_id}/referrers?preview=example`,
    ...(await app.query<{ id: string; campaign_id: string }>('select id, campaign_id from rules')).map(
      (rule) => `/console/campaigns/${rule.campaign_id}/rules/${rule.id}`,
    ),
  ];
}
