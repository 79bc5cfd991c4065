// The built-in program's share links: how one looks, and where it leads.
import { tidy } from '../identity.ts';

/**
 * Codes are case-insensitive: people read them out and type them on phones that capitalize. They are stored and
 * shown in lower case. Null for what cannot be a code, so that no such text reaches the database.
 */
export function foldCode(text: string): string | null {
  const code = tidy(text).toLowerCase();
  return /^[a-z0-9_-]{1,64}$/.test(code) ? code : null;
}

export function shareLink(publicUrl: string, code: string): string {
  return `${publicUrl}/r/${code}`;
}

/** The campaign's page with `ref=CODE` in its query; whatever else the address has is kept as it was written. */
export function landingUrl(destinationUrl: string, code: string): string {
  const url = new URL(destinationUrl);
  if (url.searchParams.has('ref')) {
    url.searchParams.set('ref', code);
  } else {
    // Not searchParams.append: it would write the company's own parameters anew, and some servers tell %20 from +.
    url.search = url.search === '' ? `?ref=${code}` : `${url.search}&ref=${code}`;
  }
  return url.href;
}
