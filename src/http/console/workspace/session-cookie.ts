// The session cookie, and the flash message that it carries from one page to the next.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import { isSecure, readCookie } from '../../cookies.ts';

export type ConsoleCookies = ReturnType<typeof consoleCookies>;

/** With `__Host-`, browsers accept them over HTTPS only, from exactly this host and for all of its paths. */
export function consoleCookies(publicUrl: string) {
  const secure = isSecure(publicUrl);
  const prefix = secure ? '__Host-' : '';
  const session = `${prefix}referral-desk`;
  const flashName = `${prefix}referral-desk-said`;
  // Lax, so that a link from Intercom finds its reader signed in.
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/' };

  return {
    session: (req: Request) => readCookie(req, session),
    /** The app, not the browser, ends the session. */
    signIn: (res: Response, secret: string) => res.cookie(session, secret, options),
    signOut: (res: Response) => res.clearCookie(session, options),
    setFlash: (res: Response, text: string) => res.cookie(flashName, text, { ...options, maxAge: 60_000 }),
    takeFlash(req: Request, res: Response): string | null {
      const found = readCookie(req, flashName);
      if (found === null) return null;
      res.clearCookie(flashName, options);
      return decoded(found);
    },
  };
}

/** Pages know it, and no other site can read what it is made from. */
export function csrfToken(secret: string): string {
  return createHmac('sha256', secret).update('csrf').digest('base64url');
}

export function isCsrfToken(secret: string, token: unknown): boolean {
  if (typeof token !== 'string') return false;
  const expected = Buffer.from(csrfToken(secret));
  const bytes = Buffer.from(token);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
