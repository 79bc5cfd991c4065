// The real app beside the real sandbox, installed through OAuth, on its own database.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import pg from 'pg';
import { install } from '../../sandbox/browser.ts';
import type { Caught } from '../../sandbox/messages/catcher.ts';
import { connectReferralFactory } from '../../sandbox/referral-factory/connect.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import type { SettingsChange } from '../../sandbox/settings.ts';
import { seedReferrals } from '../../sandbox/story/demo-data.ts';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { createLog } from '../../src/log.ts';
import { createSecrets } from '../../src/secrets.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';
import { issueApiToken } from '../../src/usecases/workspace/api-tokens.ts';
import type { Overrides } from '../../src/wiring/context.ts';
import { type Database, filledDatabase, freshDatabase } from './database/clone.ts';
import { flawsInDayCounts } from './day-counts.ts';

export const clientSecret = 'cs_test_0123456789abcdef';
export const previousClientSecret = 'cs_test_before_the_rotation';
const appSecret = 'a test secret that is long enough to be one';

export type TestApp = {
  url: string;
  sandbox: Sandbox;
  databaseUrl: string;
  ctx: App['ctx'];
  /** The app's log so far, a line each. */
  logged: string[];
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** An API token for the workspace `sandbox`, or another one; histories show its name. */
  apiToken(workspaceId?: string, name?: string): Promise<string>;
  /** The sandbox's admin API. */
  misbehave(path: string, body: object): Promise<unknown>;
  /** The app's settings, for starting another process. */
  environment: Record<string, string>;
  /** Stops the app, and leaves its database and the sandbox as they are. */
  stopApp(): Promise<void>;
  close(): Promise<void>;
};

/**
 * For a test that sets up contacts all along, as if they had been there for a while: the lag of searches is not what it
 * is about.
 */
export const promptSearch = { search_lag_ms: 0 } satisfies SettingsChange;

type Options = {
  story?: boolean;
  installed?: boolean;
  /** Of the sandbox, which is as Intercom unless told otherwise. */
  settings?: SettingsChange;
  overrides?: Overrides;
  /** What the sandbox shows as mail and chat; with a mail catcher's, its mail, too. */
  caught?: Caught[];
  database?: Database;
  environment?: Record<string, string>;
};

/**
 * `story` (the default) seeds both sides as `npm run demo` does; `installed` (the default) means through OAuth. Both
 * come from a template unless a database is passed, which the test runner's absence requires.
 */
export async function startTestApp(options: Options = {}): Promise<TestApp> {
  const { story = true, installed = true } = options;
  if (options.database) {
    await prepareDatabase(options.database.url);
    return startApp({ ...options, story, installed, database: options.database });
  }
  if (!installed) return startApp({ ...options, story, installed, database: await freshDatabase() });
  const database = await filledDatabase(story ? 'template_story' : 'template_installed', async (empty) => {
    const app = await startApp({ database: empty, story, installed, overrides: { answersOnly: true } });
    await app.close();
  });
  return startApp({ ...options, story, installed, database });
}

async function startApp(
  options: Options & { story: boolean; installed: boolean; database: Database },
): Promise<TestApp> {
  const { story, installed, database } = options;
  const sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: 'http://127.0.0.1:1',
    clientId: 'test-client-id',
    clientSecret,
    settings: options.settings ?? {},
    ...(options.caught && { caught: options.caught }),
  });
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  sandbox.setAppUrl(publicUrl);
  const environment = environmentOf(options, port, sandbox.url);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {});
  const isGranted = await takeGrantsOver(sandbox, pool);
  if (story) {
    if (!isGranted) await seedReferrals(database.url);
    await connectReferralFactory({
      databaseUrl: database.url,
      appSecrets: [environment.APP_SECRET],
      sandboxUrl: sandbox.url,
      world: sandbox.world,
      publicUrl,
    });
  }
  const logged: string[] = [];
  const app = await createApp(
    readConfig(environment),
    createLog('debug', { write: (line) => void logged.push(line) }),
    // A deletion waits for a merge, and a card or Fin is given up, only where a test is about that.
    {
      cardAnswerMs: 30_000,
      finAnswerMs: 30_000,
      mergeSettlesMs: 0,
      deletionSettlesMs: 0,
      ...options.overrides,
    },
  );
  if (installed && !isGranted) await install(publicUrl);
  return {
    url: publicUrl,
    sandbox,
    databaseUrl: database.url,
    ctx: app.ctx,
    logged,
    query: async (text, values) => (await pool.query(text, values)).rows,
    apiToken: async (workspaceId = 'sandbox', name = 'test') =>
      (await issueApiToken(app.ctx, workspaceId, name, byCommand)).token,
    misbehave: (path, body) => postJson(`${sandbox.url}/sandbox${path}`, body),
    environment,
    stopApp: app.close,
    async close() {
      await app.close();
      // Whatever a test did: an exact count is kept with every change.
      const flaws = await flawsInDayCounts(pool).finally(() => pool.end());
      await sandbox.close();
      await database.drop();
      if (flaws.length > 0) throw new Error(`Day counts are wrong: ${JSON.stringify(flaws)}`);
    },
  };
}

function environmentOf(options: Options & { database: Database }, port: number, sandboxUrl: string) {
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: options.database.url,
    APP_SECRET: appSecret,
    INTERCOM_CLIENT_ID: 'test-client-id',
    INTERCOM_CLIENT_SECRET: `${clientSecret},${previousClientSecret}`,
    INTERCOM_API_URL: sandboxUrl,
    INTERCOM_OAUTH_URL: `${sandboxUrl}/oauth`,
    // Each browser of a test has its own address, so that they do not use up each other’s rate limit.
    TRUST_PROXY: '1',
    DRAIN_MS: '0',
    // Several workers, with an app or two each, share the 100 connections of one server.
    DATABASE_POOL: '12',
    ALLOW_PRIVATE_PLATFORMS: 'true',
    ...options.environment,
  };
}

type Grant = { sealed_token: string; teammate: string };

/**
 * The installations of a template were granted by a sandbox that is gone: this one takes their tokens over. False when
 * nothing is installed.
 */
async function takeGrantsOver(sandbox: Sandbox, pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<Grant>(
    `select sealed_token, installed_by ->> 'id' as teammate from installations where workspace_id = 'sandbox'`,
  );
  for (const { sealed_token, teammate } of rows) {
    sandbox.world.tokens.put({
      id: createSecrets([appSecret]).open('sandbox', sealed_token),
      client_id: 'test-client-id',
      admin_id: teammate,
      revoked: false,
      created_at: sandbox.world.now(),
    });
  }
  return rows.length > 0;
}

async function postJson(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Independent of the app's own signing: what Intercom documents. */
export function sign(raw: string | Uint8Array, secret = clientSecret): string {
  return createHmac('sha256', secret).update(raw).digest('hex');
}
