// OAuth 2.1 for AI assistants: where its documents are, and how a client registers, asks, gets tokens and gives them back.
import { mcpAuthMetadataRouter } from '@modelcontextprotocol/express';
import express, { type Request, type Response, type Router } from 'express';
import type { Context } from '../../context.ts';
import { clientMetadata } from '../../domain/assistants/client.ts';
import { scopes } from '../../domain/assistants/scope.ts';
import { Failure } from '../../failure.ts';
import { beginAuthorization } from '../../usecases/assistants/authorization.ts';
import { registerClient } from '../../usecases/assistants/clients.ts';
import { issueTokens, revokeToken } from '../../usecases/assistants/tokens.ts';
import { consentCookie } from '../cookies.ts';
import { html } from '../html.ts';
import { limitTo } from '../limits.ts';
import { sendPage } from '../page.ts';

const requestsPerMinute = 60;
/** All of an assistant's users may come from a few addresses. */
const tokensPerMinute = 600;
const registrationsPerMinute = 10;

export function oauthRoutes(ctx: Context, publicUrl: string): Router {
  const router = express.Router();
  const at = (path: string) => `${publicUrl}${path}`;
  const metadata = mcpAuthMetadataRouter({
    oauthMetadata: {
      issuer: publicUrl,
      authorization_endpoint: at('/oauth/authorize'),
      token_endpoint: at('/oauth/token'),
      registration_endpoint: at('/oauth/register'),
      revocation_endpoint: at('/oauth/revoke'),
      scopes_supported: [...scopes],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
      service_documentation: at('/console/help/assistants'),
    },
    resourceServerUrl: new URL('/mcp', publicUrl),
    resourceName: 'Referral Desk',
    scopesSupported: [...scopes],
  });
  // Some clients look for the document without the path of the resource.
  router.use('/.well-known/oauth-protected-resource', (req, _res, next) => {
    if (req.path === '/') req.url = '/mcp';
    next();
  });
  router.use(metadata);
  router.get('/oauth/authorize', limitTo(requestsPerMinute, sendTooMany), authorize(ctx, publicUrl));
  const forms = express.urlencoded({ extended: false, limit: '20kb' });
  const limit = limitTo(tokensPerMinute, sendTooMany);
  router.post('/oauth/token', limit, forms, async (req, res) => {
    const outcome = await issueTokens(ctx, req.body);
    // RFC 6749, section 5.1.
    res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    if ('issued' in outcome) res.json(outcome.issued);
    else res.status(400).json({ error: outcome.error });
  });
  router.post('/oauth/revoke', limit, forms, async (req, res) => {
    const { token, client_id } = req.body ?? {};
    if (typeof token !== 'string' || typeof client_id !== 'string')
      return res.status(400).json({ error: 'invalid_request' });
    await revokeToken(ctx, token, client_id);
    return res.status(200).end();
  });
  router.post(
    '/oauth/register',
    limitTo(registrationsPerMinute, sendTooMany),
    express.json({ limit: '20kb' }),
    (req, res) => register(ctx, req, res),
  );
  return router;
}

async function register(ctx: Context, req: Request, res: Response): Promise<void> {
  res.set('Cache-Control', 'no-store');
  const read = clientMetadata.safeParse(req.body);
  if (!read.success) {
    const isRedirect = read.error.issues.some(({ path }) => path[0] === 'redirect_uris');
    const error = isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    const error_description = isRedirect
      ? 'Every redirect_uri must be https, or http on localhost, 127.0.0.1 or [::1], without a fragment.'
      : 'The client metadata is not valid.';
    res.status(400).json({ error, error_description });
    return;
  }
  try {
    const client = await registerClient(ctx, read.data);
    res.status(201).json({
      client_id: client.id,
      client_id_issued_at: Math.floor(ctx.now().getTime() / 1_000),
      client_name: client.name,
      redirect_uris: client.redirectUris,
      // All are public clients: what they are proves nothing, and each needs a teammate's consent.
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'rate-limited') throw error;
    sendTooMany(res);
  }
}

function authorize(ctx: Context, publicUrl: string) {
  const cookie = consentCookie(publicUrl, 'connect', '/');
  return async function beginAsking(req: Request, res: Response): Promise<void> {
    res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
    const begun = await beginAuthorization(ctx, req.query, cookie.read(req));
    if (begun.outcome === 'refused') return sendPage(res, { status: 400, ...refusals[begun.why] });
    if (begun.outcome === 'answered') return res.redirect(303, begun.to);
    cookie.set(res, begun.nonce);
    return res.redirect(303, `/console/connect-assistant?request=${begun.request}`);
  };
}

const refusals = {
  'unknown-client': {
    title: 'Unknown AI assistant',
    body: html`<p>Its ID is not registered here, or its client document cannot be read.</p>
<p>Remove the connection in the assistant and add it again.</p>`,
  },
  'unknown-redirect': {
    title: 'Unregistered redirect address',
    body: html`<p>The assistant did not register this address, so nothing was sent there.</p>
<p>Remove the connection in the assistant and add it again.</p>`,
  },
};

function sendTooMany(res: Response): void {
  res.status(429).json({ error: 'temporarily_unavailable', error_description: 'Too many requests.' });
}
