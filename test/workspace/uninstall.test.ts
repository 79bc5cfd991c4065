// A workspace removes the app: who may say so, what stops at once, and what is left after thirty days.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { previousClientSecret, sign, startTestApp, type TestApp } from '../support/app.ts';
import { type Console, consent, openConsole, signIn } from '../support/console.ts';
import { deliver, notification } from '../support/notifications.ts';
import { openCard } from '../support/teammate.ts';

const day = 24 * 60 * 60_000;
let app: TestApp;
let clock = 0;

beforeAll(async () => {
  app = await startTestApp({
    overrides: {
      now: () => new Date(Date.now() + clock),
      everyMs: { reviewHoldsAndExpiry: 50, scheduleReconciles: 50, eraseUninstalled: 50 },
    },
  });
});
afterAll(() => app?.close());

const gone = JSON.stringify({ app_id: 'sandbox' });

async function uninstall(raw: string, signature: string | null): Promise<number> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (signature !== null) headers['X-Body-Signature'] = signature;
  return (await fetch(`${app.url}/intercom/uninstall`, { method: 'POST', headers, body: raw })).status;
}

async function installation(workspaceId = 'sandbox') {
  const [row] = await app.query<{ status: string; sealed_token: string | null }>(
    'select status, sealed_token from installations where workspace_id = $1',
    [workspaceId],
  );
  return row;
}

async function install(): Promise<Console> {
  const desk = openConsole(app);
  expect((await desk.get(await consent(desk, undefined, '/install'))).location).toBe('/console');
  return desk;
}

describe('The notice that the app was removed', () => {
  it('is refused with a wrong signature, even though the token is gone', async () => {
    const token = await revokeToken();
    for (const signature of [
      '',
      'x',
      sign(`${gone} `),
      sign(gone, 'another secret'),
      `sha256=${sign(gone)}`,
    ]) {
      expect(await uninstall(gone, signature)).toBe(401);
    }
    expect(await installation()).toMatchObject({ status: 'active', sealed_token: expect.any(String) });
    await restore(token);
  });

  it('is not believed without a signature as long as Intercom takes the token', async () => {
    expect(await uninstall(gone, null)).toBe(401);
    expect(await installation()).toMatchObject({ status: 'active' });
  });

  it('is not believed without a signature when Intercom cannot be asked, or answers something else', async () => {
    for (const status of [500, 403, 404, 429]) {
      await app.misbehave('/faults', { on: 'api', kind: 'status', status, match: { path: '/me' }, times: 1 });
      expect(await uninstall(gone, null)).toBeGreaterThanOrEqual(400);
      expect(await installation()).toMatchObject({ status: 'active' });
    }
  });

  it('makes Intercom be asked twice a second at most, however often it is claimed, and always afresh', async () => {
    const fault = { on: 'api', kind: 'status', status: 500, match: { path: '/me' }, times: 1_000 };
    await app.misbehave('/faults', fault);
    const began = performance.now();
    const flood = await Promise.all(Array.from({ length: 200 }, () => uninstall(gone, null)));
    const seconds = (performance.now() - began) / 1000;
    expect(new Set(flood)).toEqual(new Set([502]));
    const faults = await fetch(`${app.sandbox.url}/sandbox/faults`);
    const { data } = (await faults.json()) as { data: { left: number }[] };
    expect(1_000 - (data[0]?.left ?? 0)).toBeLessThanOrEqual(2 * seconds + 1);
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    const before = uninstall(gone, null);
    await revokeToken();
    expect(await uninstall(gone, null)).toBe(200);
    expect([200, 401]).toContain(await before);
    await install();
  });

  it('is believed without a signature once Intercom refuses the token', async () => {
    await revokeToken();
    expect(await uninstall(gone, null)).toBe(200);
    expect(await installation()).toEqual({ status: 'uninstalled', sealed_token: null });
    await install();
  });

  it('is believed with a signature, by either client secret, and however often it comes', async () => {
    for (const signature of [sign(gone), sign(gone), sign(gone, previousClientSecret)]) {
      expect(await uninstall(gone, signature)).toBe(200);
      expect(await installation()).toEqual({ status: 'uninstalled', sealed_token: null });
    }
    await install();
  });

  it('about a workspace that is not known changes nothing', async () => {
    // The second has a character that the database cannot store.
    for (const app_id of ['nobody', 'no\0body']) {
      const other = JSON.stringify({ app_id });
      expect(await uninstall(other, sign(other))).toBe(200);
      expect(await uninstall(other, null)).toBe(200);
    }
    expect(await installation()).toMatchObject({ status: 'active' });
  });

  it('has to be readable', async () => {
    for (const raw of ['', 'x', '[]', '{"app_id":""}', '{"app_id":null}']) {
      expect(await uninstall(raw, sign(raw))).toBe(400);
    }
    const large = JSON.stringify({ app_id: 'sandbox', more: 'x'.repeat(70_000) });
    expect(await uninstall(large, sign(large))).toBe(413);
  });
});

describe('From then on', () => {
  let desk: Console;
  beforeAll(async () => {
    desk = await signIn(app);
    expect(await app.misbehave('/uninstall', {})).toEqual({ answered: 200 });
  });
  afterAll(() => install());

  it('the card says that the app is not installed', async () => {
    const card = await openCard(app, { email: 'pending.lead@example.com' });
    expect(card.text).toContain('not installed');
    expect(card.labels).not.toContain('Settings');
  });

  it('no one is signed in to the console, and no one can sign in', async () => {
    expect((await desk.get('/console/access')).location).toContain('/console/sign-in');
    const { location } = await desk.get(await consent(desk));
    expect(location).toBe('/console/sign-in?why=not-installed');
    expect(await app.query('select from sessions')).toEqual([]);
  });

  it('notifications are taken and ignored', async () => {
    const sent = notification();
    expect((await deliver(app.url, sent)).status).toBe(200);
    const outcome = () =>
      app.query('select state, body from deliveries where notification_id = $1', [sent.id]);
    await expect.poll(outcome).toEqual([{ state: 'ignored', body: '' }]);
  });

  it('no holds end, no referrals expire and nothing is copied', async () => {
    await app.query(`update campaigns set settings = settings || '{"expires_after_days": 1}'`);
    await addOverdueReferral('witness');
    const referrals = () =>
      app.query(`select id, status, status_at from referrals where workspace_id = 'sandbox' order by id`);
    const expiries = async () => {
      const query = `select distinct workspace_id from runs where deduplication_key like 'expire:%'`;
      return (await app.query<{ workspace_id: string }>(query)).map((row) => row.workspace_id);
    };
    const before = await referrals();
    clock = 3 * day;
    // One round expires them all: once it has come to the other workspace, it has left this one alone.
    await expect.poll(expiries).toEqual(['witness']);
    clock = 0;
    expect(await referrals()).toEqual(before);
    await app.query(`update campaigns set settings = settings - 'expires_after_days'`);
  });

  it('what was to be told to Intercom waits, and is told when the app is installed again', async () => {
    const contact = seededContact('pending.lead@example.com');
    const token = await app.apiToken();
    const headers = { Authorization: `Bearer ${token}` };
    const found = await fetch(`${app.url}/api/v1/referrals?email=${contact.email}`, { headers });
    const { data } = (await found.json()) as { data: { id: string }[] };
    await app.query('update people set contact_id = $1 where email = $2', [contact.id, contact.email]);
    const qualified = await fetch(`${app.url}/api/v1/referrals/${data[0]?.id}/qualify`, {
      method: 'POST',
      headers,
    });
    expect(qualified.status).toBe(200);
    const waiting = () =>
      app.query(
        `select paused_for from runs where kind = 'write-back' and state = 'waiting' and contact_id = $1`,
        [contact.id],
      );
    await expect.poll(waiting).toEqual([{ paused_for: 'token' }]);
    await install();
    const told = () => app.sandbox.world.contacts.get(contact.id)?.custom_attributes.referral_status;
    await expect.poll(told).toBe('Qualified');
  });
});

describe('After thirty days', () => {
  const rowsOf = async (workspaceId: string) => {
    const tables = await app.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where column_name = 'workspace_id' and table_schema = 'public' order by 1`,
    );
    const counts = await Promise.all(
      tables.map(async ({ name }) => {
        const [row] = await app.query<{ count: number }>(
          `select count(*)::int as count from "${name}" where workspace_id = $1`,
          [workspaceId],
        );
        return [name, row?.count ?? 0] as const;
      }),
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  };

  it('everything of the workspace is erased, also what is still being written then, and of no other', async () => {
    await app.query(`insert into installations
      (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
      values ('elsewhere', 'Elsewhere', 'US', 'UTC', 'active', '{}', now(), now())`);
    await app.query(`insert into audit_log (workspace_id, at, actor, actor_name, action, details)
      values ('elsewhere', now(), 'app', 'Somebody', 'did something', '{}')`);
    await app.apiToken('elsewhere');
    await app.query(`insert into installations
      (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
      values ('earlier', 'Earlier', 'US', 'UTC', 'uninstalled', '{}', now(), now() - interval '2 days')`);
    await addMessengerRows();
    const theirs = await rowsOf('elsewhere');
    expect(await uninstall(gone, sign(gone))).toBe(200);
    const before = await rowsOf('sandbox');
    for (const table of [
      'campaigns',
      'people',
      'referrals',
      'referral_history',
      'audit_log',
      'connections',
      ...ofMessenger,
    ])
      expect(before[table], table).toBeGreaterThan(0);

    clock = 29 * day;
    await expect.poll(() => rowsOf('earlier')).toEqual({});
    expect(await rowsOf('sandbox')).toMatchObject({ referrals: before.referrals, people: before.people });
    const late = await beginLateWork();
    clock = 30 * day + 60_000;
    const erasing = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like 'delete from "campaigns"%'`;
    await expect.poll(() => app.query(erasing)).toHaveLength(1);
    await late.commit();
    await expect.poll(() => rowsOf('sandbox')).toEqual({});
    expect(await rowsOf('elsewhere')).toMatchObject(theirs);
    clock = 0;
  });

  it('it can be installed again, from nothing', async () => {
    const desk = await install();
    expect((await desk.get('/console/access')).text).toContain('administrator');
  });
});

/** A pending referral in a workspace of its own, in a campaign that lets it expire after a day. */
async function addOverdueReferral(workspaceId: string): Promise<void> {
  const [campaign, person, referral] = [randomUUID(), randomUUID(), randomUUID()];
  await app.query(
    `insert into campaigns (id, workspace_id, name, platform, destination_url, settings, created_at)
     values ($1, $2, 'Overdue', 'built-in', 'https://example.com', '{"expires_after_days": 1}', now())`,
    [campaign, workspaceId],
  );
  await app.query(`insert into people (id, workspace_id, created_at) values ($1, $2, now())`, [
    person,
    workspaceId,
  ]);
  await app.query(
    `insert into referrals
       (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
     values ($1, $2, $3, $4, 'pending', now(), 'none', 'built-in', now())`,
    [referral, workspaceId, campaign, person],
  );
}

const ofMessenger = ['user_token_secrets', 'messenger_wordings', 'named_friends', 'share_days'];

/** What the Messenger stores of the workspace. */
async function addMessengerRows(): Promise<void> {
  const one = `from referrers where workspace_id = 'sandbox' limit 1`;
  for (const statement of [
    `insert into user_token_secrets values (gen_random_uuid(), 'sandbox', 'sealed', now())`,
    `insert into messenger_wordings select 'sandbox', campaign_id, 'en', '{}' ${one}`,
    `insert into named_friends (workspace_id, referrer_id, person_id, contact_id, name, named_at)
       select 'sandbox', id, person_id, 'contact', 'A friend', now() ${one}`,
    `insert into share_days select 'sandbox', id, '2026-01-01', 'x', 1 ${one}`,
  ])
    await app.query(statement);
}

/** Work of the workspace that is in its transaction: it uses a campaign and has planned a run. */
async function beginLateWork(): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client(app.databaseUrl);
  await client.connect();
  await client.query('begin');
  await client.query(`select from campaigns where workspace_id = 'sandbox' for key share`);
  await client.query(
    `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
     values ($1, 'sandbox', 'write-back', 'late', 'late', '{}', 'late', 'waiting', 1, now(), now())`,
    [randomUUID()],
  );
  return {
    async commit() {
      await client.query('commit');
      await client.end();
    },
  };
}

type Tokens = TestApp['sandbox']['world']['tokens'];

async function revokeToken(): Promise<ReturnType<Tokens['all']>> {
  const all = app.sandbox.world.tokens.all();
  await app.misbehave('/tokens/revoke', { all: true });
  return all;
}

async function restore(tokens: ReturnType<Tokens['all']>): Promise<void> {
  for (const token of tokens) app.sandbox.world.tokens.put(token);
}
