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

const body = html`<p>It joins a company’s referral program to Intercom: teammates see beside a conversation who was
referred, by whom and how far it got, and the company’s own rules qualify a referral when its contact changes.</p>
<p>Teammates use it in the Inbox, once it is installed; in the console it is set up and looked after:</p>
<p class="next"><a href="install">Install in Intercom</a> <a href="console">Open the console</a></p>
<p>For developers: <a href="openapi.json">the API</a>. For whoever runs it: <a href="healthz">alive</a>,
<a href="readyz">ready</a>.</p>`;
