// Signs tokens and seals what must not be readable in the database, with keys derived from APP_SECRET.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { Failure } from './failure.ts';

/** Each audience has its own key, so that a token for one purpose is never valid for another. */
type Audience =
  | 'referral-desk-api'
  | 'install'
  | 'sign-in'
  | 'console-link'
  | 'assistant-change'
  | 'messenger-sheet';

type NewToken = {
  audience: Audience;
  subject: string;
  jti: string;
  expiresInSeconds?: number;
  claims?: Record<string, unknown>;
};

export type Signed = { subject: string; jti: string; claims: Record<string, unknown> };

export type Secrets = ReturnType<typeof createSecrets>;

type SealingKey = { id: string; key: Buffer };

const payload = z.looseObject({ sub: z.string().min(1), jti: z.string().min(1) });

/** `appSecrets`: the current secret first. All of them verify and open; the first signs and seals. */
export function createSecrets(
  appSecrets: readonly [string, ...string[]],
  now: () => Date = () => new Date(),
) {
  const [current] = appSecrets;
  const currentSealingKey = sealingKey(current);
  const sealingKeys = new Map(appSecrets.map(sealingKey).map((each) => [each.id, each]));
  const seconds = () => Math.floor(now().getTime() / 1000);
  // Cached as key objects: every card carries a signed link, and deriving a key takes as long as signing.
  const made = new Map<string, KeyObject>();
  const signingKey = (secret: string, audience: Audience): KeyObject => {
    const name = `${audience} ${appSecrets.indexOf(secret)}`;
    const key = made.get(name) ?? createSecretKey(derive(secret, `sign ${audience}`));
    made.set(name, key);
    return key;
  };

  return {
    /** Creates a JWT (HS256). Without `expiresInSeconds` it ends only when its `jti` is revoked. */
    sign({ audience, subject, jti, expiresInSeconds, claims }: NewToken): string {
      const issued = { ...claims, iat: seconds() };
      return jwt.sign(issued, signingKey(current, audience), {
        algorithm: 'HS256',
        audience,
        subject,
        jwtid: jti,
        ...(expiresInSeconds === undefined ? {} : { expiresIn: expiresInSeconds }),
      });
    },

    /** Null for anything but an unexpired token that `sign` created for this audience. */
    verify(audience: Audience, token: string): Signed | null {
      for (const secret of appSecrets) {
        const signed = verifyWith(signingKey(secret, audience), audience, token, seconds());
        if (signed) return signed;
      }
      return null;
    },

    /** Encrypts for one workspace: the result cannot be opened for another. */
    seal: (workspaceId: string, plain: string) => sealWith(currentSealingKey, workspaceId, plain),

    /** Throws a Failure when the text was changed, is another workspace's, or its secret is no longer configured. */
    open(workspaceId: string, sealed: string): string {
      const key = sealingKeys.get(sealed.split('.')[1] ?? '');
      if (!key)
        throw new Failure('unexpected', 'a stored secret was sealed with an APP_SECRET that is not set');
      return openWith(key, workspaceId, sealed);
    },

    sealedWithCurrentKey: (sealed: string) => sealed.split('.')[1] === currentSealingKey.id,
    /** Identifies the current APP_SECRET without revealing anything about it. */
    currentKeyId: currentSealingKey.id,
  };
}

function derive(secret: string, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'referral-desk', purpose, bytes));
}

function sealingKey(secret: string): SealingKey {
  return { id: derive(secret, 'sealing key id', 6).toString('base64url'), key: derive(secret, 'seal') };
}

function verifyWith(key: KeyObject, audience: Audience, token: string, seconds: number): Signed | null {
  try {
    const verified = jwt.verify(token, key, { algorithms: ['HS256'], audience, clockTimestamp: seconds });
    const { sub, jti, ...claims } = payload.parse(verified);
    return { subject: sub, jti, claims };
  } catch {
    return null;
  }
}

function sealWith({ id, key }: SealingKey, workspaceId: string, plain: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(workspaceId));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return ['v1', id, iv.toString('base64url'), text.toString('base64url')].join('.');
}

function openWith({ key }: SealingKey, workspaceId: string, sealed: string): string {
  try {
    const [, , iv = '', text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    // The tag's length is fixed: Node would accept a shorter tag, which is easier to forge.
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
      .setAAD(Buffer.from(workspaceId))
      .setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch (cause) {
    const message = 'a stored secret could not be opened: it is damaged or another workspace’s';
    throw new Failure('unexpected', message, { cause });
  }
}
