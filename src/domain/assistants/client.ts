// Who asks for access: the metadata of an OAuth client, and the addresses that it may be answered at.
import { z } from 'zod';
import { toldText } from './told.ts';

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export const isLoopbackHost = (hostname: string) => loopback.has(hostname);

/**
 * HTTPS, or HTTP on the same machine, without fragment or password:
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export function isRedirectAllowed(uri: string): boolean {
  const url = URL.parse(uri);
  if (url === null || uri.includes('#') || hasUnwritten(uri) || url.username !== '' || url.password !== '')
    return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

/** What a URL parser drops or escapes: no redirect is written with it, and PostgreSQL stores no U+0000. */
const hasUnwritten = (uri: string) => /[^\x21-\x7e]/.test(uri);

/** Exactly a registered one. Only of a loopback address may the port differ (RFC 8252, section 7.3). */
export function isRegisteredRedirect(registered: readonly string[], given: string): boolean {
  if (!isRedirectAllowed(given)) return false;
  if (registered.includes(given)) return true;
  const known = withoutLoopbackPort(given);
  return known !== null && registered.some((uri) => withoutLoopbackPort(uri) === known);
}

function withoutLoopbackPort(uri: string): string | null {
  const url = URL.parse(uri);
  if (url?.protocol !== 'http:' || !isLoopbackHost(url.hostname)) return null;
  url.port = '';
  return url.href;
}

const redirectUri = z.string().max(2_000).refine(isRedirectAllowed, 'must be https, or http on loopback');

/** What dynamic registration and client documents have in common (RFC 7591); the rest is left out. */
export const clientMetadata = z.object({
  client_name: z.string().max(1_000).optional(),
  redirect_uris: z.array(redirectUri).min(1).max(10),
  grant_types: z.array(z.string()).max(10).optional(),
  response_types: z.array(z.string()).max(10).optional(),
});

/** https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/ */
export const clientDocument = clientMetadata.extend({ client_id: z.string() });

/** An HTTPS address with a path, in its normal form, without query, fragment or password. */
export function isDocumentUrl(clientId: string): boolean {
  const url = URL.parse(clientId);
  if (url?.protocol !== 'https:' || url.pathname === '/' || url.username !== '' || url.password !== '')
    return false;
  return url.href === clientId && url.search === '' && url.hash === '' && clientId.length <= 500;
}

export type AssistantClient = {
  id: string;
  /** Its own, unchecked name. */
  name: string;
  /** The publisher, if known: the host of its client document. */
  documentHost: string | null;
  redirectUris: string[];
};

export const clientName = (given: string | undefined) => toldText(given ?? '', 60) || 'An AI assistant';

/** Where an answer to this address goes, for a person. */
export function hostOfRedirect(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return 'an unknown address';
  return isLoopbackHost(url.hostname) ? 'an app on your computer' : url.host;
}
