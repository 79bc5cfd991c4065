// The encrypted `user` of a sheet: base64 of IV, ciphertext and tag, AES-256-GCM under the SHA-256 of the app's secret.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';

/** Wrapped in lines as Ruby's base64 wraps it, which a reader has to bear. */
export function encryptUser(clientSecret: string, user: unknown, iv: Buffer = randomBytes(12)): string {
  const key = createHash('sha256').update(clientSecret).digest();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(user)), cipher.final()]);
  const whole = Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64');
  return whole.replace(/.{60}/g, '$&\n');
}
