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
    advice: 'If that was not on purpose, start again and choose to authorize access.',
  },
  incomplete: {
    status: 400,
    title: 'This is not a complete answer from Intercom',
    reason: 'The address that brought you here lacks a part that Intercom sends, or has it twice.',
    advice: 'Start again, and let Intercom bring you back instead of opening the address by hand.',
  },
  'unknown-region': {
    status: 400,
    title: 'This region is not known',
    reason: 'Intercom keeps workspaces in the regions us, eu and au.',
    advice: 'Start again: it works for every region, and can be begun at /install?region=eu for one of them.',
  },
  'link-expired': {
    status: 400,
    title: 'This installation has expired',
    reason: `It was begun more than ${minutesToConsent} minutes ago, or not by this app.`,
    advice: 'Start again, and finish within that time.',
  },
  'other-browser': {
    status: 403,
    title: 'This installation was begun in another browser',
    reason: 'Only the browser that began an installation can finish it, and this one has no sign of it.',
    advice: 'Start again here. Allow cookies for this site if your browser blocks them.',
  },
  'already-used': {
    status: 400,
    title: 'This installation was finished already',
    reason: 'Each can be finished once, and the page was reloaded or its address opened again.',
    advice: 'If the app works in your Inbox, nothing is left to do. If not, start again.',
  },
  'code-refused': {
    status: 400,
    title: 'Intercom did not accept this installation',
    reason: 'The permission that Intercom sent along was expired or used, or is another app’s.',
    advice:
      'Start again. If it happens every time, compare the client id and secret of this app with those in the Developer Hub.',
  },
  'no-workspace': {
    status: 502,
    title: 'Intercom did not say which workspace this is',
    reason: 'Access was granted, but without naming a teammate and a workspace.',
    advice: 'Start again as a teammate of the workspace who may install apps.',
  },
  'address-refused': {
    status: 502,
    title: 'Intercom refuses this server’s address',
    reason: 'Intercom, or a gateway in front of it, answered with 403 before it looked at what was asked.',
    advice: 'Add the address of this server to the workspace’s IP allowlist in Intercom, then start again.',
  },
  'intercom-down': {
    status: 502,
    title: 'Intercom did not answer in time',
    reason: 'Access was granted, but Intercom could not be reached, or could not answer, to complete it.',
    advice: 'Start again in a minute.',
  },
  'not-stored': {
    status: 503,
    title: 'The installation could not be stored',
    reason: 'Intercom may have granted access, but this app’s database could not keep it.',
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
<p>This attempt has stored nothing; what was installed before is as it was.</p>
<p>${advice}</p>
<p class="next"><a href="${startUrl}">Start again</a></p>`;
  sendPage(res, { status, title, body });
}

const oneStepLeft =
  'One step is left, and each teammate takes it once: open any conversation in the Inbox, choose “Edit apps” at the ' +
  'bottom of the panel on the right, and pin Referral Desk.';

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
