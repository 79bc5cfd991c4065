// A stand-in for the app: remembers what the sandbox sends it and answers as a test wants.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { vi } from 'vitest';

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

export type ReceivingApp = {
  url: string;
  received: Received[];
  /** The bodies of the notifications so far, parsed. */
  notifications(): { id: string; topic: string; delivery_attempts: number; data: { item: Item } }[];
  /** Decides the status of the next answers; null leaves a request without one. */
  answer: (request: Received) => number | null;
  /** Waits until so many requests have come. */
  gets(count: number): Promise<Received[]>;
  close(): Promise<void>;
};

export type Item = Record<string, unknown> & { custom_attributes?: Record<string, unknown> };

/** Starts it on a free port. */
export async function startReceivingApp(): Promise<ReceivingApp> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const request = {
      method: req.method ?? '',
      path: req.url ?? '',
      headers: req.headers,
      body: Buffer.concat(chunks).toString(),
    };
    app.received.push(request);
    const status = app.answer(request);
    if (status !== null) res.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const app: ReceivingApp = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    notifications: () => app.received.filter((one) => one.body !== '').map((one) => JSON.parse(one.body)),
    answer: () => 200,
    gets: (count) =>
      vi.waitFor(
        () => {
          if (app.received.length < count)
            throw new Error(`${app.received.length} of ${count} requests came`);
          return app.received;
        },
        { interval: 10 },
      ),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return app;
}
