// The load generator, as its own process: autocannon with signed requests, and the callers' latencies.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { z } from 'zod';
import { notificationMaker } from '../notifications.ts';

export const connections = 50;

const load = z.discriminatedUnion('of', [
  z.object({
    of: z.literal('cards'),
    /** A JSON file of signed requests. */
    requests: z.string(),
    path: z.string(),
    /** Part of every correct response. */
    mustContain: z.string(),
  }),
  z.object({ of: z.literal('notifications'), clientSecret: z.string(), workspaces: z.int().optional() }),
]);
export type Load = z.infer<typeof load>;

const round = z.object({ url: z.string(), seconds: z.number(), load });
export type Round = z.infer<typeof round>;

const signedRequests = z.array(z.object({ body: z.string(), signature: z.string() }));

export const measured = z.object({
  requestsPerSecond: z.number(),
  /** Milliseconds. */
  p50: z.number(),
  p99: z.number(),
  answers: z.number(),
  /** Statuses other than 2xx, wrong responses, broken connections, and timeouts. */
  wrong: z.number(),
});
export type Measured = z.infer<typeof measured>;

process.on('message', async (message) => {
  process.send?.(await run(round.parse(message)));
});

process.once('disconnect', () => process.exit());

async function run({ url, seconds, load }: Round): Promise<Measured> {
  // autocannon's own histogram counts in whole milliseconds, too coarse to compare percentiles.
  const waited: number[] = [];
  const options: autocannon.Options = {
    url,
    connections,
    duration: seconds,
    ...(load.of === 'cards' ? cards(load) : notifications(load)),
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
    running.on('response', (_client, _status, _bytes, milliseconds) => waited.push(milliseconds));
  });
  waited.sort((left, right) => left - right);
  const at = (share: number) => waited[Math.floor(waited.length * share)] ?? Number.NaN;
  return {
    requestsPerSecond: waited.length / result.duration,
    p50: at(0.5),
    p99: at(0.99),
    answers: waited.length,
    wrong: result.non2xx + result.mismatches + result.errors + result.timeouts,
  };
}

function cards({ requests, path, mustContain }: Extract<Load, { of: 'cards' }>): Partial<autocannon.Options> {
  const signed = signedRequests
    .parse(JSON.parse(readFileSync(requests, 'utf8')))
    .map((request) => toRequest(path, request));
  let clients = 0;
  // A small program has fewer requests than there are connections.
  const lists = Math.min(connections, signed.length);
  return {
    // Each connection has its own requests: with a shared list they would step through it together.
    setupClient(client) {
      const own = clients++ % lists;
      client.setRequests(signed.filter((_, at) => at % lists === own));
    },
    verifyBody: (body) => String(body).includes(mustContain),
  };
}

function toRequest(path: string, { body, signature }: { body: string; signature: string }) {
  return {
    method: 'POST' as const,
    path,
    headers: { 'content-type': 'application/json', 'x-body-signature': signature },
    body,
  };
}

/** Created while sending: one that was sent before would be a duplicate, which is less work. */
function notifications({
  clientSecret,
  workspaces,
}: Extract<Load, { of: 'notifications' }>): Partial<autocannon.Options> {
  const next = notificationMaker(clientSecret, workspaces);
  return {
    requests: [
      {
        method: 'POST',
        path: '/intercom/webhooks',
        setupRequest(request) {
          const { body, signature } = next();
          const headers = { 'content-type': 'application/json', 'x-hub-signature': signature };
          return { ...request, headers, body };
        },
      },
    ],
  };
}
