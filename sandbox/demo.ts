// `npm run demo`: the app and the sandbox together, installed through the real OAuth flow, with a story to look at.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type App, createApp } from '../src/app.ts';
import { type Config, ConfigError, readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { install } from './browser.ts';
import { seedReferrals } from './demo-data.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

/** Whatever is set is honoured; the rest gets what a demonstration needs. */
function demoEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...given };
  const sandboxFolder = join(resolve(env.DATA_DIR || './data'), 'sandbox');
  const sandboxUrl = `http://localhost:${env.SANDBOX_PORT || '4000'}`;
  env.APP_SECRET ||= keptSecret(sandboxFolder);
  env.INTERCOM_CLIENT_ID ||= 'sandbox-client-id';
  env.INTERCOM_CLIENT_SECRET ||= 'sandbox-client-secret-not-for-production';
  env.LOG_LEVEL ||= 'warn';
  return { ...env, INTERCOM_API_URL: sandboxUrl, INTERCOM_OAUTH_URL: `${sandboxUrl}/oauth` };
}

/** Made once and kept, since what it sealed has to be opened again at the next start. */
function keptSecret(folder: string): string {
  const file = join(folder, 'app-secret');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(48).toString('base64'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

type Demo = { app: App; sandbox: Sandbox; close(): Promise<void> };

/** The app first: webhooks that the sandbox still owes from last time go out as soon as it is up. */
async function startDemo(config: Config, env: NodeJS.ProcessEnv): Promise<Demo> {
  const app = await createApp(config, createLog(config.logLevel));
  const closing = [app.close];
  const close = async () => {
    for (const step of closing.splice(0)) await step();
  };
  try {
    const sandbox = await createSandbox({
      port: Number(env.SANDBOX_PORT || 4000),
      host: config.host,
      folder: join(resolve(env.DATA_DIR || './data'), 'sandbox'),
      appUrl: config.publicUrl,
      clientId: config.intercom.clientId,
      clientSecret: config.intercom.clientSecrets[0],
    });
    closing.push(sandbox.close);
    if (!(await app.installed('sandbox'))) await install(config.publicUrl);
    await seedReferrals(app.databaseUrl, config.publicUrl);
    return { app, sandbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}

try {
  const env = demoEnvironment(process.env);
  const config = readConfig(env);
  const { app, sandbox, close } = await startDemo(config, env);
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      // A second Ctrl-C while stopping must not cut the stop short.
      if (stopping) return;
      stopping = true;
      await close();
      process.exit(0);
    });
  }
  const sandboxUrl = env.INTERCOM_API_URL ?? sandbox.url;
  console.log(
    `\n  Inbox of the stand-in Intercom   ${sandboxUrl}\n  Referral Desk                    ${config.publicUrl}\n`,
  );
  console.log('  Open the inbox and choose Maya Okafor. Ctrl-C stops both.\n');
  const { token } = await app.access.issue('sandbox', 'demo');
  console.log(`ready app=${config.publicUrl} sandbox=${sandboxUrl} api-token=${token}`);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
