// Intercom's OAuth: the page that a teammate agrees on, and the exchange of its code for an access token.
import { randomBytes } from 'node:crypto';
import express, { type Response } from 'express';
import { z } from 'zod';
import type { AppListing } from './deliveries/developer-hub.ts';
import { errorList } from './error-list.ts';
import type { Faults } from './faults.ts';
import { answerRefusals } from './intercom/refusal.ts';
import { consentPage, refusalPage } from './oauth-page.ts';
import type { OAuthCode, World } from './world.ts';

const codeLifetimeSeconds = 300;

const requestSchema = z.object({
  client_id: z.string(),
  state: z.string().default(''),
  redirect_uri: z.url({ protocol: /^https?$/ }).optional(),
});

const decisionSchema = requestSchema.extend({
  decision: z.enum(['authorize', 'cancel']),
  admin_id: z.string().optional(),
});

const exchangeSchema = z.object({ code: z.string(), client_id: z.string(), client_secret: z.string() });

type OAuthDeps = {
  world: World;
  faults: Faults;
  appUrl: () => string;
  clientId: string;
  clientSecret: string;
  app: AppListing;
};

/** Serves `/oauth` and `/auth/eagle/token`, as app.intercom.com and api.intercom.io do. */
export function oauth(deps: OAuthDeps): express.Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false });

  router.get('/oauth', (req, res) => {
    const request = requestSchema.safeParse(req.query);
    const redirectUri = request.success ? allowedRedirect(deps, request.data) : undefined;
    if (!request.success || !redirectUri) return refuse(res, unknownRequest);
    const nonce = protect(res, redirectUri.origin);
    const hidden = { client_id: deps.clientId, redirect_uri: redirectUri.href, state: request.data.state };
    const admins = deps.world.admins.all();
    const workspaceName = deps.world.workspace.name;
    return res.send(consentPage({ workspaceName, app: deps.app, admins, hidden, nonce }));
  });

  router.post('/oauth', form, (req, res) => {
    const decision = decisionSchema.safeParse(req.body);
    const redirectUri = decision.success ? allowedRedirect(deps, decision.data) : undefined;
    if (!decision.success || !redirectUri) return refuse(res, unknownRequest);
    const back = new URL(redirectUri);
    back.searchParams.set('state', decision.data.state);
    if (decision.data.decision === 'cancel') {
      back.searchParams.set('error', 'access_denied');
      return res.redirect(back.href);
    }
    const adminId = decision.data.admin_id ?? deps.world.admins.all()[0]?.id;
    if (adminId === undefined || !deps.world.admins.get(adminId)) {
      return refuse(res, 'This workspace has no such teammate.');
    }
    back.searchParams.set('code', newCode(deps, adminId, redirectUri).id);
    return res.redirect(back.href);
  });

  // Installing can go wrong as much as any other call, so the exchange takes part in the faults of the API.
  router.post('/auth/eagle/token', deps.faults.api, express.json(), form, (req, res) => {
    const request = exchangeSchema.safeParse(req.body);
    if (!request.success) {
      const missing = String(request.error.issues[0]?.path[0] ?? 'code');
      return res.status(400).json(errorList('parameter_missing', `${missing} is missing`, missing));
    }
    const token = exchange(deps, request.data);
    if (token === undefined) return res.status(401).json(errorList('unauthorized', 'Unauthorized Code'));
    return res.json({ token_type: 'Bearer', token, access_token: token });
  });
  router.use('/auth/eagle/token', answerRefusals);

  return router;
}

const unknownRequest =
  'This link does not match an app of this workspace. Check the client ID and the redirect URL.';

/** Where to return to, if the app is the known one and has registered that address; else undefined. */
function allowedRedirect(deps: OAuthDeps, request: z.infer<typeof requestSchema>): URL | undefined {
  if (request.client_id !== deps.clientId) return undefined;
  const app = new URL(deps.appUrl());
  const wanted = new URL(request.redirect_uri ?? `${deps.appUrl()}/install/callback`);
  const below = app.pathname.endsWith('/') ? app.pathname : `${app.pathname}/`;
  return wanted.origin === app.origin && wanted.pathname.startsWith(below) ? wanted : undefined;
}

function newCode(deps: OAuthDeps, adminId: string, redirectUri: URL): OAuthCode {
  return deps.world.codes.put({
    // Base64 of 32 bytes ends in `=` and may hold `+` and `/`, as Intercom's codes can: what is lost on the way
    // through a carelessly built URL shows here.
    id: randomBytes(32).toString('base64'),
    client_id: deps.clientId,
    redirect_uri: redirectUri.href,
    admin_id: adminId,
    used: false,
    expires_at: deps.world.now() + codeLifetimeSeconds,
  });
}

/** A new access token for a code that is fresh, unused and the caller's own; else undefined. */
function exchange(deps: OAuthDeps, request: z.infer<typeof exchangeSchema>): string | undefined {
  const { world, clientId, clientSecret } = deps;
  if (request.client_id !== clientId || request.client_secret !== clientSecret) return undefined;
  const code = world.codes.get(request.code);
  if (!code || code.used || code.client_id !== clientId || code.expires_at <= world.now()) return undefined;
  world.codes.put({ ...code, used: true });
  const token = world.tokens.put({
    id: Buffer.from(`tok:${randomBytes(24).toString('hex')}`).toString('base64'),
    client_id: clientId,
    admin_id: code.admin_id,
    revoked: false,
    created_at: world.now(),
  });
  return token.id;
}

function refuse(res: Response, reason: string): void {
  res.status(400).send(refusalPage(reason, protect(res)));
}

/** Allows this page its own style and its form nothing but this server and, by its redirect, the app. */
function protect(res: Response, appOrigin = ''): string {
  const nonce = randomBytes(16).toString('base64');
  res.set({
    'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self' ${appOrigin}; base-uri 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  });
  return nonce;
}
