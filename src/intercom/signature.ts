// Proof that a request comes from Intercom: HMACs of the raw bytes with the app's client secret.
import { createHmac, timingSafeEqual } from 'node:crypto';

export type Verification = 'valid' | 'missing' | 'malformed' | 'mismatch';

const sha256Hex = /^[0-9a-f]{64}$/i;

/**
 * Canvas Kit's `X-Body-Signature`: 64 hex digits of HMAC-SHA256, no prefix
 * (https://developers.intercom.com/docs/canvas-kit, "Signing Notifications"; the 40-digit sample there is a SHA-1).
 * Any of `secrets` may have signed, so that the client secret can be rotated.
 */
export function verifyBodySignature(raw: Buffer, header: unknown, secrets: readonly string[]): Verification {
  if (header === undefined) return 'missing';
  if (typeof header !== 'string' || !sha256Hex.test(header)) return 'malformed';
  const given = Buffer.from(header, 'hex');
  const valid = secrets.some((secret) =>
    timingSafeEqual(given, createHmac('sha256', secret).update(raw).digest()),
  );
  return valid ? 'valid' : 'mismatch';
}
