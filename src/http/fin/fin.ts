// Data connectors of Fin's: what a workspace's connector key may ask. Business outcomes are always 200, with what to say.
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { unavailableAnswer } from '../../domain/fin/answer.ts';
import type { NamedBy } from '../../domain/fin/identity.ts';
import { type ConnectorName, type FinOutcome, purposes, questions } from '../../domain/fin/question.ts';
import { speakerFor } from '../../domain/fin/speaker.ts';
import { Failure, statusOf } from '../../failure.ts';
import { answerQuestion, type FinReply, type FinRequest } from '../../usecases/fin/answer-question.ts';
import { countRequest } from '../../usecases/fin/fin-counts.ts';
import { type FinKey, looksLikeFinKey, verifyFinKey } from '../../usecases/fin/fin-keys.ts';
import { createFinLimit, type FinLimit } from '../../usecases/fin/fin-limit.ts';
import { doRequest } from '../../usecases/fin/fin-requests.ts';
import { withTimeout } from '../../usecases/with-timeout.ts';
import { exactJson } from '../api/exact-json.ts';
import { limitTo } from '../limits.ts';

const refusedKeysPerMinute = 120;

/** Mount at /fin/v1. */
export function finRoutes(ctx: Context): Router {
  const router = express.Router();
  const limit = createFinLimit(ctx);
  const countRefusal = limitTo(refusedKeysPerMinute, (_request, next) => next(tooManyRefused));
  router.use((_request, response, next) => {
    // Personal data, for Fin alone.
    response.set('Cache-Control', 'no-store');
    next();
  });
  const handle =
    (name: ConnectorName, answer: Answering): RequestHandler =>
    async (request, response, next) => {
      const began = performance.now();
      const outcome = await withTimeout(
        ctx.timing.finAnswerMs,
        attempt(ctx, limit, name, request, answer),
        (): Outcome => ({ state: 'failed', error: new Error('no answer in time') }),
      );
      if (outcome.state === 'bad-key') {
        response.set('WWW-Authenticate', `Bearer realm="referral-desk-fin"${outcome.hint}`);
        await countRefusal(request, response, (tooMany?: unknown) => next(tooMany ?? outcome.refusal));
        return;
      }
      respond(ctx, name, request, response, outcome, performance.now() - began);
    };
  for (const question of questions)
    router.get(
      `/${question}`,
      handle(question, (asked) => answerQuestion(ctx, question, asked)),
    );
  const readBody = exactJson({ limit: '20kb', type: () => true });
  for (const purpose of purposes)
    router.post(
      `/${purpose}`,
      readBody,
      handle(purpose, (asked, request) => doRequest(ctx, purpose, { ...asked, ...wishIn(request.body) })),
    );
  return router;
}

const tooManyRefused = new Failure('rate-limited', 'Too many requests with invalid keys.');

type Answering = (asked: FinRequest, request: Request) => Promise<FinReply>;

type Outcome =
  | { state: 'bad-key'; refusal: Failure; hint: string }
  | { state: 'answered'; workspaceId: string; reply: FinReply }
  | { state: 'refused'; workspaceId: string; refusal: Failure }
  | { state: 'failed'; error: unknown; workspaceId?: string };

/** Never rejects. */
async function attempt(
  ctx: Context,
  limit: FinLimit,
  name: ConnectorName,
  request: Request,
  answer: Answering,
): Promise<Outcome> {
  const key = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  if (key === undefined || !looksLikeFinKey(key)) return badKey(key === undefined);
  let known: FinKey | null = null;
  try {
    known = await verifyFinKey(ctx, key);
    if (known === null) return badKey(false);
    const { workspaceId, id } = known;
    await limit.take(id);
    const reply = await answer(askedIn(request, name, workspaceId), request);
    return { state: 'answered', workspaceId, reply };
  } catch (error) {
    const at = known === null ? {} : { workspaceId: known.workspaceId };
    const isRefused = error instanceof Failure && error.code === 'rate-limited';
    if (isRefused && known !== null)
      return { state: 'refused', workspaceId: known.workspaceId, refusal: error };
    return { state: 'failed', error, ...at };
  }
}

function badKey(isMissing: boolean): Outcome {
  const message = isMissing
    ? 'Send a connector key: "Authorization: Bearer KEY".'
    : 'This connector key is unknown or revoked.';
  const hint = isMissing ? '' : ', error="invalid_token"';
  return { state: 'bad-key', refusal: new Failure('unauthorized', message), hint };
}

function respond(
  ctx: Context,
  name: ConnectorName,
  request: Request,
  response: Response,
  outcome: Exclude<Outcome, { state: 'bad-key' }>,
  ms: number,
): void {
  const count = (workspaceId: string, counted: FinOutcome) =>
    countRequest(ctx, workspaceId, { question: name, outcome: counted, ms });
  if (outcome.state === 'answered') {
    response.status(200).json(outcome.reply.answer);
    count(outcome.workspaceId, outcome.reply.outcome);
  } else if (outcome.state === 'refused') {
    const { code, message, retryAfterSeconds = 1 } = outcome.refusal;
    response.set('Retry-After', String(retryAfterSeconds));
    response.status(statusOf(code)).json({ error: { code, message } });
    count(outcome.workspaceId, 'refused');
  } else {
    const { requestId } = response.locals;
    ctx.log.error(
      { err: outcome.error, requestId, question: name },
      'a question from Fin could not be answered',
    );
    // Fin has no safe words of its own for an error: it gets some that promise nothing.
    const speaker = speakerFor(single(request.query.locale), 'UTC');
    response.status(200).json(unavailableAnswer(name, speaker, ctx.now()));
    if (outcome.workspaceId !== undefined) count(outcome.workspaceId, 'failed');
  }
}

/** What a template leaves when it finds no value: a placeholder, in the notation that Intercom or another tool uses, or a word for "none". */
const unfilled = /\{\{|\{%|\$\{|^(null|nil|none|undefined|unknown|n\/a|-+)$/i;

/** One text. Null when it is missing, or when a template left it empty or unfilled. A number is read as an ID in digits. */
function single(given: unknown): string | null {
  if (typeof given === 'number' && Number.isSafeInteger(given)) return String(given);
  if (typeof given !== 'string') return null;
  const text = given.trim();
  return text === '' || text.length > 255 || unfilled.test(text) || text.includes('\0') ? null : text;
}

/** What Fin's templates fill in: in the query of a question, in the body of a request. */
function askedIn(request: Request, name: ConnectorName, workspaceId: string): FinRequest {
  const given: Record<string, unknown> = (purposes as readonly string[]).includes(name)
    ? fieldsOf(request.body)
    : request.query;
  const isRepeated = ['contact_id', 'user_id', 'email'].some((field) => Array.isArray(given[field]));
  const named: NamedBy = {
    contactId: single(given.contact_id),
    userId: single(given.user_id),
    email: single(given.email),
  };
  return {
    workspaceId,
    named: isRepeated ? null : named,
    userToken: request.get('x-referral-desk-user')?.trim() || null,
    locale: single(given.locale),
  };
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).safeParse(body).data ?? {};
}

function wishIn(body: unknown) {
  const { conversation_id, friend_email, message } = fieldsOf(body);
  const said = typeof message === 'string' ? message : '';
  return { conversationId: single(conversation_id), friendEmail: single(friend_email), said };
}
