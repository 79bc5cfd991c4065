// Listens on a port, and stops without cutting requests that are in progress.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type express from 'express';
import { cutSlowRequests } from './slow-requests.ts';

const idleMs = 75_000;

/** The actual port, for when the configured port is 0. */
type Listening = { url: string; stop(): Promise<void> };

/** Cuts a request that is not complete by then: with Node's five minutes, a few callers could hold a lot. */
export function listen(
  app: express.Express,
  port: number,
  host: string,
  requestWithinMs = 10_000,
): Promise<Listening> {
  const server: Server = createServer({
    // Longer than the 60 seconds of load balancers, which could otherwise send a request into a closing connection.
    keepAliveTimeout: idleMs,
    // Counts from a request's first byte, so it does not close an idle connection.
    headersTimeout: requestWithinMs,
    connectionsCheckingInterval: 500,
  });
  cutSlowRequests(server, requestWithinMs);
  server.on('request', app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: chosen } = server.address() as AddressInfo;
      const shownHost = host.includes(':') ? `[${host}]` : host;
      resolve({ url: `http://${shownHost}:${chosen}`, stop: () => stopServer(server) });
    });
  });
}

/** Closes idle connections at once; requests in progress have ten seconds to finish. */
function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), 10_000);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });
}
