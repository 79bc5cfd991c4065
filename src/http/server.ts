// Assembles the routes: the signed hot paths first, then everything that browsers and backends call.
import { randomUUID } from 'node:crypto';
import express from 'express';
import helmet from 'helmet';
import { Failure, statusOf } from '../failure.ts';
import type { Log } from '../log.ts';
import { type FailureDeps, failureReader } from './failures.ts';
import { type InboxRouteDeps, inboxHandlers } from './from-intercom/inbox.ts';
import { type WebhookRouteDeps, webhookHandlers } from './from-intercom/webhooks.ts';
import type { messengerHandlers } from './messenger/messenger-calls.ts';
import { type Deployment, noticeProxy } from './proxy-notice.ts';

type ServerDeps = FailureDeps & {
  inbox: InboxRouteDeps;
  /** Signed calls that are answered without anything in between. */
  messenger: ReturnType<typeof messengerHandlers>;
  webhooks: WebhookRouteDeps;
  routers: { path: string; router: express.Router }[];
  trustProxy: number;
  deployment: Deployment;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
};

export function createServer(deps: ServerDeps): express.Express {
  const { inbox, messenger, webhooks, routers, trustProxy, deployment, isPassing, log } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustProxy);

  const { initialize, submit } = inboxHandlers(inbox);
  app.post('/intercom/inbox/initialize', initialize);
  app.post('/intercom/inbox/submit', submit);
  for (const { path, handle } of messenger) app.post(path, handle);
  const { receive, confirm } = webhookHandlers(webhooks);
  app.post('/intercom/webhooks', receive);
  app.head('/intercom/webhooks', confirm);

  // For this host only: the company's other hosts are not ours to force to HTTPS.
  app.use(helmet({ strictTransportSecurity: { includeSubDomains: false } }));
  app.use(noticeProxy(deployment, trustProxy, log));
  app.use(named);
  app.use(logged(log));
  for (const { path, router } of routers) app.use(path, router);
  app.use(refuseUnknown);
  app.use(failed({ isPassing, log }));
  return app;
}

/** For a process without the role `web`: no routes that browsers or Intercom call. */
export function createWorkerServer({
  routers,
  isPassing,
  log,
}: FailureDeps & Pick<ServerDeps, 'log'> & { routers: express.Router[] }): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet(), named, logged(log), ...routers, refuseUnknown, failed({ isPassing, log }));
  return app;
}

function refuseUnknown(req: express.Request): void {
  throw new Failure('not-found', `${req.method} ${req.path} not found.`);
}

/** Keeps a caller's own request id when it is short and harmless, to correlate logs on both sides. */
function named(req: express.Request, res: express.Response, next: express.NextFunction): void {
  const id = req.get('x-request-id') ?? '';
  res.locals.requestId = /^[\w-]{1,64}$/.test(id) ? id : randomUUID();
  res.set('X-Request-Id', res.locals.requestId);
  next();
}

function logged(log: Pick<Log, 'info'>): express.RequestHandler {
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

/** Errors as JSON; the console renders its own error pages. */
function failed(deps: FailureDeps): express.ErrorRequestHandler {
  const failureOf = failureReader(deps);
  return function sendFailure(error: unknown, req, res, next) {
    const { code, message, fields } = failureOf(error, req, res);
    if (res.headersSent) return next(error);
    return res.status(statusOf(code)).json({ error: { code, message, ...(fields ? { fields } : {}) } });
  };
}
