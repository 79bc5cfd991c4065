// The app beside its own database, filled with a program: what the parts about a page, a question or a tool measure.
import { join } from 'node:path';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { startApp } from './processes/processes.ts';
import { fill } from './referrals.ts';
import { note } from './report.ts';
import type { Stage } from './stage.ts';

export const appSecret = 'a secret of the benchmark that is long enough to be one';

export async function startFilledApp(
  stage: Stage,
  referrals: number,
): Promise<{ url: string; databaseUrl: string }> {
  const dataDir = join(stage.folder, 'data');
  const app = await startApp(stage.onClear, {
    ...{ PORT: '0', PUBLIC_URL: 'http://localhost:3000', APP_SECRET: appSecret, DATA_DIR: dataDir },
    ...{ INTERCOM_CLIENT_ID: 'bench', INTERCOM_CLIENT_SECRET: 'the client secret of the benchmark' },
    ...{ INTERCOM_API_URL: stage.intercomUrl, INTERCOM_OAUTH_URL: stage.intercomUrl, LOG_LEVEL: 'info' },
  });
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log: { info() {}, warn() {} } });
  note(`  loading ${referrals} referrals`);
  await fill(server.url, referrals, appSecret);
  return { url: app.url, databaseUrl: server.url };
}
