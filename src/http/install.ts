// Installing in a browser: off to Intercom's consent page, and back with the result as a page to read.
import express, { type CookieOptions, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import { region } from '../domain/region.ts';
import { type Installation, minutesToConsent, type Outcome, type Refusal } from '../usecases/installation.ts';
import { html, sendPage } from './page.ts';

const start = z.object({ region: z.string().toUpperCase().pipe(region).default('US') });

// Given twice, a parameter is a list, and no longer what Intercom sends.
const denied = z.object({ error: z.string() });
const granted = z.object({ code: z.string().min(1), state: z.string().min(1) });

type Deps = {
  installation: Installation;
  publicUrl: string;
  /** For each caller's address. */
  requestsPerMinute?: number;
};

/** `GET /install` and `GET /install/callback`. */
export function installRoutes({ installation, publicUrl, requestsPerMinute = 30 }: Deps): express.Router {
  const router = express.Router();
  const cookie = browserCookie(publicUrl);
  const refuse = (res: Response, refusal: PageRefusal) => sendRefusal(res, refusal, `${publicUrl}/install`);
  const limit = rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_req, res) => refuse(res, 'too-often'),
  });

  router.get('/install', limit, (req, res) => {
    const asked = start.safeParse(req.query);
    if (!asked.success) return refuse(res, 'unknown-region');
    const { consentUrl, nonce } = installation.begin(asked.data.region, cookie.read(req));
    cookie.set(res, nonce);
    res.set('Cache-Control', 'no-store');
    return res.redirect(consentUrl);
  });

  router.get('/install/callback', limit, async (req, res) => {
    if (denied.safeParse(req.query).success) return refuse(res, 'denied');
    const callback = granted.safeParse(req.query);
    if (!callback.success) return refuse(res, 'incomplete');
    const outcome = await installation.complete({ ...callback.data, nonce: cookie.read(req) });
    return outcome.outcome === 'installed' ? sendSuccess(res, outcome) : refuse(res, outcome.outcome);
  });

  return router;
}

/** Ties an installation to the browser that began it. Over HTTPS its name keeps unencrypted pages from planting one. */
function browserCookie(publicUrl: string) {
  const secure = publicUrl.startsWith('https:');
  const name = `${secure ? '__Secure-' : ''}referral-desk-install`;
  const options: CookieOptions = {
    httpOnly: true,
    // Not strict: Intercom's page sends the browser back here from another site.
    sameSite: 'lax',
    secure,
    path: '/install',
    maxAge: minutesToConsent * 60_000,
  };
  return {
    set: (res: Response, nonce: string) => res.cookie(name, nonce, options),
    read(req: Request): string | null {
      const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
      return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
    },
  };
}

type PageRefusal = Refusal | 'denied' | 'incomplete' | 'unknown-region' | 'too-often';

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
      'Start again in a minute. If it happens every time, tell whoever runs this app: its log says more.',
  },
  'too-often': {
    status: 429,
    title: 'That was too often',
    reason: 'More installations were begun from your network within a minute than anybody needs.',
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

function sendSuccess(res: Response, installed: Extract<Outcome, { outcome: 'installed' }>): void {
  const body = html`<p>One step is left, and each teammate takes it once: open any conversation in the Inbox, choose
<strong>Edit apps</strong> at the bottom of the panel on the right, and pin <strong>Referral Desk</strong>.</p>
<p class="next"><a href="${installed.inboxUrl}">Open the Inbox</a></p>`;
  sendPage(res, { status: 200, title: `Referral Desk is installed in ${installed.workspaceName}`, body });
}
