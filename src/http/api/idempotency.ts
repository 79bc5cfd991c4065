// The Idempotency-Key of a request: under it, one request is one piece of work, however often it comes.
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { Failure } from '../../failure.ts';

export const idempotencyHeader = 'Idempotency-Key';

/** The caller's key, and a digest of the request by which another one under the same key is told apart. */
export type Idempotency = { key: string; request: string };

/** Printable ASCII, as in https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const keyForm = /^[\x20-\x7e]{1,255}$/;

/** Null where the request has none. Throws a Failure `invalid` for one that cannot be a key. */
export function idempotencyIn(request: Request, body: unknown): Idempotency | null {
  const key = request.get(idempotencyHeader);
  if (key === undefined) return null;
  if (!keyForm.test(key)) {
    throw new Failure('invalid', 'Some fields were refused: see "fields".', {
      fields: { [idempotencyHeader]: 'must be 1 to 255 printable ASCII characters' },
    });
  }
  const said = JSON.stringify([request.method, request.path, body]);
  return { key, request: createHash('sha256').update(said).digest('base64url') };
}
