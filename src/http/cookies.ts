// Parses cookies, and sets those that bind a trip to Intercom to the browser that began it.
import type { CookieOptions, Request, Response } from 'express';
import { minutesToConsent } from '../usecases/workspace/consent.ts';

export function readCookie(req: Request, name: string): string | null {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}

export function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/** Over HTTPS the prefix keeps unencrypted pages from planting the cookie. */
export function consentCookie(publicUrl: string, purpose: 'install' | 'sign-in' | 'connect', path: string) {
  const secure = isSecure(publicUrl);
  const name = `${secure ? '__Secure-' : ''}referral-desk-${purpose}`;
  const options: CookieOptions = {
    httpOnly: true,
    // Not strict: Intercom's page sends the browser back here from another site.
    sameSite: 'lax',
    secure,
    path,
    maxAge: minutesToConsent * 60_000,
  };
  return {
    set: (res: Response, nonce: string) => res.cookie(name, nonce, options),
    read: (req: Request) => readCookie(req, name),
  };
}
