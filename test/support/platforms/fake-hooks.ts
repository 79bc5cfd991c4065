// Receives webhooks and records them.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

export type ReceivedHook = { headers: IncomingHttpHeaders; body: unknown };

/** Listens on a free port and responds to everything with an empty 200. */
export async function startFakeHooks() {
  const received: ReceivedHook[] = [];
  const server = createServer(async (req, res) => {
    received.push({ headers: req.headers, body: JSON.parse(await text(req)) });
    res.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
