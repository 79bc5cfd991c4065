// Starts the sandbox alone: `npm run sandbox`.
import { join } from 'node:path';
import { z } from 'zod';
import { takeNoArguments } from '../src/commands/support/usage.ts';
import { createSandbox } from './sandbox.ts';

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  DATA_DIR: z.string().default('./data'),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:3000'),
  INTERCOM_CLIENT_ID: z.string().min(1).default('sandbox-client-id'),
  INTERCOM_CLIENT_SECRET: z.string().min(1).default('sandbox-client-secret-not-for-production'),
});

takeNoArguments(`Usage: npm run sandbox   starts the sandbox alone.
  Variables: HOST, SANDBOX_PORT (4000), DATA_DIR (./data), PUBLIC_URL (address of the app),
  INTERCOM_CLIENT_ID, INTERCOM_CLIENT_SECRET`);

const parsed = environment.safeParse(process.env);
if (!parsed.success) {
  console.error(`The sandbox cannot start:\n${z.prettifyError(parsed.error)}`);
  process.exit(1);
}
const env = parsed.data;
// While a secret is being changed the app knows two, and Intercom signs with the first.
const [clientSecret = ''] = env.INTERCOM_CLIENT_SECRET.split(',');
const sandbox = await createSandbox({
  host: env.HOST,
  port: env.SANDBOX_PORT,
  folder: join(env.DATA_DIR, 'sandbox'),
  appUrl: env.PUBLIC_URL,
  clientId: env.INTERCOM_CLIENT_ID,
  clientSecret,
});
console.log(`The sandbox is at ${sandbox.url} and sends to the app at ${env.PUBLIC_URL}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.close());
}
