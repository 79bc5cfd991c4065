// `GET /`: the front page of the app's own address.
import express from 'express';
import { html } from './html.ts';
import { sendPage } from './page.ts';

/** Relative links: behind a proxy the app may not know the address that the browser sees. */
export function frontRoutes(): express.Router {
  const router = express.Router();
  router.get('/', (_req, res) => {
    sendPage(res, { status: 200, title: 'Referral Desk for Intercom', body });
  });
  return router;
}

const body = html`<p>Connects your referral program to Intercom. Teammates see beside a conversation whether a contact was
referred and by which referrer. Your rules qualify referrals when contacts change.</p>
<p>Install it, then set it up in the console:</p>
<p class="next"><a href="install">Install in Intercom</a> <a href="console">Open the console</a></p>
<p>For developers: <a href="openapi.json">the API</a>. Health: <a href="healthz">live</a>,
<a href="readyz">ready</a>.</p>`;
