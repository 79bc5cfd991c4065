// `npm run demo`: the app and the sandbox together, installed through the real OAuth flow, with a story to look at.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type App, createApp } from '../src/app.ts';
import { takeNoArguments } from '../src/commands/support/usage.ts';
import { type Config, readConfig } from '../src/config.ts';
import { byCommand } from '../src/domain/workspace/audit.ts';
import { createLog } from '../src/log.ts';
import { issueApiToken } from '../src/usecases/workspace/api-tokens.ts';
import { install } from './browser.ts';
import { type MailCatcher, startMailCatcher } from './messages/catcher.ts';
import { connectReferralFactory } from './referral-factory/connect.ts';
import { autumn } from './referral-factory/seed.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { seedReferrals } from './story/demo-data.ts';
import { demoStage } from './story/demo-enrollment.ts';

/** Variables that are set are honored; the rest gets what a demonstration needs. */
function demoEnvironment(environment: NodeJS.ProcessEnv, mailUrl: string): NodeJS.ProcessEnv {
  const env = { ...environment };
  const sandboxUrl = `http://localhost:${env.SANDBOX_PORT || '4000'}`;
  env.APP_SECRET ||= keptSecret(resolve(env.DATA_DIR || './data'));
  env.INTERCOM_CLIENT_ID ||= 'sandbox-client-id';
  env.INTERCOM_CLIENT_SECRET ||= 'sandbox-client-secret-not-for-production';
  env.LOG_LEVEL ||= 'warn';
  env.SMTP_URL ||= mailUrl;
  env.MAIL_FROM ||= 'Referral Desk <desk@northwind.example>';
  // The sandbox's Referral Factory is on this machine.
  env.ALLOW_PRIVATE_PLATFORMS ||= 'true';
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

type Demo = { app: App; sandbox: Sandbox; token: string; close(): Promise<void> };

/** The app first: webhooks that the sandbox still owes from last time go out as soon as it is up. */
async function startDemo(config: Config, env: NodeJS.ProcessEnv, mail: MailCatcher): Promise<Demo> {
  const app = await createApp(config, createLog(config.logLevel));
  const closing = [app.close, mail.close];
  const close = async () => {
    for (const step of closing.splice(0)) await step();
  };
  try {
    const { token } = await issueApiToken(app.ctx, 'sandbox', 'demo', byCommand);
    const sandbox = await createSandbox({
      port: Number(env.SANDBOX_PORT || 4000),
      host: config.host,
      folder: join(resolve(env.DATA_DIR || './data'), 'sandbox'),
      appUrl: config.publicUrl,
      clientId: config.intercom.clientId,
      clientSecret: config.intercom.clientSecrets[0],
      apiToken: token,
      caught: mail.caught,
      // As Intercom is in everything but this: who follows the README's steps should see that the search lags, but not wait
      // two minutes for it.
      settings: { search_lag_ms: 2_000 },
    });
    closing.push(sandbox.close);
    closing.push(keepAddress(resolve(env.DATA_DIR || './data'), env.INTERCOM_API_URL ?? sandbox.url));
    // A database may be older than the sandbox beside it, and its token then unknown to the sandbox.
    const granted = sandbox.world.tokens.all().length > 0;
    if (!granted || !(await app.installed('sandbox'))) await install(config.publicUrl);
    // What a teammate does once in Intercom's settings of the Messenger.
    if (!granted) await sandbox.messenger.insert({ place: 'home', admin_id: '7310001' }, null);
    await seedReferrals(app.databaseUrl, demoStage(env.INTERCOM_API_URL ?? sandbox.url));
    await connectReferralFactory({
      databaseUrl: app.databaseUrl,
      appSecrets: config.appSecrets,
      sandboxUrl: env.INTERCOM_API_URL ?? sandbox.url,
      world: sandbox.world,
      publicUrl: config.publicUrl,
    });
    return { app, sandbox, token, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const referrers = z.object({
  data: z.array(z.object({ link: z.string(), campaign: z.object({ name: z.string() }) })),
});

/** The join links of the story's referrers, as lines to read; none in a database that holds other data. */
async function waysIn(appUrl: string, sandboxUrl: string, token: string): Promise<string[]> {
  const answer = await fetch(`${appUrl}/api/v1/referrers?email=top.referrer@example.com`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const spring = referrers
    .safeParse(await answer.json())
    .data?.data.find((referrer) => referrer.campaign.name === 'Spring');
  if (!spring) return [];
  return [
    `  Join as a friend of a customer: ${spring.link}`,
    `  or through Referral Factory: ${sandboxUrl}/shop/autumn?ref=${autumn.referrerCode}`,
  ];
}

/** What a person who only wanted to look can act on, without a stack. */
function explained(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.includes('EADDRINUSE')
    ? `${message}\nSet PORT (the app) and SANDBOX_PORT (the inbox) to free ports.`
    : message;
}

takeNoArguments(`Usage: npm run demo   starts the app and a sandbox for Intercom, with sample data. Ctrl-C stops both.
  Variables: PORT (3000), SANDBOX_PORT (4000), DATA_DIR (./data); all variables in README.md apply.
  Delete DATA_DIR to start over.`);

try {
  const mail = await startMailCatcher();
  const env = demoEnvironment(process.env, mail.url);
  const config = readConfig(env);
  const { sandbox, token, close } = await startDemo(config, env, mail);
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
  console.log(`\n  Inbox (sandbox for Intercom)   ${sandboxUrl}`);
  console.log(
    `  Referral Desk                    ${config.publicUrl}  (its API: ${config.publicUrl}/openapi.json)`,
  );
  console.log(`  Its console                      ${config.publicUrl}/console  (sign in as Aoife Brennan)`);
  console.log(`  Sent mail and chat messages      ${sandboxUrl}/messages`);
  console.log(`  Messenger of your users          ${sandboxUrl}/messenger`);
  console.log(`  Fin, who answers them            ${sandboxUrl}/fin`);
  console.log(`  An AI assistant                  ${sandboxUrl}/assistant
`);
  console.log('  Open the inbox and choose Maya Okafor. Ctrl-C stops both.');
  for (const line of await waysIn(config.publicUrl, sandboxUrl, token)) console.log(line);
  console.log('');
  console.log(`ready app=${config.publicUrl} sandbox=${sandboxUrl} api-token=${token}`);
} catch (error) {
  console.error(explained(error));
  process.exit(1);
}
