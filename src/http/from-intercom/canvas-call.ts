// One signed Canvas Kit call from Intercom: the bytes are verified and read, then answered in time with a canvas, or refused.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure, statusOf } from '../../failure.ts';
import { verifyBodySignature } from '../../intercom/incoming/signature.ts';
import { withTimeout } from '../../usecases/with-timeout.ts';
import { jsonIn, readRawBody } from './raw-body.ts';

// Canvas Kit bodies carry the whole conversation and have no documented maximum.
const maxBodyBytes = 10 * 1024 * 1024;

export type CanvasCall<Request, Made> = {
  clientSecrets: readonly string[];
  /** A late card is a broken card. */
  answerWithinMs: number;
  /** Null for JSON that is not a Canvas Kit request. */
  read(body: unknown): Request | null;
  /** Never rejects. When it is late, its work continues and shows at the next view. */
  answer(request: Request): Promise<Made>;
  /** In place of a late answer. */
  late: Made;
  /** The body that is sent. */
  draw(made: Made, request: Request): string;
  /** Called once for each call, with its duration in seconds. */
  observe(made: Made | 'refused', seconds: number): void;
  /** Log neither the body, which is personal data, nor a digest, which helps a forger. */
  logRefusal(why: string, req: IncomingMessage): void;
};

/** Ends the response itself, because this is the hot path. */
export async function handleCanvasCall<Request, Made>(
  call: CanvasCall<Request, Made>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const began = performance.now();
  const took = () => (performance.now() - began) / 1000;
  try {
    const request = await readSigned(call, req);
    const made = await withTimeout(call.answerWithinMs, call.answer(request), () => call.late);
    call.observe(made, took());
    sendJson(res, 200, call.draw(made, request));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    call.observe('refused', took());
    call.logRefusal(error.message, req);
    // Do not read the rest of such a body.
    if (error.code === 'too-large' || error.code === 'unavailable') res.setHeader('Connection', 'close');
    sendJson(res, statusOf(error.code), '{}');
  }
}

async function readSigned<Request>(
  { clientSecrets, read }: Pick<CanvasCall<Request, unknown>, 'clientSecrets' | 'read'>,
  req: IncomingMessage,
): Promise<Request> {
  const raw = await readRawBody(req, maxBodyBytes);
  const verified = verifyBodySignature(raw, req.headers['x-body-signature'], clientSecrets);
  if (verified !== 'valid') throw new Failure('unauthorized', `The signature is ${verified}.`);
  const request = read(jsonIn(raw));
  if (request === null) throw new Failure('unreadable', 'The body is not a Canvas Kit request.');
  return request;
}

function sendJson(res: ServerResponse, status: number, body: string): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}
