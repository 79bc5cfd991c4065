// Intercom's two calls for the inbox card: a signed request in, a canvas out, whatever is down.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeAction } from '../../../canvas/action.ts';
import { render } from '../../../canvas/render.ts';
import type { InboxView } from '../../../canvas/view.ts';
import { Failure, statusOf } from '../../failure.ts';
import { verifyBodySignature } from '../../intercom/signature.ts';
import { type InboxRequest, readInboxRequest } from '../../intercom/wire.ts';
import type { Log } from '../../log.ts';
import type { Press } from '../../usecases/card/inbox.ts';
import type { Visit } from '../../usecases/card/visit.ts';
import { withTimeout } from '../../usecases/with-timeout.ts';
import { jsonIn, readRawBody } from './raw-body.ts';

// Canvas Kit bodies carry the whole conversation and have no documented maximum.
const maxBodyBytes = 10 * 1024 * 1024;

export type InboxRouteDeps = {
  open(visit: Visit): Promise<InboxView>;
  press(press: Press): Promise<InboxView>;
  /** A late card is a broken card. */
  answerWithinMs: number;
  clientSecrets: readonly string[];
  log: Pick<Log, 'info' | 'error'>;
  /** Called once for each rendered card, with its duration. */
  observe(call: 'initialize' | 'submit', screen: InboxView['screen'] | 'refused', seconds: number): void;
};

type Call = 'initialize' | 'submit';

/** Handlers that end the response themselves, because this is the hot path. */
export function inboxHandlers(deps: InboxRouteDeps) {
  async function handle(call: Call, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const began = performance.now();
    const took = () => (performance.now() - began) / 1000;
    try {
      const request = await readSigned(req);
      // The work continues and shows at the next refresh.
      const view = await withTimeout(deps.answerWithinMs, show(call, request), () => couldNotLoad);
      deps.observe(call, view.screen, took());
      sendJson(res, 200, draw(view, request));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.observe(call, 'refused', took());
      // Log neither the body, which is personal data, nor a digest, which helps a forger.
      deps.log.info({ path: req.url, why: error.message }, 'a card request was refused');
      // Do not read the rest of such a body.
      if (error.code === 'too-large' || error.code === 'unavailable') res.setHeader('Connection', 'close');
      sendJson(res, statusOf(error.code), '{}');
    }
  }

  async function readSigned(req: IncomingMessage): Promise<InboxRequest> {
    const raw = await readRawBody(req, maxBodyBytes);
    const verified = verifyBodySignature(raw, req.headers['x-body-signature'], deps.clientSecrets);
    if (verified !== 'valid') throw new Failure('unauthorized', `The signature is ${verified}.`);
    const request = readInboxRequest(jsonIn(raw));
    if (request === null) throw new Failure('unreadable', 'The body is not a Canvas Kit request.');
    return request;
  }

  async function show(call: Call, request: InboxRequest): Promise<InboxView> {
    try {
      if (call === 'initialize') return await deps.open(request);
      const action = request.componentId === null ? null : decodeAction(request.componentId);
      return await deps.press({ ...request, action });
    } catch (error) {
      deps.log.error({ err: error, workspaceId: request.workspaceId }, 'a card could not be built');
      return couldNotLoad;
    }
  }

  /** A canvas that fails to render is our bug, which must not cost the teammate the card. */
  function draw(view: InboxView, request: InboxRequest): string {
    try {
      return JSON.stringify(render(view));
    } catch (error) {
      deps.log.error({ err: error, workspaceId: request.workspaceId }, 'a card could not be drawn');
      return JSON.stringify(render(couldNotLoad));
    }
  }

  return {
    initialize: (req: IncomingMessage, res: ServerResponse) => handle('initialize', req, res),
    submit: (req: IncomingMessage, res: ServerResponse) => handle('submit', req, res),
  };
}

const couldNotLoad: InboxView = { screen: 'unavailable', what: 'referral-data', retry: { do: 'refresh' } };

function sendJson(res: ServerResponse, status: number, body: string): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}
