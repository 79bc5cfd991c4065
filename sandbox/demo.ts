// `npm run demo`: the app and the sandbox together, installed through the real OAuth flow, with a story to look at.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type App, createApp } from '../src/app.ts';
import { type Config, readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { install } from './browser.ts';
import { seedReferrals } from './demo-data.ts';
import { connectReferralFactory } from './referral-factory/connect.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

/** Whatever is set is honoured; the rest gets what a demonstration needs. */
function demoEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...given };
  const sandboxUrl = `http://localhost:${env.SANDBOX_PORT || '4000'}`;
  env.APP_SECRET ||= keptSecret(resolve(env.DATA_DIR || './data'));
  env.INTERCOM_CLIENT_ID ||= 'sandbox-client-id';
  env.INTERCOM_CLIENT_SECRET ||= 'sandbox-client-secret-not-for-production';
  env.LOG_LEVEL ||= 'warn';
  return { ...env, INTERCOM_API_URL: sandboxUrl, INTERCOM_OAUTH_URL: `${sandboxUrl}/oauth` };
}

/** Made once and kept where `npm run api-token` finds it, since the next start has to open what it sealed. */
function keptSecret(folder: string): string {
  const file = join(folder, 'app-secret');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(48).toString('base64'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

/** Where the command-line tools find the sandbox for as long as it runs; returns how to forget it. */
function keepAddress(folder: string, sandboxUrl: string): () => Promise<void> {
  const file = join(folder, 'intercom-api-url');
  writeFileSync(file, sandboxUrl);
  return () => rm(file, { force: true });
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
    closing.push(keepAddress(resolve(env.DATA_DIR || './data'), env.INTERCOM_API_URL ?? sandbox.url));
    // A database may be older than the sandbox beside it, and its token then nobody's.
    const granted = sandbox.world.tokens.all().length > 0;
    if (!granted || !(await app.installed('sandbox'))) await install(config.publicUrl);
    await seedReferrals(app.databaseUrl, config.publicUrl);
    await connectReferralFactory({
      databaseUrl: app.databaseUrl,
      appSecrets: config.appSecrets,
      sandboxUrl: env.INTERCOM_API_URL ?? sandbox.url,
      world: sandbox.world,
      publicUrl: config.publicUrl,
    });
    return { app, sandbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a person who only wanted to look can act on, without a stack. */
function explained(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.includes('EADDRINUSE')
    ? `${message}\nChoose other ports with PORT (the app) and SANDBOX_PORT (the inbox).`
    : message;
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
  console.log(`\n  Inbox of the stand-in Intercom   ${sandboxUrl}`);
  console.log(
    `  Referral Desk                    ${config.publicUrl}  (its API: ${config.publicUrl}/openapi.json)\n`,
  );
  console.log('  Open the inbox and choose Maya Okafor. Ctrl-C stops both.\n');
  const { token } = await app.access.issue('sandbox', 'demo');
  console.log(`ready app=${config.publicUrl} sandbox=${sandboxUrl} api-token=${token}`);
} catch (error) {
  console.error(explained(error));
  process.exit(1);
}
