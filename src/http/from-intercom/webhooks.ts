// Receives Intercom's notifications: verifies, stores durably, and responds with 200. A job handles them later.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import { Failure, statusOf } from '../../failure.ts';
import { verifyHubSignature } from '../../intercom/incoming/signature.ts';
import { parseJson } from '../../json.ts';
import type { Log } from '../../log.ts';
import type { AcceptDelivery, Accepted } from '../../usecases/qualification/store-deliveries.ts';
import { withTimeout } from '../../usecases/with-timeout.ts';
import { readRawBody } from './raw-body.ts';

// A whole contact is a few KB; nothing that Intercom documents comes near.
const maxBodyBytes = 5 * 1024 * 1024;
// Intercom waits for five seconds: https://developers.intercom.com/docs/webhooks/webhook-notifications
const answerWithinMs = 4_000;

type Received = Accepted | 'unreadable' | 'refused' | 'not-stored';

export type WebhookRouteDeps = {
  accept: AcceptDelivery;
  /** Null when the JSON is not a notification. */
  readEnvelope(json: unknown): Omit<NewDelivery, 'body'> | null;
  clientSecrets: readonly string[];
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Called once for each response; `topic` is null when it could not be read. */
  observe(topic: string | null, outcome: Received, seconds: number): void;
};

/** Handlers that end the response themselves, because this is the hot path. */
export function webhookHandlers(deps: WebhookRouteDeps) {
  async function receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const began = performance.now();
    const answer = (status: number, topic: string | null, outcome: Received) => {
      deps.observe(topic, outcome, (performance.now() - began) / 1000);
      res.writeHead(status, { 'Content-Length': 0 });
      res.end();
    };
    let delivery: NewDelivery | null;
    try {
      delivery = await readSigned(req);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.log.info({ path: req.url, why: error.message }, 'a notification was refused');
      if (error.code === 'too-large') res.setHeader('Connection', 'close');
      return answer(statusOf(error.code), null, 'refused');
    }
    // A retry would be no more readable, and errors make Intercom stop sending, so this responds with success.
    if (delivery === null) {
      deps.log.warn({ path: req.url }, 'a signed notification cannot be read');
      return answer(200, null, 'unreadable');
    }
    try {
      answer(200, delivery.topic, await withTimeout(answerWithinMs, deps.accept(delivery), tooLate));
    } catch (error) {
      const { workspaceId, notificationId, topic } = delivery;
      deps.log.error({ err: error, workspaceId, notificationId, topic }, 'a notification was not stored');
      answer(statusOf('unavailable'), topic, 'not-stored');
    }
  }

  async function readSigned(req: IncomingMessage): Promise<NewDelivery | null> {
    const raw = await readRawBody(req, maxBodyBytes);
    const verified = verifyHubSignature(raw, req.headers['x-hub-signature'], deps.clientSecrets);
    if (verified !== 'valid') throw new Failure('unauthorized', `The signature is ${verified}.`);
    const text = raw.toString('utf8');
    const envelope = deps.readEnvelope(jsonOrNothing(text));
    // PostgreSQL accepts only UTF-8; invalid bytes became replacement characters in the text.
    return envelope && { ...envelope, body: isUtf8(raw) ? raw : Buffer.from(text) };
  }

  return { receive, confirm };
}

/** Intercom checks an address with HEAD before it accepts it. */
function confirm(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Length': 0 });
  res.end();
}

/** If storing finishes after this response, the delivery is recognized when Intercom sends it again. */
function tooLate(): never {
  throw new Failure('unavailable', 'The request took too long.');
}

/** Undefined when it is not JSON. */
function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
