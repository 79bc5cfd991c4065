// `GET /r/:code`: records the click on a share link, and redirects to the campaign's page.
import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import type { Context } from '../../context.ts';
import { followShareLink } from '../../usecases/program/share-links.ts';
import { html } from '../html.ts';
import { limitTo } from '../limits.ts';
import { sendPage } from '../page.ts';
import { closedPage } from './closed-page.ts';

// Per address: enough for a whole office behind one address, too few for trying out codes.
const visitsPerMinute = 300;

export function shareRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use(
    '/r',
    limitTo(visitsPerMinute, (response) => sendPage(response, tooOften)),
  );
  router.get('/r/:code', async (request, response) => {
    const followed = await followShareLink(ctx, request.params.code, isVisit(request));
    if (followed === null) return sendPage(response, unknown);
    if ('closed' in followed) return sendPage(response, closedPage(followed.closed, ctx.now()));
    // The next click must come here again to be counted, and may lead elsewhere by then.
    response.set('Cache-Control', 'no-store').redirect(302, followed.to);
  });
  router.get('/r/{*rest}', (_request, response) => sendPage(response, unknown));
  // A person sees this error, so it is a page.
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    // Express could not decode the code in the address.
    if (error instanceof URIError) return sendPage(response, unknown);
    ctx.log.error({ err: error }, 'a share link could not be followed');
    sendPage(response.set('Retry-After', '10'), unavailable);
  };
  router.use('/r', onError);
  return router;
}

/** Link previews and prefetches are redirected, but not counted. Clicks are only a hint: they pay nothing. */
export function isVisit(request: Request): boolean {
  const agent = request.get('user-agent') ?? '';
  const ahead = `${request.get('sec-purpose') ?? ''} ${request.get('purpose') ?? ''}`;
  return request.method === 'GET' && !robots.test(agent) && !/prefetch|preview/i.test(ahead);
}

// Cubot is a brand of phones.
const robots =
  /(?<!cu)bot\b|bot[/-]|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp\/|telegram|skypeuri|embedly|vkshare/i;

const unknown = {
  status: 404,
  title: 'This referral link does not work',
  body: html`<p>The link may be incomplete. Ask your friend for the full link.</p>`,
};
const tooOften = {
  status: 429,
  title: 'One moment, please',
  body: html`<p>Too many links were opened from your network. Try again in a minute.</p>`,
};
const unavailable = {
  status: 503,
  title: 'One moment, please',
  body: html`<p>This link cannot be opened right now. Try again in a minute.</p>`,
};
