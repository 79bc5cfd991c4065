// The checks of every console request: a session, the role, and for a form that our own page sent it.
import type { Request, Response } from 'express';
import type { Context } from '../../context.ts';
import { mayDo, type Role } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import { findVisitor, type Visitor } from '../../usecases/workspace/sessions.ts';
import { html } from '../html.ts';
import type { PageContext } from './console.ts';
import { type ConsoleCookies, csrfToken, isCsrfToken } from './workspace/session-cookie.ts';

export type SignedIn = Pick<PageContext, 'visitor' | 'csrf'> & { secret: string };

const csrfField = 'csrf';

export async function visitorOf(
  req: Request,
  { ctx, cookies }: { ctx: Context; cookies: ConsoleCookies },
): Promise<SignedIn | null> {
  const secret = cookies.session(req);
  const visitor = secret === null ? null : await findVisitor(ctx, secret);
  if (secret === null || visitor === null) return null;
  return {
    secret,
    visitor,
    csrf: html`<input type="hidden" name="${csrfField}" value="${csrfToken(secret)}">`,
  };
}

/** Throws `forbidden` when the role is too low. */
export function requireRole({ role }: Visitor, needs: Role): void {
  if (mayDo(role, needs)) return;
  throw new Failure(
    'forbidden',
    'Only administrators can do this. Ask one to change your role under Access.',
  );
}

/** The token alone is proof; if the browser states the form's origin, it must be ours. Throws `forbidden`. */
export function requireOwnForm(req: Request, secret: string, publicUrl: string): void {
  if (isFromElsewhere(req, publicUrl) || !isCsrfToken(secret, takeToken(req))) {
    throw new Failure('forbidden', 'This form is out of date. Reload the page and try again.');
  }
}

/** https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site; browsers without it send Origin. */
export function isFromElsewhere(req: Request, publicUrl: string): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin';
  const origin = req.get('origin');
  return origin !== undefined && origin !== publicUrl;
}

/** Removes the token, so that pages do not see it among their fields. */
function takeToken(req: Request): unknown {
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null || !(csrfField in body)) return undefined;
  const { [csrfField]: token, ...rest } = body;
  req.body = rest;
  return token;
}

/** Pages are not cached, send no referrer to other sites, cannot be framed, and load only from this origin. */
export function protect(res: Response): void {
  res.set({
    'Content-Security-Policy': policy,
    'Cache-Control': 'no-store',
    // Not `no-referrer`, because browsers would then hide the origin of our own forms from us.
    'Referrer-Policy': 'same-origin',
  });
}

/** `formAction`: where the answer to a form may lead besides here. */
export const policyWith = (formAction: string): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `form-action 'self' ${formAction}`.trim(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

const policy = policyWith('');
