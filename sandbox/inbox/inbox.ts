// The stand-in for Intercom's Inbox: one page, its API, and the gallery of the app's screens.
import { join } from 'node:path';
import express from 'express';
import type { World } from '../world.ts';
import type { CanvasCalls } from './canvas-calls.ts';
import { createCanvasRequests } from './canvas-requests.ts';
import { galleryScreens } from './gallery.ts';
import { inboxApi } from './inbox-api.ts';

const pageFolder = join(import.meta.dirname, 'page');

// Nothing comes from elsewhere, except images of an app on this machine: a canvas may show some.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: http://localhost:* http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export type InboxPageOptions = {
  world: World;
  /** The app's public URL, asked for at every request since it may change. */
  appUrl: () => string;
  calls: CanvasCalls;
};

/** Serves `/`, `/gallery`, everything under `/inbox/`, and Intercom's own deep links under `/a/`. */
export function inboxPage(options: InboxPageOptions): express.Router {
  const router = express.Router();
  const page = (name: string): express.RequestHandler => {
    return (_req, res) => {
      res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
      res.sendFile(name, { root: pageFolder });
    };
  };

  router.get('/', page('page.html'));
  router.get('/gallery', page('gallery.html'));
  router.get('/inbox/api/gallery', async (_req, res) => {
    res.json({ screens: await galleryScreens() });
  });
  const { world, appUrl, calls } = options;
  router.use('/inbox/api', inboxApi(world, createCanvasRequests(world, appUrl, calls), calls));
  router.use('/inbox/page', express.static(pageFolder, { index: false, fallthrough: false }));

  // The links that an app makes to people and conversations: Intercom spells the latter in several ways.
  router.get('/a/apps/:app/users/:contact{/*rest}', (req, res) => {
    res.redirect(`/?contact=${encodeURIComponent(req.params.contact)}`);
  });
  router.get(/^\/a\/\w+\/[^/]+\/(?:.*\/)?conversations?\/([^/]+)$/, (req, res) => {
    res.redirect(`/?conversation=${encodeURIComponent(String(req.params[0]))}`);
  });
  return router;
}
