// The trip to Intercom's consent page and back: signed, bound to one browser, single-use.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type Region, region } from '../../domain/region.ts';
import { Failure } from '../../failure.ts';
import { claimToken } from '../../store/workspace/tokens.ts';

/** Separate keys, so that a sign-in cannot become an installation. */
export type Purpose = 'install' | 'sign-in';

export type ConsentRefusal = 'link-expired' | 'other-browser';
/** Pages choose their text by it. */
export type CallbackRefusal =
  | ConsentRefusal
  | 'already-used'
  | 'code-refused'
  | 'no-workspace'
  | 'address-refused'
  | 'intercom-down'
  | 'not-stored';

/** The callback's query, and the browser's cookie. */
export type Callback = { code: string; state: string; nonce: string | null; browser: string };

export const minutesToConsent = 10;

const nonceShape = /^[\w-]{43}$/;
const stateClaims = z.object({ nonceHash: z.string(), region, more: z.unknown() });

/**
 * `knownNonce` is from the browser's earlier start. `more` is for the way back, such as the next page; it is
 * readable in the URL.
 */
export function beginConsent(
  ctx: Context,
  purpose: Purpose,
  region: Region,
  knownNonce: string | null,
  more: object,
): { consentUrl: string; nonce: string } {
  // Two tabs share the nonce, so that the second does not break the first.
  const reusable = knownNonce !== null && nonceShape.test(knownNonce);
  const nonce = reusable ? knownNonce : randomBytes(32).toString('base64url');
  const state = ctx.secrets.sign({
    audience: purpose,
    subject: 'browser',
    jti: ctx.newId(),
    expiresInSeconds: minutesToConsent * 60,
    claims: { nonceHash: hash(nonce), region, more },
  });
  return { consentUrl: ctx.intercomAccess.consentUrl(region, `${purpose}.${state}`), nonce };
}

/** Does not claim the state yet. */
export function readConsent<More extends z.ZodType>(
  ctx: Context,
  purpose: Purpose,
  more: More,
  { state, nonce }: Pick<Callback, 'state' | 'nonce'>,
) {
  const prefix = `${purpose}.`;
  const signed = state.startsWith(prefix) ? ctx.secrets.verify(purpose, state.slice(prefix.length)) : null;
  if (!signed) return { refused: 'link-expired' as const };
  const claims = stateClaims.parse(signed.claims);
  if (nonce === null || hash(nonce) !== claims.nonceHash) return { refused: 'other-browser' as const };
  return { refused: null, jti: signed.jti, region: claims.region, more: more.parse(claims.more) };
}

/** True once, even for two simultaneous callbacks. */
export function claimConsent(ctx: Context, purpose: Purpose, jti: string): Promise<boolean> {
  const at = ctx.now();
  const expiresAt = new Date(at.getTime() + minutesToConsent * 60_000);
  return claimToken(ctx.database.db, { jti, purpose, at, expiresAt });
}

/** Not verified yet. */
export function purposeOf(state: unknown): Purpose {
  return typeof state === 'string' && state.startsWith('sign-in.') ? 'sign-in' : 'install';
}

export function refusalOf(error: unknown): Exclude<CallbackRefusal, ConsentRefusal | 'already-used'> {
  if (!(error instanceof Failure)) return 'not-stored';
  if (error.code === 'unauthorized') return 'code-refused';
  if (error.code === 'not-found') return 'no-workspace';
  if (error.code === 'forbidden') return 'address-refused';
  return 'intercom-down';
}

function hash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}
