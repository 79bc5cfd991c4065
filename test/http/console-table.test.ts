// Every entry of the console's table, one by one: closed to strangers, viewers, other sites and other workspaces.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsolePage } from '../../src/http/console/console.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, openConsole, signIn } from '../support/console.ts';
import { deliver, notification } from '../support/notifications.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let administrator: Console;
let viewer: Console;
/** An administrator of another workspace on the same app. */
let stranger: Console;
/** By the name of the parameter; `id` is tried with each of them. */
let ours: { id: string[] } & Record<'rule' | 'referralId' | 'change' | 'number' | 'which', string>;

beforeAll(async () => {
  // Nothing that time brings about changes what is compared.
  const never = { reviewHoldsAndExpiry: 3_600_000, scheduleReconciles: 3_600_000, reportHealth: 3_600_000 };
  app = await startTestApp({ overrides: { everyMs: never } });
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
  return `/console${entry.path.replace(/:(\w+)/g, (_all, name: string) => values[name] ?? id)}`;
}

/** Fields that some form or other would take. */
const plausible = { reason: 'because', change: 'qualify', sure: 'on', name: 'x', to: 'x', role: 'viewer' };

/** Everything that is stored of the workspace, but for when somebody was last seen. */
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
      return expect((await administrator.post(addressOf(entry, 'x'), {})).status).toBeLessThan(500);
    for (const id of [...ours.id, 'x', '%00', '..%2f', '9'.repeat(30)]) {
      expect((await administrator.get(addressOf(entry, id))).status, id).toBeLessThan(500);
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
