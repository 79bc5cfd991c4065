// Access tokens of the API: issued, listed and revoked from the shell while the app runs, and nothing else let in.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createSecrets } from '../../src/secrets.ts';
import { appSecret, client, type Desk, publicUrl, startDesk } from '../support/installing.ts';
import { type Ran, runCommandHere } from '../support/process/command.ts';

const installed = `insert into installations
  (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
  values ('ab12', 'Northwind', 'US', 'UTC', 'active', '{}', now(), now()),
         ('cd34', 'Elsewhere', 'EU', 'UTC', 'active', '{}', now(), now())`;

let desk: Desk;

beforeAll(async () => {
  desk = await startDesk();
  await desk.query(installed);
});
afterAll(() => desk?.stop());

const settings = (env: Environment) => ({
  PATH: process.env.PATH,
  DATABASE_URL: desk.databaseUrl,
  APP_SECRET: appSecret,
  ...env,
});

/** `npm run api-token -- …`, in the environment that the app has. */
const command = (args: string[], env: Environment = {}): Promise<Ran> =>
  runCommandHere('api-token', args, settings(env));

/** The same as a process of its own. */
const spawned = (args: string[]) =>
  promisify(execFile)(process.execPath, ['src/commands/api-token.ts', ...args], { env: settings({}) });

const lastLine = ({ stdout }: Pick<Ran, 'stdout'>) => stdout.trimEnd().split('\n').at(-1) ?? '';

async function statusWith(token: string, url = desk.url): Promise<number> {
  const answer = await fetch(`${url}/api/v1/campaigns`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

describe('npm run api-token', () => {
  it('prints a token that the running app takes, alone on the last line', async () => {
    const ran = await spawned(['--workspace', 'ab12', '--name', 'Shop']);
    expect(ran).toMatchObject({ stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) });
    expect(await statusWith(lastLine(ran))).toBe(200);
    expect(jwt.decode(lastLine(ran), { complete: true })).toMatchObject({
      header: { alg: 'HS256' },
      payload: { aud: 'referral-desk-api', sub: 'ab12', jti: expect.any(String) },
    });
  });

  it('lists a workspace’s tokens without showing them, and ends one at once', async () => {
    const token = lastLine(await command(['--workspace', 'ab12', '--name', 'To be ended']));
    const jti = jwt.decode(token, { json: true })?.jti ?? '';
    const listed = await command(['--workspace', 'ab12', '--list']);
    expect(listed.stdout).toMatch(new RegExp(`^${jti}  .*  active  "To be ended"$`, 'm'));
    expect(listed.stdout).not.toContain(token);
    expect((await command(['--workspace', 'cd34', '--list'])).stdout).toBe('');

    expect(await command(['--workspace', 'cd34', '--revoke', jti])).toMatchObject({ code: 1 });
    expect(await statusWith(token)).toBe(200);
    expect(await command(['--workspace', 'ab12', '--revoke', jti])).toMatchObject({ code: 0 });
    expect(await statusWith(token)).toBe(401);
    expect(await command(['--workspace', 'ab12', '--revoke', jti])).toMatchObject({ code: 1 });
    expect((await command(['--workspace', 'ab12', '--list'])).stdout).toContain(`${jti}  `);
  });

  it('makes a token with which AI agents may make changes only when asked to', async () => {
    await command(['--workspace', 'ab12', '--name', 'Reads']);
    await command(['--workspace', 'ab12', '--name', 'Changes', '--assistants-may-write']);
    const tokens = `select name, assistants_may_write as may from api_tokens where name in ('Reads', 'Changes') order by name`;
    expect(await desk.query(tokens)).toEqual([
      { name: 'Changes', may: true },
      { name: 'Reads', may: false },
    ]);
    const { stdout } = await command(['--workspace', 'ab12', '--list']);
    expect(stdout).toMatch(/agents may make changes {2}active {2}"Changes"/);
  });

  it('names the workspaces that there are when asked for another', async () => {
    const ran = await command(['--workspace', 'nope']);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('Workspace "nope" not found; installed workspaces: ab12, cd34.');
  });

  it('says how it is used, or which setting is missing, when it cannot work', async () => {
    expect((await command([])).stderr).toMatch(/^--workspace ID is required\nUsage:/);
    expect((await command(['--workspce', 'ab12'])).stderr).toContain('Usage:');
    expect((await command(['--workspace', 'ab12'], { APP_SECRET: 'short' })).stderr).toContain(
      'APP_SECRET must',
    );
  });

  it('works beside an app with the database that comes along', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'referral-desk-token-'));
    const env = { DATA_DIR: folder, DATABASE_URL: '', APP_SECRET: appSecret };
    const intercom = { INTERCOM_CLIENT_ID: client.id, INTERCOM_CLIENT_SECRET: client.secret };
    const config = readConfig({ ...env, ...intercom, PORT: '0', PUBLIC_URL: publicUrl });
    const app = await createApp(config, createLog('silent'));
    const database = new pg.Client(app.databaseUrl);
    try {
      await database.connect();
      await database.query(installed);
      const ran = await command(['--workspace', 'ab12'], env);
      expect(await statusWith(lastLine(ran), app.url)).toBe(200);
    } finally {
      await database.end();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('The API', () => {
  it('lets in no token but those that were issued for it and are in force', async () => {
    const token = lastLine(await command(['--workspace', 'ab12']));
    const jti = jwt.decode(token, { json: true })?.jti ?? '';
    const { sign } = createSecrets([appSecret]);
    const api = { audience: 'referral-desk-api', subject: 'ab12', jti } as const;
    expect(await statusWith(sign(api))).toBe(200);

    const refused = {
      'an unknown id': sign({ ...api, jti: 'unknown' }),
      'the id of another workspace’s token': sign({ ...api, subject: 'cd34' }),
      'another audience': sign({ ...api, audience: 'install' }),
      'an end in the past': sign({ ...api, expiresInSeconds: -1 }),
      'another secret': createSecrets(['another secret that is long enough for this']).sign(api),
      'no signature': jwt.sign({ sub: 'ab12', jti, aud: 'referral-desk-api' }, '', { algorithm: 'none' }),
      'the secret itself as key': jwt.sign({ sub: 'ab12', jti, aud: 'referral-desk-api' }, appSecret),
      'no form': 'nonsense',
      'no text': '',
    };
    for (const [what, bad] of Object.entries(refused)) {
      expect({ what, status: await statusWith(bad) }).toEqual({ what, status: 401 });
    }
  });
});
