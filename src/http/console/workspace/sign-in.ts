// Signing in to the console: the page with its button, the redirect to Intercom, and the card's link.
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { region } from '../../../domain/region.ts';
import { findVisitor } from '../../../usecases/workspace/sessions.ts';
import {
  acceptConsoleLink,
  beginSignIn,
  type Invited,
  readConsoleLink,
  type SignInRefusal,
} from '../../../usecases/workspace/sign-in.ts';
import { consentCookie } from '../../cookies.ts';
import { type Html, html } from '../../html.ts';
import { limitTo } from '../../limits.ts';
import { isFromElsewhere } from '../guard.ts';
import type { Send } from '../serving.ts';
import type { ConsoleCookies } from './session-cookie.ts';

type Deps = {
  ctx: Context;
  cookies: ConsoleCookies;
  publicUrl: string;
  send: Send;
  requestsPerMinute?: number;
};

/** Rejects other sites' addresses, and anything that a browser would read as one. */
const ownPage = z
  .string()
  .max(1_000)
  .regex(/^\/console(?:[/?][\w\-./?=&%+~:@,]*)?$/)
  .refine((path) => !path.includes('//') && !path.includes('..'))
  .catch('/console');

const started = z.object({ region: z.string().toUpperCase().pipe(region).catch('US'), to: ownPage });
const signInQuery = z.object({ to: ownPage, why: z.string().optional().catch(undefined) });
const linked = z.object({ token: z.string().min(1).max(4_000) });

/** `/console/sign-in`, `/console/sign-in/intercom` and `/console/link`. */
export function signInRoutes({ ctx, cookies, publicUrl, send, requestsPerMinute = 60 }: Deps): Router {
  const router = express.Router();
  const consent = consentCookie(publicUrl, 'sign-in', '/');
  const limit = limitTo(requestsPerMinute, (res) =>
    send(res.req, res, 429, { title: 'Too many attempts', body: html`<p>Wait a minute.</p>` }, null),
  );

  router.get('/sign-in', async (req, res) => {
    const { to, why } = signInQuery.parse(req.query);
    const body = signInBody(publicUrl, to, isRefusal(why) ? why : null);
    await send(req, res, 200, { title: 'Sign in', body }, null);
  });

  router.get('/sign-in/intercom', limit, (req, res) => {
    const { region, to } = started.parse(req.query);
    const { consentUrl, nonce } = beginSignIn(ctx, region, consent.read(req), to);
    consent.set(res, nonce);
    res.redirect(303, consentUrl);
  });

  async function enter(res: Response, req: Request, invited: Invited) {
    const outcome = await acceptConsoleLink(ctx, invited, req.get('user-agent') ?? '');
    if (outcome.outcome !== 'signed-in') return res.redirect(303, `/console/sign-in?why=${outcome.outcome}`);
    cookies.signIn(res, outcome.session);
    return res.redirect(303, outcome.to);
  }

  // No HEAD route: link previews would use the link up.
  router.head('/link', (_req, res) => void res.status(405).set('Allow', 'GET, POST').end());
  router.get('/link', limit, async (req, res) => {
    const link = linked.safeParse(req.query);
    const invited = link.success ? readConsoleLink(ctx, link.data.token) : null;
    if (!link.success || invited === null) return res.redirect(303, '/console/sign-in?why=link-expired');
    const secret = cookies.session(req);
    const visitor = secret === null ? null : await findVisitor(ctx, secret);
    const isSameTeammate =
      visitor?.workspaceId === invited.workspaceId && visitor.teammate.id === invited.teammate.id;
    // Neither a link preview nor a forged link may change who is signed in here.
    const mayBeMeant = req.get('sec-purpose') === undefined && (visitor === null || isSameTeammate);
    if (mayBeMeant) return enter(res, req, invited);
    const body = confirmBody(invited, link.data.token);
    return send(req, res, 200, { title: 'Open the console', body }, null);
  });
  router.post('/link', limit, express.urlencoded({ extended: false, limit: '10kb' }), async (req, res) => {
    const link = linked.safeParse(req.body);
    const invited = link.success ? readConsoleLink(ctx, link.data.token) : null;
    if (invited === null || isFromElsewhere(req, publicUrl))
      return res.redirect(303, '/console/sign-in?why=link-expired');
    return enter(res, req, invited);
  });
  return router;
}

const refusals: Record<SignInRefusal, string> = {
  'link-expired': 'This link has expired or is not valid. Sign in again.',
  'other-browser': 'This sign-in was started in another browser. Sign in again here, with cookies allowed.',
  'already-used': 'This link was used already. Sign in again.',
  'code-refused': 'Sign-in was canceled in Intercom, or took too long. Sign in again.',
  'no-workspace': 'Intercom did not return your identity or workspace. Sign in again.',
  'address-refused':
    'Intercom refuses calls from this server. Add its address to the workspace’s IP allowlist in Intercom.',
  'intercom-down': 'Intercom did not answer in time. Try again in a minute.',
  'not-stored': 'The app’s database could not be reached. Try again in a minute.',
  unverified: 'Your email address is not verified in Intercom. Verify it there, then sign in here.',
  'not-installed': 'Referral Desk is not installed in that workspace.',
  removed: 'You were removed from this console, or are no longer a teammate of the workspace.',
};

function isRefusal(why: string | undefined): why is SignInRefusal {
  return why !== undefined && Object.hasOwn(refusals, why);
}

function signInBody(publicUrl: string, to: string, why: SignInRefusal | null): Html {
  const start = (region: string) =>
    `${publicUrl}/console/sign-in/intercom?${new URLSearchParams({ region, to })}`;
  return html`${why !== null && html`<p class="notice bad" role="alert">${refusals[why]}</p>`}
<section>
<p>For teammates of a workspace with Referral Desk. Intercom confirms who you are. Nothing else is read from your
account.</p>
<p><a class="button main" href="${start('US')}">Sign in with Intercom</a></p>
<p class="quiet">Is your workspace hosted in <a href="${start('EU')}">Europe</a> or <a href="${start('AU')}">Australia</a>?</p>
</section>
<p class="quiet">Not installed yet? <a href="${publicUrl}/install">Install in Intercom</a></p>`;
}

function confirmBody({ teammate }: Invited, token: string): Html {
  return html`<section>
<p>This link signs you in as <b>${teammate.name}</b>. The current session in this browser ends.</p>
<form method="post" action="/console/link"><input type="hidden" name="token" value="${token}">
<button class="main">Continue as ${teammate.name}</button></form>
</section>`;
}
