// The Messenger's pages: what end users see, what teammates set, and the stand-in of Intercom's sheet library.
import { join } from 'node:path';
import express from 'express';

const pageFolder = join(import.meta.dirname, 'page');

export function messengerPages(): express.Router {
  const router = express.Router();
  router.use('/messenger/page', express.static(pageFolder, { index: false, fallthrough: false }));
  return router;
}
