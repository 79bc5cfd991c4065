// What the sandbox does wrong on purpose, so that the app's behavior on a bad day can be tested.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { errorList } from './error-list.ts';
import { refuseAsLoadBalancer } from './load-balancer.ts';

const times = z.union([z.int().min(1), z.literal('always')]).default(1);
const regularExpression = z.string().refine(isRegularExpression, 'is not a regular expression');

const match = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    /** A path and everything below it: `/contacts`. */
    path: z.string().startsWith('/').optional(),
    /** The same as a regular expression over the path: `^/contacts/[^/]+$`. */
    pattern: regularExpression.optional(),
  })
  .default({});

export const apiFaultSchema = z.discriminatedUnion('kind', [
  /** Answers sooner when faults are cleared. */
  z.strictObject({
    on: z.literal('api'),
    kind: z.literal('slow'),
    match,
    times,
    ms: z.int().min(0),
    /** The work is done at once, and only its answer takes long. */
    after: z.boolean().optional(),
  }),
  z.strictObject({
    on: z.literal('api'),
    kind: z.literal('status'),
    match,
    times,
    status: z.int().min(400).max(599),
    code: z.string().optional(),
    message: z.string().optional(),
    /** Seconds, sent as `Retry-After`. */
    retry_after: z.int().min(0).optional(),
    /** Answered by a load balancer, in HTML, before Intercom has seen the call. */
    by: z.literal('load-balancer').optional(),
    /** Without a body, or with one that ends in the middle. */
    body: z.enum(['empty', 'cut-off']).optional(),
  }),
  z.strictObject({
    on: z.literal('api'),
    kind: z.literal('cut'),
    match,
    times,
    /** True does the work first and loses only the answer: what tells exactly-once from at-least-once. */
    after: z.boolean().default(false),
  }),
]);

export const webhookFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    on: z.literal('webhooks'),
    kind: z.enum(['drop', 'duplicate']),
    topic: z.string().optional(),
    times,
  }),
  z.strictObject({
    on: z.literal('webhooks'),
    kind: z.literal('reorder'),
    topic: z.string().optional(),
    /** How many notifications are collected and then delivered last one first. */
    hold: z.int().min(2),
  }),
  z.strictObject({
    on: z.literal('webhooks'),
    kind: z.literal('delay'),
    topic: z.string().optional(),
    times,
    ms: z.int().min(0),
  }),
]);

const messengerRequest = z.enum(['configure', 'initialize', 'submit', 'content', 'submit-sheet']);

/** What goes wrong between the Messenger and the app. */
export const messengerFaultSchema = z.discriminatedUnion('kind', [
  /** `duplicate` sends the same bytes twice at once. `lose-answer` does, and shows, as if the app had said nothing. */
  z.strictObject({
    on: z.literal('messenger'),
    kind: z.enum(['duplicate', 'lose-answer']),
    request: messengerRequest.optional(),
    times,
  }),
  /** Arrives this much later. */
  z.strictObject({
    on: z.literal('messenger'),
    kind: z.literal('delay'),
    request: messengerRequest.optional(),
    times,
    ms: z.int().min(0),
  }),
]);

export const faultSchema = z.discriminatedUnion('on', [
  apiFaultSchema,
  webhookFaultSchema,
  messengerFaultSchema,
]);

export type ApiFault = z.infer<typeof apiFaultSchema>;
type StatusFault = Extract<ApiFault, { kind: 'status' }>;
export type WebhookFault = z.infer<typeof webhookFaultSchema>;
export type MessengerFault = z.infer<typeof messengerFaultSchema>;

/** `release` is delivered at once, and after it what was held, last one first. */
export type WebhookFate = 'deliver' | 'drop' | 'duplicate' | 'hold' | 'release';

type AnyFault = ApiFault | WebhookFault | MessengerFault;

export type Faults = {
  /** For Intercom's REST API: slow answers, status codes with Intercom's error body, cut connections. */
  api: RequestHandler;
  /** For Referral Factory's API: only faults with a path under `/referral-factory`. */
  referralFactory: RequestHandler;
  /** What to do with the next notification of this topic; asking uses one turn of the fault up. */
  nextWebhook(topic: string): WebhookFate;
  /** What goes wrong with the next request of this kind from the Messenger. */
  nextMessenger(request: string): MessengerFault | undefined;
};

/** A fault on the board, and how often it will still happen. */
type Held = { id: string; left: number | 'always'; fault: AnyFault };

export type FaultBoard = Faults & {
  /** How long the next notification of this topic is kept back, in milliseconds. */
  webhookDelay(topic: string): number;
  /** Adds a fault behind those that are there; answers its id. */
  add(fault: AnyFault): string;
  list(): Held[];
  /** False for an unknown fault. */
  remove(id: string): boolean;
  clear(): void;
  /** Ends the waiting of slow answers, for a quick stop. */
  close(): void;
};

/** An empty board of faults; they are kept in memory only, so a restart behaves well again. */
export function createFaults(): FaultBoard {
  const board = new Board();
  const closing = new AbortController();
  let clearing = new AbortController();
  const waiting = { closing: closing.signal, clearing: () => clearing.signal };
  return {
    api: misbehave((method, path) => takeApi(board, method, path, false), { ...waiting, refuse }),
    referralFactory: misbehave((method, path) => takeApi(board, method, path, true), {
      ...waiting,
      refuse: refuseAsReferralFactory,
    }),
    nextWebhook: (topic) => nextWebhook(board, topic),
    nextMessenger: (request) => nextMessenger(board, request),
    webhookDelay: (topic) => webhookDelay(board, topic),
    add: (fault) => board.add(fault),
    list: () => board.list(),
    remove: (id) => board.remove(id),
    clear() {
      board.clear();
      clearing.abort();
      clearing = new AbortController();
    },
    close: () => closing.abort(),
  };
}

class Board {
  #held: Held[] = [];
  #lastId = 0;

  add(fault: AnyFault): string {
    const id = String(++this.#lastId);
    this.#held.push({ id, left: fault.kind === 'reorder' ? fault.hold : fault.times, fault });
    return id;
  }

  list(): Held[] {
    return [...this.#held];
  }

  remove(id: string): boolean {
    const before = this.#held.length;
    this.#held = this.#held.filter((held) => held.id !== id);
    return this.#held.length < before;
  }

  clear(): void {
    this.#held = [];
  }

  /** Finds the first fault that applies and counts it down. */
  take<F extends AnyFault>(
    applies: (fault: AnyFault) => fault is F,
  ): { fault: F; last: boolean } | undefined {
    for (const held of this.#held) {
      if (!applies(held.fault)) continue;
      if (held.left !== 'always') held.left -= 1;
      if (held.left === 0) this.#held = this.#held.filter((fault) => fault !== held);
      return { fault: held.fault, last: held.left === 0 };
    }
    return undefined;
  }
}

function takeApi(
  board: Board,
  method: string,
  path: string,
  ofReferralFactory: boolean,
): ApiFault | undefined {
  const applies = (fault: AnyFault): fault is ApiFault =>
    fault.on === 'api' && isReferralFactorys(fault) === ofReferralFactory && matches(fault, method, path);
  return board.take(applies)?.fault;
}

function nextWebhook(board: Board, topic: string): WebhookFate {
  const taken = board.take(
    (fault): fault is Exclude<WebhookFault, { kind: 'delay' }> =>
      fault.on === 'webhooks' && fault.kind !== 'delay' && isOf(fault, topic),
  );
  if (!taken) return 'deliver';
  if (taken.fault.kind === 'reorder') return taken.last ? 'release' : 'hold';
  return taken.fault.kind;
}

function nextMessenger(board: Board, request: string): MessengerFault | undefined {
  const taken = board.take(
    (fault): fault is MessengerFault => fault.on === 'messenger' && (fault.request ?? request) === request,
  );
  return taken?.fault;
}

function webhookDelay(board: Board, topic: string): number {
  const taken = board.take(
    (fault): fault is Extract<WebhookFault, { kind: 'delay' }> =>
      fault.on === 'webhooks' && fault.kind === 'delay' && isOf(fault, topic),
  );
  return taken?.fault.ms ?? 0;
}

function misbehave(
  next: (method: string, path: string) => ApiFault | undefined,
  {
    closing,
    clearing,
    refuse,
  }: {
    closing: AbortSignal;
    clearing: () => AbortSignal;
    refuse: (res: Response, fault: StatusFault) => void;
  },
): RequestHandler {
  return async (req, res, done) => {
    const fault = next(req.method, req.path);
    switch (fault?.kind) {
      case undefined:
        return done();
      case 'slow': {
        const over = sleep(fault.ms, undefined, { signal: AbortSignal.any([closing, clearing()]) }).catch(
          () => {},
        );
        if (fault.after) {
          delayAnswer(res, over);
          return done();
        }
        await over;
        if (closing.aborted) req.socket.destroy();
        else done();
        return;
      }
      case 'status':
        refuse(res, fault);
        return;
      case 'cut':
        if (!fault.after) {
          req.socket.destroy();
          return;
        }
        loseAnswer(res);
        return done();
    }
  };
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function isOf(fault: WebhookFault, topic: string): boolean {
  return fault.topic === undefined || fault.topic === topic;
}

function matches(fault: ApiFault, method: string, path: string): boolean {
  const wanted = fault.match;
  if (wanted.method !== undefined && wanted.method !== method) return false;
  if (wanted.path !== undefined && path !== wanted.path && !path.startsWith(`${wanted.path}/`)) return false;
  return wanted.pattern === undefined || new RegExp(wanted.pattern).test(path);
}

const usualCodes: Record<number, [code: string, message: string]> = {
  401: ['unauthorized', 'Access Token Invalid'],
  403: ['action_forbidden', 'Action Forbidden'],
  404: ['not_found', 'Resource Not Found'],
  408: ['request_timeout', 'Request Timeout'],
  429: ['rate_limit_exceeded', 'Exceeded rate limit of 1666 in 10_seconds'],
  500: ['server_error', 'Server Error'],
  502: ['server_error', 'Bad Gateway'],
  503: ['service_unavailable', 'Sorry, the API service is temporarily unavailable'],
  504: ['server_error', 'Gateway Timeout'],
};

/** A fault without such a path applies to Intercom, so that tests of its bad days do not affect the other service. */
function isReferralFactorys({ match: { path, pattern } }: ApiFault): boolean {
  return path?.startsWith('/referral-factory') === true || pattern?.startsWith('^/referral-factory') === true;
}

function refuseAsReferralFactory(res: Response, fault: StatusFault): void {
  if (fault.retry_after !== undefined) res.set('Retry-After', String(fault.retry_after));
  const [, message] = usualCodes[fault.status] ?? ['', 'Bad Request'];
  res.status(fault.status).json({ code: fault.status, message: fault.message ?? message, errors: {} });
}

function refuse(res: Response, fault: StatusFault): void {
  const [code, message] = usualCodes[fault.status] ?? ['client_error', 'Bad Request'];
  if (fault.retry_after !== undefined) res.set('Retry-After', String(fault.retry_after));
  if (fault.by === 'load-balancer') {
    refuseAsLoadBalancer(res, fault.status);
    return;
  }
  const list = errorList(fault.code ?? code, fault.message ?? message);
  if (fault.body === undefined) res.status(fault.status).json(list);
  else {
    const text = fault.body === 'empty' ? '' : JSON.stringify(list).slice(0, 30);
    res.status(fault.status).type('json').send(text);
  }
}

/** Holds the end of the answer back; Express writes it in one piece. */
function delayAnswer(res: Response, over: Promise<void>): void {
  const end = res.end.bind(res) as (...given: unknown[]) => Response;
  res.end = (...given: unknown[]) => {
    void over.then(() => end(...given));
    return res;
  };
}

/** Lets the request be worked off and destroys the connection where its answer would have gone out. */
function loseAnswer(res: Response): void {
  const cut = () => {
    res.socket?.destroy();
    return res;
  };
  res.write = () => !cut();
  res.end = cut;
}
