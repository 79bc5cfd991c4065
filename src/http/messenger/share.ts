// `GET /share/:channel/:code`: counts that a link is shared, and redirects to the channel.
import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Context } from '../../context.ts';
import { languageOf } from '../../domain/languages/language.ts';
import { followShare } from '../../usecases/messenger/share.ts';
import { html } from '../html.ts';
import { limitTo } from '../limits.ts';
import { sendPage } from '../page.ts';
import { isVisit } from '../program/share.ts';

// As of share links.
const visitsPerMinute = 300;

export function shareChannelRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use(
    '/share',
    limitTo(visitsPerMinute, (response) => sendPage(response, tooOften)),
  );
  router.get('/share/:channel/:code', async (request, response) => {
    const { channel, code } = request.params;
    const { lang } = request.query;
    const language = languageOf(typeof lang === 'string' ? lang : null);
    const to = await followShare(ctx, { channel, code, language }, isVisit(request));
    if (to === null) return sendPage(response, unknown);
    // The next press must come here again to be counted.
    response.set('Cache-Control', 'no-store').redirect(302, to);
  });
  router.get('/share/{*rest}', (_request, response) => sendPage(response, unknown));
  // A person sees this error, so it is a page.
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof URIError) return sendPage(response, unknown);
    ctx.log.error({ err: error }, 'a link could not be shared');
    sendPage(response.set('Retry-After', '10'), unavailable);
  };
  router.use('/share', onError);
  return router;
}

const unknown = {
  status: 404,
  title: 'This link cannot be shared',
  body: html`<p>It no longer exists. Open the Messenger again to get your link.</p>`,
};
const tooOften = {
  status: 429,
  title: 'One moment, please',
  body: html`<p>Links were shared from your network too often. Try again in a minute.</p>`,
};
const unavailable = {
  status: 503,
  title: 'One moment, please',
  body: html`<p>This link cannot be shared right now. Try again in a minute.</p>`,
};
