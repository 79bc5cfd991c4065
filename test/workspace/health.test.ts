// How an installation is: asked by Intercom, signed, and told to it when it changes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign, startTestApp, type TestApp } from '../support/app.ts';
import { consent, openConsole, signIn } from '../support/console.ts';
import { wholeRound } from '../support/until.ts';

let app: TestApp;
let clock = 0;

beforeAll(async () => {
  app = await startTestApp({
    overrides: { now: () => new Date(Date.now() + clock), everyMs: { reportHealth: 50 } },
  });
});
afterAll(() => app?.close());

async function ask(body: unknown, signature?: string): Promise<{ status: number; health: unknown }> {
  const raw = JSON.stringify(body);
  const answer = await fetch(`${app.url}/intercom/health`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Body-Signature': signature ?? sign(raw) },
    body: raw,
  });
  return { status: answer.status, health: await answer.json() };
}

const healthOf = async (workspaceId = 'sandbox') => (await ask({ workspace_id: workspaceId })).health;
/** What Intercom was told last. */
const told = () => app.sandbox.world.settings.get('settings')?.app_install_status;
const reinstall = (message: string) => ({
  state: 'UNHEALTHY',
  message: expect.stringContaining(message),
  cta_type: 'REINSTALL_CTA',
});

async function install(): Promise<void> {
  const desk = openConsole(app);
  await desk.get(await consent(desk, undefined, '/install'));
}

describe('The health of an installation', () => {
  it('is OK as long as nothing is wrong, which Intercom is told once', async () => {
    expect(await healthOf()).toEqual({ state: 'OK' });
    await expect.poll(told).toEqual({ state: 'OK' });
  });

  it('is asked with a signature', async () => {
    const body = { workspace_id: 'sandbox' };
    for (const signature of ['', 'x', sign('{}'), sign(JSON.stringify(body), 'another secret')]) {
      expect((await ask(body, signature)).status).toBe(401);
    }
    expect((await ask({})).status).toBe(400);
  });

  it('of a workspace that has not installed the app is that it should', async () => {
    expect(await healthOf('nobody')).toEqual(reinstall('not installed'));
  });

  it('names the scopes that are missing, and is OK again once they are granted', async () => {
    await settings({ missing_scopes: ['Write tags', 'Write events'] });
    await install();
    const lacking = reinstall('Write tags, Write events');
    expect(await healthOf()).toEqual(lacking);
    await expect.poll(told).toEqual(lacking);
    await settings({ missing_scopes: [] });
    await install();
    expect(await healthOf()).toEqual({ state: 'OK' });
    await expect.poll(told).toEqual({ state: 'OK' });
  });

  it('tells to install again when Intercom refuses the token', async () => {
    await app.query(`insert into outages (workspace_id, service, failures, since, error)
      values ('sandbox', 'token', 1, now(), 'refused')`);
    expect(await healthOf()).toEqual(reinstall('Install it again'));
    await install();
    expect(await healthOf()).toEqual({ state: 'OK' });
  });

  it('says at once that a call is refused, here and on Home, until the same call works again', async () => {
    const desk = await signIn(app);
    await settings({ missing_scopes: ['Write tags'] });
    const [contact] = app.sandbox.world.contacts.all();
    const tag = () => app.ctx.intercom.background.writeBack.addTag('sandbox', contact?.id ?? '', 'Referred');
    const home = async () => (await desk.get('/console')).text;
    await expect(tag()).rejects.toThrow();
    expect(await healthOf()).toEqual(reinstall('Intercom refuses access'));
    expect(await home()).toContain('Intercom refuses access that the app needs');
    // Another call that works tells nothing about this one.
    await app.ctx.intercom.background.ping('sandbox');
    expect(await healthOf()).toEqual(reinstall('Intercom refuses access'));
    await settings({ missing_scopes: [] });
    await tag();
    expect(await healthOf()).toEqual({ state: 'OK' });
    expect(await home()).not.toContain('Intercom refuses access');
  });

  it('says at once that the token is refused, and that it is accepted again', async () => {
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status: 401,
      code: 'unauthorized',
      times: 'always',
    });
    const ping = () => app.ctx.intercom.agents.ping('sandbox');
    await expect(ping()).rejects.toThrow();
    expect(await healthOf()).toEqual(reinstall('Intercom refuses access'));
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    await ping();
    expect(await healthOf()).toEqual({ state: 'OK' });
  });

  it('shows longer work that keeps failing on Home, with its reason and the page about it', async () => {
    const desk = await signIn(app);
    const id = randomUUID();
    await app.query(
      `insert into backfills (id, workspace_id, campaign_id, wanted, state, progress, trouble, requested_by, created_at, started_with, touched_at)
       select $1, 'sandbox', id, '{"from": "campaign"}', 'running', '{}', 'The segment is gone.', 'Dana', now() - interval '1 day', 0, now() from campaigns limit 1`,
      [id],
    );
    const home = await desk.get('/console');
    expect(home.text).toContain('A backfill keeps failing: The segment is gone.');
    expect(home.html).toContain(`href="/console/backfills/${id}"`);
    await app.query('delete from backfills where id = $1', [id]);
    expect((await desk.get('/console')).text).not.toContain('A backfill keeps failing');
  });

  it('leads to the connection when the referral platform is away for more than an hour', async () => {
    await app.query(`insert into outages (workspace_id, service, failures, since, error)
      values ('sandbox', 'platform', 5, now(), 'Referral Factory refused the token')`);
    expect(await healthOf()).toEqual({ state: 'OK' });
    clock = 61 * 60_000;
    expect(await healthOf()).toEqual({
      state: 'UNHEALTHY',
      message: 'The referral platform cannot be reached: Referral Factory refused the token.',
      cta_type: 'URL_CTA',
      cta_label: 'Check the connection',
      cta_url: `${app.url}/console/connect`,
    });
    await expect.poll(told).toMatchObject({ cta_type: 'URL_CTA' });
    clock = 0;
    await app.query(`delete from outages where service = 'platform'`);
    await expect.poll(told).toEqual({ state: 'OK' });
    // That it was told is written down by then, too: the next test takes that table away.
    const settled = () => app.query('select from installation_checks where tried_at is null');
    await expect.poll(settled).toHaveLength(1);
  });

  it('is UNKNOWN when it is our own database that is in trouble', async () => {
    await app.query('alter table installation_checks rename to installation_checks_away');
    const answer = await ask({ workspace_id: 'sandbox' });
    await app.query('alter table installation_checks_away rename to installation_checks');
    expect(answer).toEqual({ status: 200, health: { state: 'UNKNOWN' } });
  });

  it('is told later when Intercom does not take it, and not every minute', async () => {
    await expect.poll(told).toEqual({ state: 'OK' });
    const match = { path: '/app_install/status' };
    await app.misbehave('/faults', { on: 'api', kind: 'status', status: 503, match, times: 'always' });
    const refused = () =>
      app.logged.filter((line) => line.includes('health of an installation could not be reported')).length;
    const before = refused();
    await app.query(`update installation_checks set missing_scopes = '["Write tags"]'`);
    await expect.poll(refused).toBe(before + 1);
    await wholeRound(app, 'reportHealth');
    expect(refused()).toBe(before + 1);
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    clock = 11 * 60_000;
    await expect.poll(told).toEqual(reinstall('Write tags'));
  });
});

async function settings(changes: object): Promise<void> {
  await fetch(`${app.sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(changes),
  });
}
