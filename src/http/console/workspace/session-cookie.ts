// What a signed-in browser holds, and the sentence that it brings from one page to the next.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import { isSecure, readCookie } from '../../cookies.ts';

export type ConsoleCookies = ReturnType<typeof consoleCookies>;

/** With `__Host-` a browser takes them over HTTPS only, from this very host, for all of it. */
export function consoleCookies(publicUrl: string) {
  const secure = isSecure(publicUrl);
  const prefix = secure ? '__Host-' : '';
  const session = `${prefix}referral-desk`;
  const said = `${prefix}referral-desk-said`;
  // Lax, so that a link from Intercom into the console finds its reader signed in.
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/' };

  return {
    session: (req: Request) => readCookie(req, session),
    /** Its end is kept by the app, not by the browser. */
    signIn: (res: Response, secret: string) => res.cookie(session, secret, options),
    signOut: (res: Response) => res.clearCookie(session, options),
    say: (res: Response, text: string) => res.cookie(said, text, { ...options, maxAge: 60_000 }),
    /** Once: the page that shows it is the last to have it. */
    takeSaid(req: Request, res: Response): string | null {
      const found = readCookie(req, said);
      if (found === null) return null;
      res.clearCookie(said, options);
      return decoded(found);
    },
  };
}

/** The CSRF token of a session: known to its pages, and made of what no other site can read. */
export function csrfToken(secret: string): string {
  return createHmac('sha256', secret).update('csrf').digest('base64url');
}

export function isCsrfToken(secret: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const wanted = Buffer.from(csrfToken(secret));
  const bytes = Buffer.from(given);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
