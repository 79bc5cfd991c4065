// A running app to install, and browsers to install it with.
import pg from 'pg';
import { createApp } from '../../src/app.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { freshDatabase } from './database/clone.ts';

export const publicUrl = 'https://desk.example.com';
export const appSecret = 'the app secret of the tests which is long enough';
export const client = { id: 'tests-client-id', secret: 'tests-client-secret' };

export type Desk = Awaited<ReturnType<typeof startDesk>>;

/** An app on its own database; against Intercom's own addresses unless `env` names others. */
export async function startDesk(env: Environment = {}) {
  const database = await freshDatabase();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const config = readConfig({
    PORT: '0',
    PUBLIC_URL: publicUrl,
    DATABASE_URL: database.url,
    APP_SECRET: appSecret,
    INTERCOM_CLIENT_ID: client.id,
    INTERCOM_CLIENT_SECRET: client.secret,
    // Each browser of a test has its own address, so that they do not use up each other's rate limit.
    TRUST_PROXY: '1',
    DRAIN_MS: '0',
    DATABASE_POOL: '12',
    ...env,
  });
  const app = await createApp(config, log);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  return {
    url: app.url,
    databaseUrl: database.url,
    publicUrl: config.publicUrl,
    logged: () => lines.join(''),
    query: async (statement: string) => (await pool.query<Record<string, unknown>>(statement)).rows,
    async stop() {
      await app.close();
      await pool.end();
      await database.drop();
    },
  };
}

export type Browser = ReturnType<typeof createBrowser>;

let browsers = 0;

/** Keeps cookies, follows no redirect by itself, and reaches the app at its actual address. */
export function createBrowser(desk: Pick<Desk, 'url' | 'publicUrl'>) {
  const cookies = new Map<string, string>();
  browsers += 1;
  // 198.18.0.0/15 is for tests, and no worker opens more browsers: RFC 2544.
  const address = `198.18.${Math.floor(browsers / 256)}.${browsers % 256}`;
  return {
    cookies,
    async open(url: string, init: RequestInit = {}): Promise<Response> {
      const toApp = url.startsWith('/') || url.startsWith(desk.publicUrl);
      const target = toApp ? desk.url + url.replace(desk.publicUrl, '') : url;
      const headers = new Headers(init.headers);
      if (toApp) {
        headers.set('x-forwarded-for', address);
        headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '));
      }
      const answer = await fetch(target, { ...init, headers, redirect: 'manual' });
      for (const cookie of toApp ? answer.headers.getSetCookie() : []) {
        const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/) ?? [];
        if (name !== undefined && value !== undefined) cookies.set(name, value);
      }
      return answer;
    },
  };
}

/** Starts an installation; returns the consent page's address, and its state. */
export async function begin(browser: Browser, query = ''): Promise<{ consent: URL; state: string }> {
  const answer = await browser.open(`/install${query}`);
  const consent = new URL(answer.headers.get('location') ?? '');
  return { consent, state: consent.searchParams.get('state') ?? '' };
}

export function callback(parameters: Record<string, string>): string {
  return `/install/callback?${new URLSearchParams(parameters)}`;
}

/** A page's text, without its markup. */
export async function textOf(answer: Response): Promise<string> {
  const page = await answer.text();
  return page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}
