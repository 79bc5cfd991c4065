// The console's style sheet and scripts, cached by browsers until they change.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express from 'express';

const style = read('console.css', new URL('console.css', import.meta.url), 'text/css');
const script = read('console.js', new URL('console.js', import.meta.url), 'text/javascript');
/** Changes what is shown into what the server says now, element by element. */
const morph = read('idiomorph.js', import.meta.resolve('idiomorph/dist/idiomorph.min.js'), 'text/javascript');

/** Hashed addresses: browsers fetch a new version at once, and an unchanged one never again. */
export const assets = { style: style.url, scripts: [morph.url, script.url] };

/** `GET /console/assets/*`, public. */
export function assetRoutes(): express.Router {
  const router = express.Router();
  for (const { path, type, text } of [style, script, morph]) {
    router.get(path, (_req, res) => {
      res.set('Cache-Control', 'public, max-age=31536000, immutable').type(type).send(text);
    });
  }
  return router;
}

function read(name: string, file: URL | string, type: string) {
  const text = readFileSync(new URL(file), 'utf8');
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const path = `/assets/${name}`;
  return { path, type, text, url: `/console${path}?v=${version}` };
}
