// The page on which a teammate lets an AI assistant in: what it calls itself, where it answers, and what it may do.
// It is shown before the sign-in, too, so that teammates do not go to Intercom for an unknown assistant.
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { isLoopbackHost } from '../../../domain/assistants/client.ts';
import {
  type AccessRequest,
  allowAccess,
  denyAccess,
  minutesToAnswer,
  readAccessRequest,
  refusalOfWriting,
} from '../../../usecases/assistants/authorization.ts';
import type { Visitor } from '../../../usecases/workspace/sessions.ts';
import { consentCookie } from '../../cookies.ts';
import { type Html, html } from '../../html.ts';
import { tickField } from '../fields.ts';
import { policyWith, requireOwnForm, type SignedIn, visitorOf } from '../guard.ts';
import type { Send } from '../serving.ts';
import type { ConsoleCookies } from '../workspace/session-cookie.ts';

type Deps = { ctx: Context; cookies: ConsoleCookies; publicUrl: string; send: Send };

const path = '/connect-assistant';
const request = z.string().regex(/^[\w-]{43}$/);
const asked = z.object({ request });
const answered = z.object({ request, answer: z.enum(['allow', 'cancel']), write: z.string().optional() });

/** `/console/connect-assistant` */
export function consentRoutes({ ctx, cookies, publicUrl, send }: Deps): Router {
  const router = express.Router();
  const cookie = consentCookie(publicUrl, 'connect', '/');
  const expired = (req: Request, res: Response) =>
    send(req, res, 410, { title: 'This request has expired', body: endedBody }, null);

  router.get(path, async (req, res) => {
    const query = asked.safeParse(req.query);
    const open = query.success ? await readAccessRequest(ctx, query.data.request, cookie.read(req)) : null;
    if (!query.success || open === null) return expired(req, res);
    const context = await visitorOf(req, { ctx, cookies });
    res.set('Content-Security-Policy', policyWith(formActionOf(open)));
    const title = `Connect ${open.client.name}`;
    const body = context
      ? await consentBody(ctx, open, query.data.request, context)
      : signInBody(publicUrl, open, query.data.request);
    return send(req, res, 200, { title, body }, null);
  });

  router.post(path, express.urlencoded({ extended: false, limit: '10kb' }), async (req, res) => {
    const context = await visitorOf(req, { ctx, cookies });
    if (context === null) return expired(req, res);
    requireOwnForm(req, context.secret, publicUrl);
    const given = answered.safeParse(req.body);
    if (!given.success) return expired(req, res);
    const { request, answer, write } = given.data;
    const nonce = cookie.read(req);
    const to =
      answer === 'cancel'
        ? await denyAccess(ctx, { request, nonce })
        : await allowAccess(ctx, context.visitor, { request, nonce, write: write !== undefined });
    return to === null ? expired(req, res) : res.redirect(303, to);
  });
  return router;
}

/** Browsers check the redirect after a form, too. A policy cannot name an IPv6 address. */
function formActionOf({ redirectUri }: AccessRequest): string {
  const { protocol, hostname, origin } = new URL(redirectUri);
  return isLoopbackHost(hostname) && hostname.startsWith('[') ? protocol : origin;
}

function introduction({ client, answersAt }: AccessRequest): Html {
  const { name, documentHost } = client;
  return html`<p><b>${name}</b> asks for access to the referral data of your workspace.</p>
<dl class="facts">
<dt>Published by</dt><dd>${documentHost ?? html`Unknown. The app chose this name itself.`}</dd>
<dt>Returns to</dt><dd>${answersAt}</dd>
</dl>
${documentHost === null && html`<p class="notice fair">Continue only if you just started this connection.</p>`}`;
}

function signInBody(publicUrl: string, open: AccessRequest, request: string): Html {
  const start = (region: string) =>
    `${publicUrl}/console/sign-in/intercom?${new URLSearchParams({ region, to: `/console${path}?request=${request}` })}`;
  return html`<section>
${introduction(open)}
<p>Sign in to see what it can do, then allow or cancel.</p>
<p><a class="button main" href="${start('US')}">Sign in with Intercom</a></p>
<p class="quiet">Is your workspace hosted in <a href="${start('EU')}">Europe</a> or <a href="${start('AU')}">Australia</a>?</p>
</section>`;
}

async function consentBody(
  ctx: Context,
  open: AccessRequest,
  request: string,
  { visitor, csrf }: SignedIn,
): Promise<Html> {
  return html`<section>
${introduction(open)}
<form method="post" action="/console${path}">${csrf}<input type="hidden" name="request" value="${request}">
<h2>${open.client.name} can</h2>
<ul><li>See the people, referrals, rewards and campaigns of <b>${visitor.workspaceName}</b>, with names and emails</li>
<li>See failed runs, and what is not set up</li></ul>
${await writing(ctx, open, visitor)}
<p class="quiet">It acts as ${visitor.teammate.name}. You can disconnect it at any time under Settings, AI assistants.</p>
<div class="row"><button class="main" name="answer" value="allow">Allow</button>
<button name="answer" value="cancel">Cancel</button></div>
</form>
</section>`;
}

async function writing(ctx: Context, { scopes }: AccessRequest, visitor: Visitor): Promise<Html | null> {
  if (!scopes.includes('referrals:write')) return null;
  const refused = await refusalOfWriting(ctx, visitor);
  if (refused !== null) return html`<p class="quiet">${refusals[refused]}</p>`;
  return tickField({
    name: 'write',
    label: 'Also let it make changes',
    hint: 'Qualify and disqualify referrals, convert leads, retry runs. Each change is previewed first, and the audit log names you and the assistant.',
  });
}

const refusals = {
  viewer: 'It can’t change anything, because you are a viewer.',
  'switched-off': 'It can’t change anything: changes by assistants are off under Settings, AI assistants.',
};

const endedBody = html`<section>
<p>It was answered already, is older than ${minutesToAnswer} minutes, or was started in another browser.</p>
<p>Start the connection again in your AI assistant.</p>
</section>`;
