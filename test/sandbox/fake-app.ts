// A tiny app behind the sandbox: records the raw requests and responds with what the test sets.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const canvasRequestSchema = z.looseObject({
  workspace_id: z.string(),
  workspace_region: z.string(),
  admin: z.looseObject({ id: z.string(), name: z.string() }),
  conversation: z.looseObject({ id: z.string() }),
  contact: z.looseObject({ id: z.string(), role: z.string() }),
  component_id: z.string().optional(),
  input_values: z.record(z.string(), z.unknown()).optional(),
  current_canvas: z.record(z.string(), z.unknown()).optional(),
});

export type CanvasRequest = {
  path: string;
  raw: Buffer;
  signature: string | undefined;
  body: z.infer<typeof canvasRequestSchema>;
};

export type Reply = {
  status?: number;
  type?: string;
  location?: string;
  body: string;
  /** Responds when this is done. */
  after?: Promise<unknown>;
};

export type FakeApp = {
  url: string;
  requests: CanvasRequest[];
  /** The response to the next requests; set it before they come. */
  answer: (request: CanvasRequest) => Reply;
  close(): void;
};

/** A valid response with these components. */
export function canvas(...components: unknown[]): Reply {
  return { body: JSON.stringify({ canvas: { content: { components }, stored_data: { v: 1 } } }) };
}

/** Listens on a free port; everything but Canvas Kit requests (webhooks, say) gets an empty 200. */
export async function startFakeApp(): Promise<FakeApp> {
  const server = createServer(async (req, res) => {
    const raw = await buffer(req);
    const path = req.url ?? '';
    if (!path.startsWith('/intercom/inbox/')) return void res.end();
    const body = canvasRequestSchema.parse(JSON.parse(raw.toString()));
    const signature = z.string().optional().parse(req.headers['x-body-signature']);
    const request = { path, raw, signature, body };
    app.requests.push(request);
    const reply = app.answer(request);
    await reply.after;
    res.writeHead(reply.status ?? 200, {
      'Content-Type': reply.type ?? 'application/json; charset=utf-8',
      ...(reply.location !== undefined && { Location: reply.location }),
    });
    res.end(reply.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  const app: FakeApp = {
    url: `http://127.0.0.1:${address.port}`,
    requests: [],
    answer: () => canvas({ type: 'text', text: 'Hello' }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return app;
}
