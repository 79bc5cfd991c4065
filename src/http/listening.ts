// Listens on a port, and stops so that whoever is being answered still is.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type express from 'express';
import { cutSlowRequests } from './slow-requests.ts';

const idleMs = 75_000;

/** Where it listens, which matters when the port was 0. */
export type Listening = { url: string; stop(): Promise<void> };

/** A request that has not arrived whole within `requestWithinMs` is cut: Node's own five minutes let few callers hold much. */
export function listen(
  app: express.Express,
  port: number,
  host: string,
  requestWithinMs = 10_000,
): Promise<Listening> {
  const server: Server = createServer({
    // Longer than the 60 seconds after which load balancers close an idle connection: were we first, they would send a
    // request into a connection that is closing.
    keepAliveTimeout: idleMs,
    // Counts from a request's first byte, and so does not end a connection that is idle between two requests.
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

/** Idle connections are closed at once; requests in hand have ten seconds to be answered. */
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
