// The way to Intercom's consent page and back, for whatever it is gone: signed, bound to one browser, taken once.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Region, region } from '../../domain/region.ts';

/** Each purpose has a key of its own, so that a way in to the console can never become an installation. */
export type Purpose = 'install' | 'sign-in';

export type ConsentRefusal = 'link-expired' | 'other-browser';

export type ConsentDeps = {
  consentUrl(region: Region, state: string): string;
  /** False when this id was claimed before. */
  usedTokens: {
    claim(use: { jti: string; purpose: Purpose; at: Date; expiresAt: Date }): Promise<boolean>;
  };
  secrets: {
    sign(token: {
      audience: Purpose;
      subject: string;
      jti: string;
      expiresInSeconds: number;
      claims: { nonceHash: string; region: Region; more: unknown };
    }): string;
    verify(audience: Purpose, token: string): { jti: string; claims: unknown } | null;
  };
  now(): Date;
  newId(): string;
};

export const minutesToConsent = 10;

const nonceShape = /^[\w-]{43}$/;

/** `more` is what has to be known on the way back, such as where to go on. It can be read by who sees the address. */
export function createConsent<S extends z.ZodType>(deps: ConsentDeps, purpose: Purpose, more: S) {
  const stateClaims = z.object({ nonceHash: z.string(), region, more: z.unknown() });
  const prefix = `${purpose}.`;

  return {
    /** `knownNonce` is the one that the browser still holds from an earlier start, if any. */
    begin(region: Region, knownNonce: string | null, carried: z.input<S>) {
      // Two tabs of one browser share the nonce, so that the second does not spoil the first.
      const kept = knownNonce !== null && nonceShape.test(knownNonce);
      const nonce = kept ? knownNonce : randomBytes(32).toString('base64url');
      const state = deps.secrets.sign({
        audience: purpose,
        subject: 'browser',
        jti: deps.newId(),
        expiresInSeconds: minutesToConsent * 60,
        claims: { nonceHash: hash(nonce), region, more: carried },
      });
      return { consentUrl: deps.consentUrl(region, prefix + state), nonce };
    },

    /** What the state carries, or why it does not count. It is not taken yet. */
    read({ state, nonce }: { state: string; nonce: string | null }) {
      const signed = state.startsWith(prefix)
        ? deps.secrets.verify(purpose, state.slice(prefix.length))
        : null;
      if (!signed) return { refused: 'link-expired' as const };
      const claims = stateClaims.parse(signed.claims);
      if (nonce === null || hash(nonce) !== claims.nonceHash) return { refused: 'other-browser' as const };
      return { refused: null, jti: signed.jti, region: claims.region, more: more.parse(claims.more) };
    },

    /** True once: of two callbacks with one state, even at the same time, only one gets further. */
    take(jti: string): Promise<boolean> {
      const at = deps.now();
      const expiresAt = new Date(at.getTime() + minutesToConsent * 60_000);
      return deps.usedTokens.claim({ jti, purpose, at, expiresAt });
    },
  };
}

/** What a state says that it is for. Whether that is true is found out by reading it. */
export function purposeOf(state: unknown): Purpose {
  return typeof state === 'string' && state.startsWith('sign-in.') ? 'sign-in' : 'install';
}

function hash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}
