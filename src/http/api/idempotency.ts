// The Idempotency-Key of a request: requests with the same key are done once.
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { refusedRequest } from '../../failure.ts';

export const idempotencyHeader = 'Idempotency-Key';

/** The caller's key, and a digest of the request that detects a different request under the same key. */
export type Idempotency = { key: string; request: string };

/** Printable ASCII, as in https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const keyForm = /^[\x20-\x7e]{1,255}$/;

/** Null when the request has no key. Throws a Failure `invalid` for a malformed key. */
export function idempotencyIn(request: Request, body: unknown): Idempotency | null {
  const key = request.get(idempotencyHeader);
  if (key === undefined) return null;
  if (!keyForm.test(key)) {
    throw refusedRequest({ [idempotencyHeader]: 'must be 1 to 255 printable ASCII characters' });
  }
  const content = JSON.stringify([request.method, request.path, body]);
  return { key, request: createHash('sha256').update(content).digest('base64url') };
}
