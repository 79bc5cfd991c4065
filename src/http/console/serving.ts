// Serves an entry of the console's table: the checks before it, and the layout around its result.
import express, { type ErrorRequestHandler, type NextFunction, type Request, type Response } from 'express';
import type { Context } from '../../context.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { mayDo } from '../../domain/workspace/teammate.ts';
import { type Failure, statusOf } from '../../failure.ts';
import { signOut, type Visitor } from '../../usecases/workspace/sessions.ts';
import { sendCsv } from '../csv.ts';
import { type FailureDeps, failureReader } from '../failures.ts';
import { type Html, html, textOf } from '../html.ts';
import type { ConsolePage, PageBody, PageContext } from './console.ts';
import { requireOwnForm, requireRole, type SignedIn, visitorOf } from './guard.ts';
import { type Link, layout } from './layout.ts';
import { readUploads } from './upload.ts';
import type { ConsoleCookies } from './workspace/session-cookie.ts';

/** `context` is null when the visitor is not signed in. */
export type Send = (
  req: Request,
  res: Response,
  status: number,
  shown: { title: string; body: Html },
  context: Pick<SignedIn, 'visitor' | 'csrf'> | null,
) => Promise<void>;
type Held = { context: SignedIn; requestId: string };
type HeldResponse = Response<unknown, Held>;

export function pageSender(
  cookies: ConsoleCookies,
  navigationFor: (visitor: Visitor) => Promise<Link[]>,
): Send {
  return async function send(req, res, status, { title, body }, context) {
    const whole = layout({
      ...{ title, body },
      visitor: context?.visitor ?? null,
      csrf: context?.csrf ?? html``,
      nav: context ? await navigationFor(context.visitor) : [],
      path: (req.baseUrl + req.path).replace(/\/$/, ''),
      flash: cookies.takeFlash(req, res),
    });
    res.status(status).type('html').send(textOf(whole));
  };
}

export function requireSession(deps: { ctx: Context; cookies: ConsoleCookies }) {
  return async function findSession(req: Request, res: HeldResponse, next: NextFunction) {
    const context = await visitorOf(req, deps);
    if (context) {
      res.locals.context = context;
      return next();
    }
    const to = req.method === 'GET' ? `?to=${encodeURIComponent(req.originalUrl)}` : '';
    res.redirect(303, `/console/sign-in${to}`);
  };
}

export function readForms(publicUrl: string) {
  const read = express.urlencoded({ extended: false, limit: '100kb', parameterLimit: 2_000 });
  const requireOwn = (req: Request, res: HeldResponse, next: NextFunction) => {
    if (req.method !== 'GET' && req.method !== 'HEAD')
      requireOwnForm(req, res.locals.context.secret, publicUrl);
    next();
  };
  return [read, readUploads, requireOwn] as const;
}

export function endOwnSession(ctx: Context, cookies: ConsoleCookies) {
  return async function endSession(_req: Request, res: HeldResponse) {
    await signOut(ctx, res.locals.context.visitor);
    cookies.signOut(res);
    cookies.setFlash(res, 'You are signed out.');
    res.redirect(303, '/console/sign-in');
  };
}

type Serving = {
  ctx: Context;
  cookies: ConsoleCookies;
  send: Send;
  tabsFor(entry: ConsolePage, visitor: Visitor): Html | null;
};

export function serve(entry: ConsolePage, { ctx, cookies, send, tabsFor }: Serving) {
  return async function answerWithEntry(req: Request, res: HeldResponse) {
    const { visitor, csrf } = res.locals.context;
    requireRole(visitor, entry.needs);
    const { workspaceId, timeZone, role } = visitor;
    const context: PageContext = {
      ...{ ctx, visitor, workspaceId, timeZone, csrf },
      actor: byTeammate(visitor),
      isAdministrator: mayDo(role, 'administrator'),
      tabs: tabsFor(entry, visitor),
      refused: null,
    };
    const answer = await entry.run(context, req);
    if ('csv' in answer) return sendCsv(res, answer.csv);
    if ('to' in answer) {
      if (answer.flash !== undefined) cookies.setFlash(res, answer.flash);
      return res.redirect(303, answer.to);
    }
    return send(req, res, answer.status, titled(answer.shown, entry.title), context);
  };
}

export function sendFailures(deps: FailureDeps, send: Send): ErrorRequestHandler {
  const failureOf = failureReader(deps);
  return function sendFailure(error, req, res: Response<unknown, Partial<Held>>, next) {
    const { code, message } = failureOf(error, req, res);
    if (res.headersSent) return next(error);
    const context = res.locals.context ?? null;
    const way =
      context === null ? html`<a href="/console">Sign in</a>` : html`<a href="/console">Go to Home</a>`;
    const body = html`<p>${message}</p><p>${way}</p><p class="quiet">Request ID <code>${res.locals.requestId}</code></p>`;
    const page = { title: titles[code] ?? 'Could not complete', body };
    return send(req, res, statusOf(code), page, context);
  };
}

const titles: Partial<Record<Failure['code'], string>> = {
  'not-found': 'Not found',
  forbidden: 'Not allowed',
  unreadable: 'Unreadable request',
  'too-large': 'Too large',
  unexpected: 'Something went wrong',
  unavailable: 'Temporarily unavailable',
};

function titled(shown: PageBody, title: string): { title: string; body: Html } {
  return 'body' in shown ? shown : { title, body: shown };
}
