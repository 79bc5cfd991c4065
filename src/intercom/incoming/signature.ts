// Proof that a request comes from Intercom: HMACs of the raw bytes with the app's client secret.
import { createHmac, timingSafeEqual } from 'node:crypto';

export type Verification = 'valid' | 'missing' | 'malformed' | 'mismatch';

const sha256Hex = /^([0-9a-f]{64})$/i;
const prefixedSha1Hex = /^sha1=([0-9a-f]{40})$/i;

/**
 * Canvas Kit's `X-Body-Signature`: 64 hex digits of HMAC-SHA256, no prefix. Any of `secrets` may have signed
 * (https://developers.intercom.com/docs/canvas-kit, "Signing Notifications"; the 40-digit sample there is a SHA-1).
 */
export function verifyBodySignature(raw: Buffer, header: unknown, secrets: readonly string[]): Verification {
  return verify('sha256', sha256Hex, raw, header, secrets);
}

/**
 * A notification's `X-Hub-Signature`: `sha1=` and 40 hex digits of HMAC-SHA1
 * (https://developers.intercom.com/docs/webhooks/webhook-notifications, "Signed notifications"). Rotates the same way.
 */
export function verifyHubSignature(raw: Buffer, header: unknown, secrets: readonly string[]): Verification {
  return verify('sha1', prefixedSha1Hex, raw, header, secrets);
}

function verify(
  digest: 'sha256' | 'sha1',
  form: RegExp,
  raw: Buffer,
  header: unknown,
  secrets: readonly string[],
): Verification {
  if (header === undefined) return 'missing';
  const hex = typeof header === 'string' ? form.exec(header)?.[1] : undefined;
  if (hex === undefined) return 'malformed';
  const received = Buffer.from(hex, 'hex');
  const valid = secrets.some((secret) =>
    timingSafeEqual(received, createHmac(digest, secret).update(raw).digest()),
  );
  return valid ? 'valid' : 'mismatch';
}
