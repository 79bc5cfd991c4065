// Puts the groups of routes together: the signed hot paths first, then everything that browsers and backends call.
import { randomUUID } from 'node:crypto';
import express from 'express';
import helmet from 'helmet';
import { Failure, statusOf } from '../failure.ts';
import { type InboxRouteDeps, inboxHandlers } from './inbox.ts';
import { type WebhookRouteDeps, webhookHandlers } from './webhooks.ts';

type Log = { info(fields: object, message: string): void; error(fields: object, message: string): void };

export type ServerDeps = {
  inbox: InboxRouteDeps;
  webhooks: WebhookRouteDeps;
  /** Routes of browsers, backends and operators, in order. */
  routers: { path: string; router: express.Router }[];
  trustProxy: number;
  /** Whether the same may well succeed a moment later, as when the database was away. */
  isPassing(error: unknown): boolean;
  log: Log;
};

export function createServer(deps: ServerDeps): express.Express {
  const { inbox, webhooks, routers, trustProxy, isPassing, log } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustProxy);

  const { initialize, submit } = inboxHandlers(inbox);
  app.post('/intercom/inbox/initialize', initialize);
  app.post('/intercom/inbox/submit', submit);
  const { receive, confirm } = webhookHandlers(webhooks);
  app.post('/intercom/webhooks', receive);
  app.head('/intercom/webhooks', confirm);

  app.use(helmet());
  app.use(named);
  app.use(logged(log));
  for (const { path, router } of routers) app.use(path, router);
  app.use((req) => {
    throw new Failure('not-found', `There is nothing at ${req.method} ${req.path}.`);
  });
  app.use(failed(log, isPassing));
  return app;
}

/** A caller's own id is kept when it is short and harmless, so that logs on both sides can be put together. */
function named(req: express.Request, res: express.Response, next: express.NextFunction): void {
  const given = req.get('x-request-id') ?? '';
  res.locals.requestId = /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
  res.set('X-Request-Id', res.locals.requestId);
  next();
}

function logged(log: Log): express.RequestHandler {
  return function logRequest(req, res, next) {
    const began = performance.now();
    // The path without its query: install callbacks carry codes there.
    res.on('finish', () => {
      const fields = {
        requestId: res.locals.requestId,
        method: req.method,
        path: req.baseUrl + req.path,
        status: res.statusCode,
      };
      log.info({ ...fields, ms: Math.round(performance.now() - began) }, 'answered');
    });
    next();
  };
}

/** The one place where an error becomes an answer. What went wrong inside goes to the log, not to the caller. */
function failed(log: Log, isPassing: ServerDeps['isPassing']): express.ErrorRequestHandler {
  return function sendFailure(error: unknown, req, res, next) {
    const failure = asFailure(error, isPassing);
    if (failure.code === 'unexpected' || failure.code === 'unavailable') {
      log.error(
        { err: error, requestId: res.locals.requestId, method: req.method, path: req.path },
        'a request failed',
      );
    }
    if (res.headersSent) return next(error);
    const { code, message, fields, retryAfterSeconds } = failure;
    if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
    return res.status(statusOf(code)).json({ error: { code, message, ...(fields ? { fields } : {}) } });
  };
}

// About as long as an embedded server takes to be back, and a pool to have a connection free.
const secondsUntilBack = 5;

/** Express's own refusals (a body that is no JSON or too large, a malformed path) carry a status. */
function asFailure(error: unknown, isPassing: ServerDeps['isPassing']): Failure {
  if (error instanceof Failure) return error;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 413) return new Failure('too-large', 'The body is too large.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Failure('unreadable', 'The request cannot be read.');
  if (isPassing(error)) {
    const message = 'The database cannot be reached right now. Ask again in a moment.';
    return new Failure('unavailable', message, { retryAfterSeconds: secondsUntilBack });
  }
  return new Failure('unexpected', 'Something went wrong on our side. It was logged under the request id.');
}
