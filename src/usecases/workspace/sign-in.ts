// Signing in to the console: with Intercom, or with the link behind the card's Settings button.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Region } from '../../domain/region.ts';
import type { Grantor } from '../../domain/workspace/installation.ts';
import type { Identity } from '../../domain/workspace/teammate.ts';
import { findInstallation, saveIdentityVerification } from '../../store/workspace/installations.ts';
import { claimToken } from '../../store/workspace/tokens.ts';
import {
  beginConsent,
  type Callback,
  type CallbackRefusal,
  claimConsent,
  readConsent,
  refusalOf,
} from './consent.ts';
import { startSession } from './sessions.ts';
import { admitTeammate, isStillTeammate } from './teammates.ts';

export type SignInRefusal = CallbackRefusal | 'unverified' | 'not-installed' | 'removed';

export type SignInOutcome =
  | { outcome: 'signed-in'; session: string; to: string }
  | { outcome: SignInRefusal };

export type Invited = { workspaceId: string; teammate: Identity; jti: string; expiresAt: Date };

const secondsOfLink = 5 * 60;
const linkClaims = z.object({
  teammate: z.object({ id: z.string().min(1), name: z.string(), email: z.string() }),
  exp: z.number(),
});
const carried = z.object({ to: z.string() });

/** `to` is the next page, below /console. */
export function beginSignIn(ctx: Context, region: Region, knownNonce: string | null, to: string) {
  return beginConsent(ctx, 'sign-in', region, knownNonce, { to });
}

export async function completeSignIn(ctx: Context, callback: Callback): Promise<SignInOutcome> {
  const read = readConsent(ctx, 'sign-in', carried, callback);
  if (read.refused) return { outcome: read.refused };
  if (!(await claimConsent(ctx, 'sign-in', read.jti))) return { outcome: 'already-used' };
  try {
    // Only `/me` is called, then the token is dropped: not revoked, since it may be the installation's own.
    const token = await ctx.intercomAccess.exchangeCode(callback.code);
    const grantor = await ctx.intercomAccess.identify(token, read.region);
    if (!grantor.emailVerified) return { outcome: 'unverified' };
    await saveIdentityVerification(ctx.database.db, grantor.workspaceId, grantor.identityVerification);
    const entered = await enter(ctx, grantor.workspaceId, grantor.teammate, callback.browser);
    return entered.outcome === 'signed-in' ? { ...entered, to: read.more.to } : entered;
  } catch (error) {
    const outcome = refusalOf(error);
    ctx.log.warn({ err: error, outcome }, 'a sign-in was not completed');
    return { outcome };
  }
}

/** Null for a teammate without access. */
export async function signInInstaller(
  ctx: Context,
  grantor: Grantor,
  browser: string,
): Promise<string | null> {
  if (!grantor.emailVerified) return null;
  const entered = await enter(ctx, grantor.workspaceId, grantor.teammate, browser);
  return entered.outcome === 'signed-in' ? entered.session : null;
}

/** Valid for one sign-in within five minutes, by the teammate in Intercom's card request. */
export function consoleLink(
  { config, secrets, newId }: Pick<Context, 'config' | 'secrets' | 'newId'>,
  workspaceId: string,
  teammate: Identity,
): string {
  const token = secrets.sign({
    audience: 'console-link',
    subject: workspaceId,
    jti: newId(),
    expiresInSeconds: secondsOfLink,
    claims: { teammate },
  });
  return `${config.publicUrl}/console/link?token=${token}`;
}

/** Null when expired or not ours. */
export function readConsoleLink(ctx: Context, token: string): Invited | null {
  const signed = ctx.secrets.verify('console-link', token);
  const claims = linkClaims.safeParse(signed?.claims);
  if (!signed || !claims.success) return null;
  const { teammate, exp } = claims.data;
  return { workspaceId: signed.subject, teammate, jti: signed.jti, expiresAt: new Date(exp * 1000) };
}

/** Single-use. Refuses a teammate that Intercom no longer knows. */
export async function acceptConsoleLink(
  ctx: Context,
  { workspaceId, teammate, jti, expiresAt }: Invited,
  browser: string,
): Promise<SignInOutcome> {
  const use = { jti, purpose: 'console-link' as const, at: ctx.now(), expiresAt };
  if (!(await claimToken(ctx.database.db, use))) return { outcome: 'already-used' };
  if (!(await hasApp(ctx, workspaceId))) return { outcome: 'not-installed' };
  if (!(await isStillTeammate(ctx, workspaceId, teammate.id))) return { outcome: 'removed' };
  const entered = await enter(ctx, workspaceId, teammate, browser);
  return entered.outcome === 'signed-in' ? { ...entered, to: '/console' } : entered;
}

async function enter(ctx: Context, workspaceId: string, teammate: Identity, browser: string) {
  if (!(await hasApp(ctx, workspaceId))) return { outcome: 'not-installed' as const };
  const member = await admitTeammate(ctx, workspaceId, teammate);
  if (member === null) return { outcome: 'removed' as const };
  const session = await startSession(ctx, workspaceId, teammate, browser);
  ctx.log.info({ workspaceId, teammate: teammate.id }, 'signed in');
  return { outcome: 'signed-in' as const, session };
}

/** True even while Intercom refuses its token. */
async function hasApp(ctx: Context, workspaceId: string): Promise<boolean> {
  const known = await findInstallation(ctx.database.db, workspaceId);
  return known !== null && known.status !== 'uninstalled';
}
