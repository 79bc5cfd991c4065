// npm run keys: the APP_SECRET is changed under a running app, and nothing stops for it.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { createLog } from '../../src/log.ts';
import { createSecrets } from '../../src/secrets.ts';
import { issueApiToken } from '../../src/usecases/workspace/api-tokens.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { runCommandHere } from '../support/process/command.ts';
import { openCard } from '../support/teammate.ts';

const newer = 'the next secret which is long enough to be one too';
let app: TestApp;
let older: string;

beforeAll(async () => {
  app = await startTestApp();
  older = app.environment.APP_SECRET ?? '';
  const { seal } = createSecrets([older]);
  const url = seal('sandbox', 'https://chat.example.com/hook');
  await app.query(
    `insert into alert_channels (id, workspace_id, name, sealed_url, topics, created_at)
     values (gen_random_uuid(), 'sandbox', '#keys', $1, '[]', now())`,
    [url],
  );
  await app.query(
    `insert into user_token_secrets (id, workspace_id, sealed_secret, created_at) values (gen_random_uuid(), 'sandbox', $1, now())`,
    [url],
  );
  await app.query(
    `insert into reward_webhooks (workspace_id, sealed_url, sealed_secret, sealed_previous_secret, created_at)
     values ('sandbox', $1, $1, $1, now())`,
    [url],
  );
});
afterAll(() => app?.close());

const keys = (appSecret: string, args: string[] = []) =>
  runCommandHere('keys', args, { DATABASE_URL: app.databaseUrl, APP_SECRET: appSecret });

async function sealed(): Promise<string[]> {
  const rows = await app.query<{ sealed: string }>(
    `select unnest(array[sealed_token]) as sealed from installations
     union all select unnest(array[sealed_token, sealed_hook_secret]) from connections
     union all select sealed_url from alert_channels
     union all select sealed_secret from user_token_secrets
     union all select unnest(array[sealed_url, sealed_secret, sealed_previous_secret]) from reward_webhooks`,
  );
  return rows.map((row) => row.sealed);
}

describe('npm run keys', () => {
  it('has nothing to do as long as there is one secret', async () => {
    const before = await sealed();
    const { code, stdout } = await keys(older);
    expect(code).toBe(0);
    expect(stdout).toContain('Intercom access tokens: 1, of which 0 were encrypted again');
    expect(stdout).toContain('Remove it from the environment');
    expect(await sealed()).toEqual(before);
  });

  it('seals everything with the new one while an app that knows both goes on', async () => {
    await app.stopApp();
    const both = { ...app.environment, APP_SECRET: `${older},${newer}` };
    const running = await createApp(readConfig(both), createLog('silent'));
    const api = (await issueApiToken(running.ctx, 'sandbox', 'Shop', byCommand)).token;
    const { code, stdout } = await keys(`${newer},${older}`);
    expect(code).toBe(0);
    expect(stdout).toContain('Intercom access tokens: 1, of which 1 were encrypted again');
    expect(stdout).toContain('Connections to referral platforms: 1, of which 1 were encrypted again');
    expect(stdout).toContain('Alert channels: 1, of which 1 were encrypted again');
    expect(stdout).toContain('Reward webhooks: 1, of which 1 were encrypted again');
    const onlyNew = createSecrets([newer]);
    for (const text of await sealed()) expect(onlyNew.open('sandbox', text)).not.toBe('');
    expect((await openCard(app, { email: 'pending.lead@example.com' })).text).toContain('Pending');
    await usesBothTokens(running.url, api);
    expect(stdout).toContain('"Shop"');
    expect(stdout).toContain('Keep the previous APP_SECRET');
    await running.close();
  });

  it('says that the old one Remove it from the environment once no API token needs it', async () => {
    await app.query('update api_tokens set revoked_at = now()');
    const running = await createApp(
      readConfig({ ...app.environment, APP_SECRET: `${newer},${older}` }),
      createLog('silent'),
    );
    const api = (await issueApiToken(running.ctx, 'sandbox', 'Shop', byCommand)).token;
    await running.close();
    expect((await keys(`${newer},${older}`)).stdout).toContain('Remove it from the environment');
    const after = await createApp(readConfig({ ...app.environment, APP_SECRET: newer }), createLog('silent'));
    await usesBothTokens(after.url, api);
    await after.close();
  });

  it('names what no secret opens, and changes none of it', async () => {
    const before = await sealed();
    const { code, stdout } = await keys('a secret that has never been the app’s but is long enough');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'decrypts: sandbox. Add the APP_SECRET that encrypted them, or install there again.',
    );
    expect(stdout).not.toContain('Remove it from the environment');
    expect(await sealed()).toEqual(before);
  });

  it('prints no secret, and how it is used when it is used wrongly', async () => {
    const { stdout, stderr } = await keys(`${newer},${older}`);
    for (const secret of [newer, older, ...(await sealed())]) expect(stdout + stderr).not.toContain(secret);
    const wrong = await keys(newer, ['--help-me']);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Usage: npm run keys') });
  });
});

it('is not needed after a start with a new secret, which seals everything again', async () => {
  const newest = 'a third secret which is long enough to be one as well';
  const environment = { ...app.environment, APP_SECRET: `${newest},${newer}` };
  await (await createApp(readConfig(environment), createLog('silent'))).close();
  const onlyNewest = createSecrets([newest]);
  const all = await sealed();
  expect(all).toHaveLength(8);
  for (const text of all) expect(onlyNewest.open('sandbox', text)).not.toBe('');
});

/** The company's to us, and ours to Intercom. */
async function usesBothTokens(url: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${url}/api/v1/campaigns`, { headers })).status).toBe(200);
  const [row] = await app.query<{ sealed: string }>('select sealed_token as sealed from installations');
  const granted = createSecrets([newer]).open('sandbox', row?.sealed ?? '');
  const me = await fetch(`${app.sandbox.url}/me`, { headers: { authorization: `Bearer ${granted}` } });
  expect(me.status).toBe(200);
}

it('keeps the secrets of user tokens that earlier versions kept for the Messenger and for Fin', async () => {
  const client = new pg.Client(app.databaseUrl);
  await client.connect();
  await client.query('begin');
  await client.query('drop table user_token_secrets');
  for (const [table, sealedSecret] of [
    ['messenger_secrets', 'of the Messenger'],
    ['fin_user_secrets', 'of Fin'],
  ]) {
    await client.query(
      `create table ${table} (workspace_id text primary key, sealed_secret text, created_at timestamptz)`,
    );
    await client.query(`insert into ${table} values ('sandbox', $1, '2026-01-02T03:04:05Z')`, [sealedSecret]);
  }
  const migration = '../../src/store/migrations/0035_share_user_token_secrets.sql';
  await client.query(readFileSync(new URL(migration, import.meta.url), 'utf8'));
  const { rows } = await client.query(
    `select workspace_id, sealed_secret, created_at::text like '2026-01-0%' as dated from user_token_secrets order by 2`,
  );
  await client.end();
  expect(rows).toEqual([
    { workspace_id: 'sandbox', sealed_secret: 'of Fin', dated: true },
    { workspace_id: 'sandbox', sealed_secret: 'of the Messenger', dated: true },
  ]);
});
