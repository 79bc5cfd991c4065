// Files that forms of the console bring along: the fields before them are read at once, the file while it is used.
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { NextFunction, Request, Response } from 'express';
import { Failure } from '../../failure.ts';
import { allowLongBody } from '../slow-requests.ts';

export type UploadedFile = { name: string; type: string; bytes: AsyncIterable<Uint8Array> };

const idleMs = 30_000;
const limits = { fields: 50, fieldSize: 10_000, fieldNameSize: 100, files: 1, parts: 51, headerPairs: 50 };

const files = new WeakMap<Request, UploadedFile>();

/** Null for a form without a file. */
export const fileOf = (request: Request): UploadedFile | null => files.get(request) ?? null;

/** Reads a form as far as its file, which has to be its last field: before it nobody knows whether it may be read. */
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
  parser.on('field', (name, value) => fields.push([name, value]));
  parser.on('file', (_field, stream, name, _encoding, type) => {
    files.set(req, { name: shortened(name), type, bytes: bytesOf(req, stream) });
    const breakOff = () => stream.destroy(new Error('the upload broke off'));
    // Whoever reads it hears of it as well; nobody may be reading it.
    stream.on('error', () => {});
    parser.once('error', breakOff);
    req.once('close', () => {
      if (!req.complete) breakOff();
    });
    // What nobody wants is read all the same, or the browser would see a broken connection instead of the answer.
    res.once('finish', () => stream.resume());
    go();
  });
  parser.on('finish', () => go());
  parser.on('error', () => go(unreadable()));
  req.pipe(parser);
}

/** Null for a form that says nothing of how it is made up. */
function parserOf({ headers }: Request): BusboyInstance | null {
  try {
    return new Busboy({ headers: { 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    return null;
  }
}

/** Whatever a sender calls it: of a length that can be shown, and without what no database can store. */
const shortened = (name: string) => name.replaceAll('\0', '').toWellFormed().slice(0, 200);

const unreadable = () => new Failure('unreadable', 'The form cannot be read.');

/** No faster than they are taken, which is what slows a fast sender down. */
async function* bytesOf(request: Request, stream: Readable): AsyncGenerator<Uint8Array> {
  allowLongBody(request);
  const wait = () => setTimeout(() => request.destroy(), idleMs);
  let idle = wait();
  try {
    for await (const chunk of stream) {
      clearTimeout(idle);
      yield chunk;
      idle = wait();
    }
  } finally {
    clearTimeout(idle);
  }
}
