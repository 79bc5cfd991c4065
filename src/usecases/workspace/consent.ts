// The way to Intercom's consent page and back, for an installation or a sign-in: signed, bound to one browser, taken once.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type Region, region } from '../../domain/region.ts';
import { Failure } from '../../failure.ts';
import { claimToken } from '../../store/workspace/tokens.ts';

/** Each purpose has a key of its own, so that a way in to the console can never become an installation. */
export type Purpose = 'install' | 'sign-in';

export type ConsentRefusal = 'link-expired' | 'other-browser';
/** Why Intercom's answer led to nothing, in the words that pages are chosen by. */
export type CallbackRefusal =
  | ConsentRefusal
  | 'already-used'
  | 'code-refused'
  | 'no-workspace'
  | 'intercom-down'
  | 'not-stored';

/** What Intercom sends the browser back with, and what the browser itself holds. */
export type Callback = { code: string; state: string; nonce: string | null; browser: string };

export const minutesToConsent = 10;

const nonceShape = /^[\w-]{43}$/;
const stateClaims = z.object({ nonceHash: z.string(), region, more: z.unknown() });

/**
 * `knownNonce` is the one that the browser still holds from an earlier start, if any. `more` is what has to be known on
 * the way back, such as where to go on; it can be read in the address.
 */
export function beginConsent(
  ctx: Context,
  purpose: Purpose,
  region: Region,
  knownNonce: string | null,
  more: object,
): { consentUrl: string; nonce: string } {
  // Two tabs of one browser share the nonce, so that the second does not spoil the first.
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

/** What the state carries, or why it does not count. It is not claimed yet. */
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

/** True once: of two callbacks with one state, even at the same time, only one gets further. */
export function claimConsent(ctx: Context, purpose: Purpose, jti: string): Promise<boolean> {
  const at = ctx.now();
  const expiresAt = new Date(at.getTime() + minutesToConsent * 60_000);
  return claimToken(ctx.database.db, { jti, purpose, at, expiresAt });
}

/** What a state says that it is for. Whether that is true is found out by reading it. */
export function purposeOf(state: unknown): Purpose {
  return typeof state === 'string' && state.startsWith('sign-in.') ? 'sign-in' : 'install';
}

/** What went wrong between the consent page and the database. */
export function refusalOf(error: unknown): Exclude<CallbackRefusal, ConsentRefusal | 'already-used'> {
  if (!(error instanceof Failure)) return 'not-stored';
  if (error.code === 'unauthorized') return 'code-refused';
  if (error.code === 'not-found') return 'no-workspace';
  return 'intercom-down';
}

function hash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}
