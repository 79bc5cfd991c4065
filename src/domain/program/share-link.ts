// The built-in program's share links: their format and their target.
import { tidy } from '../identity.ts';

/** Case-insensitive, because people read codes out and phones capitalize. Null when it cannot be a code. */
export function foldCode(text: string): string | null {
  const code = tidy(text).toLowerCase();
  return /^[a-z0-9_-]{1,64}$/.test(code) ? code : null;
}

export function shareLink(publicUrl: string, code: string): string {
  return `${publicUrl}/r/${code}`;
}

export function joinLink(publicUrl: string, slug: string, code?: string): string {
  return `${publicUrl}/join/${slug}${code === undefined ? '' : `?code=${code}`}`;
}

/** The campaign's page with `ref=CODE` in its query; the rest of the address stays exactly as it was written. */
export function landingUrl(destinationUrl: string, code: string): string {
  const url = new URL(destinationUrl);
  if (url.searchParams.has('ref')) {
    url.searchParams.set('ref', code);
  } else {
    // Not searchParams.append: it would re-encode the company's own parameters, and some servers tell %20 from +.
    url.search = url.search === '' ? `?ref=${code}` : `${url.search}&ref=${code}`;
  }
  return url.href;
}
