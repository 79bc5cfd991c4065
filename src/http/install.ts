// Installing in a browser: redirects to Intercom's consent page, and shows the result.
import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { region } from '../domain/region.ts';
import { type CallbackRefusal, minutesToConsent, purposeOf } from '../usecases/workspace/consent.ts';
import {
  beginInstallation,
  completeInstallation,
  type Installed,
  installationOrigin,
  type Origin,
} from '../usecases/workspace/installation.ts';
import { completeSignIn } from '../usecases/workspace/sign-in.ts';
import { consoleCookies } from './console/workspace/session-cookie.ts';
import { consentCookie } from './cookies.ts';
import { html } from './html.ts';
import { limitTo } from './limits.ts';
import { sendPage } from './page.ts';

const start = z.object({
  region: z.string().toUpperCase().pipe(region).default('US'),
  /** The path that app-manifest.json gives for the App Store. */
  from: z.enum(['app-store', 'here']).catch('here'),
});

// A parameter given twice is a list, which Intercom never sends.
const denied = z.object({ error: z.string() });
const granted = z.object({ code: z.string().min(1), state: z.string().min(1) });
const returned = z.object({ state: z.string().catch('') });

type Deps = {
  ctx: Context;
  publicUrl: string;
  appStoreUrl: string;
  /** Per caller's address. */
  requestsPerMinute?: number;
};

/** The callback is also that of sign-in, because Intercom knows only this address. */
export function installRoutes({ ctx, publicUrl, appStoreUrl, requestsPerMinute = 30 }: Deps): express.Router {
  const router = express.Router();
  const cookie = consentCookie(publicUrl, 'install', '/install');
  const console = consoleCookies(publicUrl);
  const finishSignIn = signInFinisher(ctx, publicUrl);
  const refuse = (res: Response, refusal: PageRefusal, origin: Origin = 'here') =>
    origin === 'here'
      ? sendRefusal(res, refusal, `${publicUrl}/install`)
      : res.redirect(appStoreFailure(appStoreUrl, refusals[refusal].title));
  const limit = limitTo(requestsPerMinute, (res) => refuse(res, 'too-often'));

  router.get('/install', limit, (req, res) => {
    const query = start.safeParse(req.query);
    if (!query.success) return refuse(res, 'unknown-region');
    const { region, from } = query.data;
    const { consentUrl, nonce } = beginInstallation(ctx, region, cookie.read(req), from);
    cookie.set(res, nonce);
    res.set('Cache-Control', 'no-store');
    return res.redirect(consentUrl);
  });

  router.get('/install/callback', limit, async (req, res) => {
    res.set('Cache-Control', 'no-store');
    return purposeOf(req.query.state) === 'sign-in' ? finishSignIn(req, res) : finishInstallation(req, res);
  });

  async function finishInstallation(req: Request, res: Response): Promise<void> {
    const nonce = cookie.read(req);
    if (denied.safeParse(req.query).success) {
      const { state } = returned.parse(req.query);
      return refuse(res, 'denied', installationOrigin(ctx, { state, nonce }));
    }
    const callback = granted.safeParse(req.query);
    if (!callback.success) return refuse(res, 'incomplete');
    const outcome = await completeInstallation(ctx, { ...callback.data, nonce, browser: browserOf(req) });
    if (outcome.outcome !== 'installed') return refuse(res, outcome.outcome, outcome.origin);
    if (outcome.session !== null) console.signIn(res, outcome.session);
    const lacks = lacking(outcome.missingScopes);
    if (outcome.origin === 'app-store')
      return res.redirect(
        lacks === '' ? `${appStoreUrl}?install_success=true` : appStoreFailure(appStoreUrl, lacks),
      );
    if (outcome.session === null) return sendSuccess(res, outcome);
    console.setFlash(res, `Referral Desk is installed in ${outcome.workspaceName}. ${lacks} ${oneStepLeft}`);
    return res.redirect(303, '/console');
  }

  return router;
}

function signInFinisher(ctx: Context, publicUrl: string) {
  const cookie = consentCookie(publicUrl, 'sign-in', '/');
  return async function finishSignIn(req: Request, res: Response): Promise<void> {
    const leave = (why: string) => res.redirect(303, `/console/sign-in?why=${why}`);
    const callback = granted.safeParse(req.query);
    if (!callback.success) return leave('code-refused');
    const nonce = cookie.read(req);
    const outcome = await completeSignIn(ctx, { ...callback.data, nonce, browser: browserOf(req) });
    if (outcome.outcome !== 'signed-in') return leave(outcome.outcome);
    consoleCookies(publicUrl).signIn(res, outcome.session);
    return res.redirect(303, outcome.to);
  };
}

function browserOf(req: Request): string {
  return req.get('user-agent') ?? '';
}

/** https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/installing-uninstalling-apps */
function appStoreFailure(url: string, message: string): string {
  return `${url}?${new URLSearchParams({ install_success: 'false', error_message: message })}`;
}

type PageRefusal = CallbackRefusal | 'denied' | 'incomplete' | 'unknown-region' | 'too-often';

const refusals: Record<PageRefusal, { status: number; title: string; reason: string; advice: string }> = {
  denied: {
    status: 400,
    title: 'Referral Desk was not installed',
    reason: 'Access was not granted on Intercom’s page.',
    advice: 'If this was a mistake, start again and choose “Authorize access”.',
  },
  incomplete: {
    status: 400,
    title: 'Intercom’s answer is incomplete',
    reason: 'A part of the address is missing or repeated.',
    advice: 'Start again, and let Intercom redirect you.',
  },
  'unknown-region': {
    status: 400,
    title: 'Unknown region',
    reason: 'Intercom keeps workspaces in the regions us, eu and au.',
    advice: 'Start again, or open /install?region=eu for a specific region.',
  },
  'link-expired': {
    status: 400,
    title: 'This installation has expired',
    reason: `It started more than ${minutesToConsent} minutes ago, or in another app.`,
    advice: 'Start again, and finish within that time.',
  },
  'other-browser': {
    status: 403,
    title: 'This installation started in another browser',
    reason: 'Only the browser that started an installation can finish it.',
    advice: 'Start again here. Allow cookies for this site if your browser blocks them.',
  },
  'already-used': {
    status: 400,
    title: 'This installation is already finished',
    reason: 'The page was reloaded, or its address was opened again.',
    advice: 'If the app works in your Inbox, you are done. Otherwise, start again.',
  },
  'code-refused': {
    status: 400,
    title: 'Intercom did not accept this installation',
    reason: 'Intercom’s code has expired, was already used, or belongs to another app.',
    advice:
      'Start again. If it happens every time, compare the client id and secret of this app with those in the Developer Hub.',
  },
  'no-workspace': {
    status: 502,
    title: 'Intercom did not return the workspace',
    reason: 'Access was granted, but without a teammate and a workspace.',
    advice: 'Start again as a teammate who can install apps.',
  },
  'address-refused': {
    status: 502,
    title: 'Intercom refuses this server’s address',
    reason: 'Intercom, or a gateway in front of it, answered with 403.',
    advice: 'Add the address of this server to the workspace’s IP allowlist in Intercom, then start again.',
  },
  'intercom-down': {
    status: 502,
    title: 'Intercom did not answer in time',
    reason: 'Access was granted, but Intercom did not respond to complete it.',
    advice: 'Start again in a minute.',
  },
  'not-stored': {
    status: 503,
    title: 'The installation could not be stored',
    reason: 'Intercom may have granted access, but this app’s database is unavailable.',
    advice:
      'Start again in a minute. If it happens every time, ask the operator of this app to check its log.',
  },
  'too-often': {
    status: 429,
    title: 'Too many attempts',
    reason: 'Too many installations were started from your network within a minute.',
    advice: 'Wait a minute, then start again.',
  },
};

function sendRefusal(res: Response, refusal: PageRefusal, startUrl: string): void {
  const { status, title, reason, advice } = refusals[refusal];
  const body = html`<p>${reason}</p>
<p>Nothing was stored. An earlier installation stays unchanged.</p>
<p>${advice}</p>
<p class="next"><a href="${startUrl}">Start again</a></p>`;
  sendPage(res, { status, title, body });
}

const oneStepLeft =
  'One step is left, once per teammate. Open a conversation in the Inbox, choose “Edit apps” in the right-hand ' +
  'panel, and pin Referral Desk.';

function lacking(scopes: readonly string[]): string {
  if (scopes.length === 0) return '';
  return `Intercom did not allow: ${scopes.join(', ')}. Allow it for the app in the Developer Hub, then install again.`;
}

/** For a teammate who may not use the console, for example because their email is not verified. */
function sendSuccess(res: Response, installed: Installed): void {
  const body = html`<p>${lacking(installed.missingScopes)}</p>
<p>${oneStepLeft}</p>
<p class="next"><a href="${installed.inboxUrl}">Open the Inbox</a></p>`;
  sendPage(res, { status: 200, title: `Referral Desk is installed in ${installed.workspaceName}`, body });
}
