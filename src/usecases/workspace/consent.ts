// The trip to Intercom's consent page and back, for an installation or a sign-in: signed, bound to one browser,
// single-use.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type Region, region } from '../../domain/region.ts';
import { Failure } from '../../failure.ts';
import { claimToken } from '../../store/workspace/tokens.ts';

/** Each purpose has its own key, so that a sign-in can never become an installation. */
export type Purpose = 'install' | 'sign-in';

export type ConsentRefusal = 'link-expired' | 'other-browser';
/** Why Intercom's callback failed; pages choose their words by it. */
export type CallbackRefusal =
  | ConsentRefusal
  | 'already-used'
  | 'code-refused'
  | 'no-workspace'
  | 'intercom-down'
  | 'not-stored';

/** The callback's query, and the browser's own cookie. */
export type Callback = { code: string; state: string; nonce: string | null; browser: string };

export const minutesToConsent = 10;

const nonceShape = /^[\w-]{43}$/;
const stateClaims = z.object({ nonceHash: z.string(), region, more: z.unknown() });

/**
 * `knownNonce` is the nonce that the browser still holds from an earlier start, if any. `more` is needed on the way
 * back, such as the page to continue to; it is readable in the address.
 */
export function beginConsent(
  ctx: Context,
  purpose: Purpose,
  region: Region,
  knownNonce: string | null,
  more: object,
): { consentUrl: string; nonce: string } {
  // Two tabs of one browser share the nonce, so that the second does not break the first.
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

/** The state's content, or why it is invalid. Does not claim it yet. */
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

/** True once: of two callbacks with the same state, even at the same time, only one succeeds. */
export function claimConsent(ctx: Context, purpose: Purpose, jti: string): Promise<boolean> {
  const at = ctx.now();
  const expiresAt = new Date(at.getTime() + minutesToConsent * 60_000);
  return claimToken(ctx.database.db, { jti, purpose, at, expiresAt });
}

/** The purpose that a state claims, not verified yet. */
export function purposeOf(state: unknown): Purpose {
  return typeof state === 'string' && state.startsWith('sign-in.') ? 'sign-in' : 'install';
}

/** A failure between the consent page and the database. */
export function refusalOf(error: unknown): Exclude<CallbackRefusal, ConsentRefusal | 'already-used'> {
  if (!(error instanceof Failure)) return 'not-stored';
  if (error.code === 'unauthorized') return 'code-refused';
  if (error.code === 'not-found') return 'no-workspace';
  return 'intercom-down';
}

function hash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}
