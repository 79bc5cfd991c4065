// The console's style sheet and script: our own files, cached by browsers until they change.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express from 'express';

const files = [read('console.css', 'text/css'), read('console.js', 'text/javascript')] as const;

/** Hashed addresses: browsers fetch a new version at once, and an unchanged one never again. */
export const assets = { style: files[0].url, script: files[1].url };

/** `GET /console/assets/*`, public. */
export function assetRoutes(): express.Router {
  const router = express.Router();
  for (const { path, type, text } of files) {
    router.get(path, (_req, res) => {
      res.set('Cache-Control', 'public, max-age=31536000, immutable').type(type).send(text);
    });
  }
  return router;
}

function read(name: string, type: string) {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const path = `/assets/${name}`;
  return { path, type, text, url: `/console${path}?v=${version}` };
}
