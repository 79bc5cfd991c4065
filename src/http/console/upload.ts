// Files in the console's forms: reads the fields before the file at once, and streams the file.
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { NextFunction, Request, Response } from 'express';
import { Failure } from '../../failure.ts';
import { readLongBody } from '../slow-requests.ts';

export type UploadedFile = { name: string; type: string; bytes: AsyncIterable<Uint8Array> };

/** A field holds a list of some thousand emails at most; a longer one comes as a file. */
const limits = { fields: 50, fieldSize: 200_000, fieldNameSize: 100, files: 1, parts: 51, headerPairs: 50 };

const files = new WeakMap<Request, UploadedFile>();

/** Null for a form without a file. */
export const fileOf = (request: Request): UploadedFile | null => files.get(request) ?? null;

/** The file must be the last field: the fields before it decide whether it may be read. */
export function readUploads(req: Request, res: Response, next: NextFunction): void {
  if (!req.is('multipart/form-data')) {
    next();
    return;
  }
  const parser = parserOf(req);
  if (!parser) {
    next(unreadable());
    return;
  }
  const fields: [string, string][] = [];
  let known = false;
  const go = (error?: unknown) => {
    if (known) return;
    known = true;
    req.body = Object.fromEntries(fields);
    next(error);
  };
  parser.on('field', (name, value, _nameCut, isCut) => {
    if (isCut) go(tooLong(name));
    else fields.push([name, value]);
  });
  parser.on('file', (_field, stream, name, _encoding, type) => {
    files.set(req, { name: shortened(name), type, bytes: readLongBody(req, stream) });
    const breakOff = () => stream.destroy(new Error('the upload was interrupted'));
    // The file's reader sees the error as well, but there may be no reader.
    stream.on('error', () => {});
    parser.once('error', breakOff);
    req.once('close', () => {
      if (!req.complete) breakOff();
    });
    // Drain what is not used, or the browser would see a broken connection instead of the response.
    res.once('finish', () => stream.resume());
    go();
  });
  parser.on('finish', () => go());
  parser.on('error', () => go(unreadable()));
  req.pipe(parser);
}

/** Null for a form without a boundary. */
function parserOf({ headers }: Request): BusboyInstance | null {
  try {
    return new Busboy({ headers: { 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    return null;
  }
}

/** The sender's file name, cut to a length that can be shown, without characters that PostgreSQL cannot store. */
const shortened = (name: string | undefined) =>
  (name ?? '').replaceAll('\0', '').toWellFormed().slice(0, 200);

const tooLong = (name: string) =>
  new Failure('too-large', `The text in “${name}” is too long. Upload it as a file instead.`);
const unreadable = () =>
  new Failure('unreadable', 'The form could not be read. Reload the page and try again.');
