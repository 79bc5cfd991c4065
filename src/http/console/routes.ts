// The console: who asks, what they sent, which entry of the table answers, and the layout around it.
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { Failure, statusOf } from '../../failure.ts';
import type { Sessions, Visitor } from '../../usecases/sessions.ts';
import type { SignIn } from '../../usecases/sign-in.ts';
import { sendCsv } from '../csv.ts';
import { type Html, html, textOf } from '../html.ts';
import { accessPages } from './access.ts';
import { dataPages } from './access-data.ts';
import { auditPages } from './access-log.ts';
import { teammatePages } from './access-teammates.ts';
import { tokenPages } from './access-tokens.ts';
import { assetRoutes, assets } from './assets.ts';
import { publishPages } from './campaign-publish.ts';
import { rulePages } from './campaign-rules.ts';
import { campaignSettingPages } from './campaign-settings.ts';
import { sidePages } from './campaign-side.ts';
import { campaignPages } from './campaigns.ts';
import { connectPages } from './connect.ts';
import type { Asked, ConsolePage, Shown, UseCases } from './console.ts';
import { deliveryPages } from './deliveries.ts';
import { protect, requireOwnForm, requireRole, visitorOf } from './guard.ts';
import { homePages } from './home.ts';
import { type Link, layout } from './layout.ts';
import { peoplePages } from './people.ts';
import { personPages } from './person.ts';
import { personChangePages } from './person-changes.ts';
import { trialPages } from './rule-trial.ts';
import { runLogPages } from './run-log.ts';
import { consoleCookies } from './session-cookie.ts';
import { signInRoutes } from './sign-in.ts';
import { workspaceSettingPages } from './workspace-settings.ts';

/** Every page, in the order of the navigation. */
export const consoleTable: ConsolePage[] = [
  ...homePages,
  ...[...campaignPages, ...sidePages, ...trialPages, ...rulePages, ...campaignSettingPages, ...publishPages],
  ...[...peoplePages, ...personPages, ...personChangePages],
  // Before the runs, whose addresses are above theirs.
  ...[...deliveryPages, ...runLogPages],
  ...connectPages,
  ...workspaceSettingPages,
  ...[...accessPages, ...teammatePages, ...tokenPages, ...auditPages, ...dataPages],
];

export type ConsoleDeps = {
  useCases: UseCases;
  sessions: Sessions;
  signIn: SignIn;
  publicUrl: string;
  log: { error(fields: object, message: string): void };
};
type Locals = { asked: Asked & { secret: string } };

/** To be mounted at /console. */
export function consoleRoutes(deps: ConsoleDeps): Router {
  const { useCases, sessions, signIn, publicUrl } = deps;
  const router = express.Router();
  const cookies = consoleCookies(publicUrl);

  /** `asked` is null for somebody who is not signed in. */
  function send(
    req: Request,
    res: Response,
    status: number,
    shown: { title: string; body: Html },
    asked: Asked | null,
  ) {
    const { title, body } = shown;
    const whole = layout({
      ...{ title, body, assets },
      visitor: asked?.visitor ?? null,
      csrf: asked?.csrf ?? html``,
      nav: asked ? navigationFor(asked.visitor) : [],
      path: (req.baseUrl + req.path).replace(/\/$/, ''),
      said: cookies.takeSaid(req, res),
    });
    res.status(status).type('html').send(textOf(whole));
  }

  router.use(assetRoutes());
  router.use((_req, res, next) => {
    protect(res);
    next();
  });
  const sendPublic = (req: Request, res: Response, status: number, shown: { title: string; body: Html }) =>
    send(req, res, status, shown, null);
  router.use(signInRoutes({ signIn, sessions, cookies, publicUrl, send: sendPublic }));
  router.use(async (req, res: Response<unknown, Locals>, next) => {
    const asked = await visitorOf(req, { cookies, sessions });
    if (asked) {
      res.locals.asked = asked;
      return next();
    }
    const to = req.method === 'GET' ? `?to=${encodeURIComponent(req.originalUrl)}` : '';
    res.redirect(303, `/console/sign-in${to}`);
  });
  router.use(express.urlencoded({ extended: false, limit: '100kb', parameterLimit: 2_000 }));
  router.use((req, res: Response<unknown, Locals>, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD')
      requireOwnForm(req, res.locals.asked.secret, publicUrl);
    next();
  });
  router.post('/sign-out', async (_req, res: Response<unknown, Locals>) => {
    const { workspaceId, teammate, sessionId } = res.locals.asked.visitor;
    await sessions.end(workspaceId, teammate.id, sessionId);
    cookies.signOut(res);
    cookies.say(res, 'You are signed out.');
    res.redirect(303, '/console/sign-in');
  });

  for (const entry of consoleTable) {
    router[entry.method](entry.path, async (req, res: Response<unknown, Locals>) => {
      const { asked } = res.locals;
      requireRole(asked.visitor, entry.needs);
      const answer = await entry.run(useCases, { visitor: asked.visitor, csrf: asked.csrf }, req);
      if ('csv' in answer) return sendCsv(res, answer.csv);
      if ('to' in answer) {
        if (answer.said !== undefined) cookies.say(res, answer.said);
        return res.redirect(303, answer.to);
      }
      return send(req, res, answer.status, titled(answer.shown, entry.title), asked);
    });
  }
  router.use(() => {
    throw new Failure('not-found', 'There is no such page.');
  });

  const sendFailure: ErrorRequestHandler = (error, req, res: Response<unknown, Partial<Locals>>, next) => {
    if (res.headersSent) return next(error);
    const failure = asFailure(error);
    if (failure.code === 'unexpected' || failure.code === 'unavailable')
      deps.log.error({ err: error, method: req.method, path: req.baseUrl + req.path }, 'a page failed');
    const body = html`<p>${failure.message}</p>`;
    const title = titles[failure.code] ?? 'That did not work';
    send(req, res, statusOf(failure.code), { title, body }, res.locals.asked ?? null);
  };
  router.use(sendFailure);
  return router;
}

const titles: Partial<Record<Failure['code'], string>> = {
  'not-found': 'Not found',
  forbidden: 'Not allowed',
  unreadable: 'This cannot be read',
  'too-large': 'Too large',
  unexpected: 'Something went wrong',
  unavailable: 'Not available at the moment',
};

/** Also for what Express itself refuses, which carries a status. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 413) return new Failure('too-large', 'That is more than a form here takes.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Failure('unreadable', 'The request cannot be read.');
  return new Failure('unexpected', 'It was written to the log of the app. Try again in a moment.');
}

function titled(shown: Shown, title: string): { title: string; body: Html } {
  return 'body' in shown ? shown : { title, body: shown };
}

function navigationFor({ role }: Visitor): Link[] {
  return consoleTable.flatMap(({ nav, path, needs }) =>
    nav === null || (needs === 'administrator' && role === 'viewer')
      ? []
      : [{ label: nav, href: `/console${path === '/' ? '' : path}` }],
  );
}
