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

const person = z.looseObject({ type: z.string(), id: z.string() });
const messengerRequestSchema = z.looseObject({
  workspace_id: z.string(),
  context: z.looseObject({ location: z.string(), locale: z.string() }),
  contact: person.optional(),
  user: z.union([person, z.string()]).optional(),
  current_canvas: z.looseObject({}).optional(),
});

export type CanvasRequest = {
  path: string;
  raw: Buffer;
  signature: string | undefined;
  body: z.infer<typeof canvasRequestSchema>;
};

/** A request of the Messenger's; of a sheet, its form field is the body. */
export type MessengerRequest = {
  /** The last part of its path: `configure`, `submit` and so on. */
  kind: string;
  raw: Buffer;
  signature: string | undefined;
  // What a test looks into, it knows the shape of.
  body: z.infer<typeof messengerRequestSchema>;
};

export type Reply = {
  status?: number;
  type?: string;
  location?: string;
  headers?: Record<string, string>;
  body: string;
  /** Responds when this is done. */
  after?: Promise<unknown>;
};

export type FakeApp = {
  url: string;
  requests: CanvasRequest[];
  /** The response to the next requests; set it before they come. */
  answer: (request: CanvasRequest) => Reply;
  messengerRequests: MessengerRequest[];
  messengerAnswer: (request: MessengerRequest) => Reply;
  close(): void;
};

/** A valid response with these components. */
export function canvas(...components: unknown[]): Reply {
  return { body: JSON.stringify({ canvas: { content: { components }, stored_data: { v: 1 } } }) };
}

/** A valid live canvas of the app's. */
export function liveCanvas(app: FakeApp, storedData: object = { v: 1 }): Reply {
  const content_url = `${app.url}/intercom/messenger/content`;
  return { body: JSON.stringify({ canvas: { content_url, stored_data: storedData } }) };
}

/** What a live canvas shows. */
export function content(...components: unknown[]): Reply {
  return { body: JSON.stringify({ content: { components } }) };
}

/** A page of a sheet that Intercom would show. */
export function sheetPage(body = ''): Reply {
  const library = '<script src="/messenger-sheet-library.latest.js"></script>';
  return { type: 'text/html; charset=utf-8', body: `<!doctype html><title>Sheet</title>${library}${body}` };
}

/** Listens on a free port; everything but Canvas Kit requests (webhooks, say) gets an empty 200. */
export async function startFakeApp(): Promise<FakeApp> {
  const server = createServer(async (req, res) => {
    const raw = await buffer(req);
    const path = req.url ?? '';
    const signature = z.string().optional().parse(req.headers['x-body-signature']);
    const kind = /^\/intercom\/messenger\/([\w-]+)/.exec(path)?.[1];
    const isCard = path.startsWith('/intercom/inbox/');
    if (kind === undefined && !isCard) return void res.end();
    const reply = isCard ? answerCard(path, raw, signature) : answerMessenger(kind ?? '', raw, signature);
    await reply.after;
    res.writeHead(reply.status ?? 200, {
      'Content-Type': reply.type ?? 'application/json; charset=utf-8',
      ...reply.headers,
      ...(reply.location !== undefined && { Location: reply.location }),
    });
    res.end(reply.body);
  });
  const answerCard = (path: string, raw: Buffer, signature: string | undefined) => {
    const body = canvasRequestSchema.parse(JSON.parse(raw.toString()));
    const request = { path, raw, signature, body };
    app.requests.push(request);
    return app.answer(request);
  };
  const answerMessenger = (kind: string, raw: Buffer, signature: string | undefined) => {
    const text = kind === 'sheet' ? (new URLSearchParams(raw.toString()).get('intercom_data') ?? '') : raw;
    const body = messengerRequestSchema.parse(JSON.parse(text.toString()));
    const request = { kind, raw, signature, body };
    app.messengerRequests.push(request);
    return app.messengerAnswer(request);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  const app: FakeApp = {
    url: `http://127.0.0.1:${address.port}`,
    requests: [],
    answer: () => canvas({ type: 'text', text: 'Hello' }),
    messengerRequests: [],
    messengerAnswer: () => canvas({ type: 'text', text: 'Hello' }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return app;
}
