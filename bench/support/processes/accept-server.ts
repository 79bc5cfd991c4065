// The app's acceptance of notifications and what it is measured against, each as its own process.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import express from 'express';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import { createApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { createServer } from '../../../src/http/server.ts';
import { readEnvelope } from '../../../src/intercom/incoming/envelope.ts';
import { createLog } from '../../../src/log.ts';
import { prepareDatabase } from '../../../src/store/prepare-database.ts';

const options = z.object({
  variant: z.enum(['bare', 'no-database', 'one-each', 'durable', 'working']),
  clientSecret: z.string(),
  databaseUrl: z.string(),
});
type Asked = z.infer<typeof options>;

const quiet = { info() {}, warn() {}, error: (fields: object) => console.error(fields) };

/** node:http alone, with the signature check. */
function bare({ clientSecret }: Asked): RequestListener {
  return async (req, res) => {
    const valid = isSigned(await buffer(req), req.headers['x-hub-signature'], clientSecret);
    res.writeHead(valid ? 200 : 401, { 'Content-Length': 0 });
    res.end();
  };
}

function isSigned(raw: Buffer, header: unknown, secret: string): boolean {
  const signature = Buffer.from(String(header).replace('sha1=', ''), 'hex');
  const expected = createHmac('sha1', secret).update(raw).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

type Accept = Parameters<typeof createServer>[0]['webhooks']['accept'];

/** The app's own server and handler. */
function own({ clientSecret }: Asked, accept: Accept): RequestListener {
  const noCard = () => Promise.reject(new Error('no card is asked for here'));
  return createServer({
    inbox: {
      open: noCard,
      press: noCard,
      clientSecrets: [],
      answerWithinMs: 1_900,
      log: quiet,
      observe() {},
    },
    messenger: [],
    webhooks: { accept, readEnvelope, clientSecrets: [clientSecret], log: quiet, observe() {} },
    routers: [],
    trustProxy: 0,
    deployment: { untrustedProxy: false },
    isPassing: () => false,
    log: quiet,
  });
}

/** The app itself; resolves with its port. Only `working` handles what it stored. */
async function wholeApp({ variant, clientSecret, databaseUrl }: Asked): Promise<number> {
  const config = readConfig({
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: databaseUrl,
    APP_SECRET: 'a secret of the benchmark that is long enough to be one',
    INTERCOM_CLIENT_ID: 'bench',
    INTERCOM_CLIENT_SECRET: clientSecret,
  });
  const app = await createApp(config, createLog('error'), { answersOnly: variant !== 'working' });
  return Number(new URL(app.url).port);
}

const insert = `insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state)
  values ($1, $2, $3, $4, $5, $6, 'received') on conflict do nothing returning id`;

const notification = z.object({
  app_id: z.string(),
  id: z.string().nullable(),
  topic: z.string(),
  data: z.object({ item: z.object({ id: z.string() }) }),
});

/**
 * The same row and its job by Express, in one transaction per request. Tuned: both statements are prepared, the pool
 * has the fastest number of connections (10, of 5, 10, 20 and 50), and the job sends no NOTIFY, which would make every
 * commit wait for the previous one and halve the throughput.
 */
async function oneEach({ clientSecret, databaseUrl }: Asked): Promise<RequestListener> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const boss = new PgBoss({ connectionString: databaseUrl });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('handle-one');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/intercom/webhooks', express.raw({ type: () => true, limit: '5mb' }), async (req, res) => {
    if (!isSigned(req.body, req.get('x-hub-signature'), clientSecret)) return void res.sendStatus(401);
    const text = req.body.toString();
    const { app_id, id, topic, data } = notification.parse(JSON.parse(text));
    const client = await pool.connect();
    try {
      await client.query('begin');
      const values = [app_id, id, topic, data.item.id, text, new Date()];
      const { rows } = await client.query({ name: 'insert', text: insert, values });
      const db = {
        executeSql: (text: string, values: unknown[] = []) => client.query({ name: 'enqueue', text, values }),
      };
      if (rows[0]) await boss.send('handle-one', { workspaceId: app_id, deliveryId: rows[0].id }, { db });
      await client.query('commit');
    } finally {
      client.release();
    }
    res.status(200).end();
  });
  return app;
}

async function listenerOf(
  options: Asked & { variant: Exclude<Asked['variant'], 'durable' | 'working'> },
): Promise<RequestListener> {
  switch (options.variant) {
    case 'bare':
      return bare(options);
    case 'no-database':
      return own(options, async () => 'stored');
    case 'one-each':
      return oneEach(options);
  }
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createHttpServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

process.once('message', async (message) => {
  const { variant, ...given } = options.parse(message);
  await prepareDatabase(given.databaseUrl);
  const port =
    variant === 'durable' || variant === 'working'
      ? await wholeApp({ variant, ...given })
      : await listen(await listenerOf({ variant, ...given }));
  process.send?.({ port });
});

// The parent process is gone or done. Node writes a profile only at a regular end.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
