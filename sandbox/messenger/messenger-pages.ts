// The Messenger's pages: what end users see, what teammates set, and the stand-in of Intercom's sheet library.
import { join } from 'node:path';
import express from 'express';
import type { Api } from '../intercom/call.ts';
import type { Messenger } from './messenger.ts';
import { messengerApi } from './messenger-api.ts';
import { messengerGallery } from './messenger-gallery.ts';

const pageFolder = join(import.meta.dirname, 'page');

// As the inbox page's, but for sheets: pages of the app's in a frame, which a form of this page opens.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: http://localhost:* http://127.0.0.1:*",
  'frame-src https: http://localhost:* http://127.0.0.1:*',
  "base-uri 'none'",
  'form-action https: http://localhost:* http://127.0.0.1:*',
  "frame-ancestors 'none'",
].join('; ');

/** Serves `/messenger`, what is below it and what it is made of. */
export function messengerPages(api: Api, messenger: Messenger): express.Router {
  const router = express.Router();
  const page = (name: string): express.RequestHandler => {
    return (_req, res) => {
      res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
      res.sendFile(name, { root: pageFolder });
    };
  };
  router.get('/messenger', page('messenger.html'));
  router.get('/messenger/settings', page('settings.html'));
  router.get('/messenger/gallery', page('gallery.html'));
  router.get('/messenger/api/gallery', async (_req, res) => {
    res.json({ screens: await messengerGallery() });
  });
  router.get('/messenger/messenger-sheet-library.latest.js', (_req, res) => {
    res.set({ 'Cache-Control': 'no-cache' });
    res.sendFile('sheet-library.js', { root: pageFolder });
  });
  router.use('/messenger/api', messengerApi(api, messenger));
  router.use('/messenger/page', express.static(pageFolder, { index: false, fallthrough: false }));
  return router;
}
