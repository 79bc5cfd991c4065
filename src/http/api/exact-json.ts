// JSON bodies without loss of digits: Express reads them, and those with a number that may lose some are read again.
import type { IncomingMessage } from 'node:http';
import express from 'express';
import { parseExact } from '../../json.ts';

type BodyReader = ReturnType<typeof express.json>;

const maybeLossy = /\d{16}|\d[.eE]/;

export function exactJson(options: { limit: string; type?: () => boolean }): BodyReader {
  const lossy = new WeakMap<IncomingMessage, string>();
  const read = express.json({
    ...options,
    strict: false,
    verify(request, _response, raw) {
      const text = raw.toString('utf8');
      if (maybeLossy.test(text)) lossy.set(request, text);
    },
  });
  return (request, response, next) =>
    read(request, response, (error?: unknown) => {
      const text = lossy.get(request);
      if (error === undefined && text !== undefined && 'body' in request) {
        request.body = parseExact(text, request.body);
      }
      next(error);
    });
}
