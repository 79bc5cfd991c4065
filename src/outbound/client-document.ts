// Fetches the document that an AI assistant's client id leads to. The address comes from anyone: only public hosts are
// called, over HTTPS, without redirects, for a few seconds and kilobytes at most.
import axios from 'axios';
import { isDocumentUrl } from '../domain/assistants/client.ts';
import type { OutboundGuard } from '../referrals/outbound-guard.ts';
import { proxySettings } from './outbound.ts';

const maxBytes = 10 * 1024;

/** The document as it is, or null when there is none that may be read. Never rejects. */
export type ReadClientDocument = (clientId: string) => Promise<unknown>;

export function createClientDocuments(
  { httpAgent, httpsAgent, refuses }: OutboundGuard,
  { patienceMs = 3_000 }: { patienceMs?: number } = {},
): ReadClientDocument {
  return async (clientId) => {
    if (!isDocumentUrl(clientId) || refuses(clientId)) return null;
    return axios
      .get<unknown>(clientId, {
        headers: { Accept: 'application/json' },
        ...{ httpAgent, httpsAgent, ...proxySettings(clientId) },
        ...{ maxRedirects: 0, maxContentLength: maxBytes, responseType: 'json' },
        // axios's own timeout restarts with every byte; this one does not.
        signal: AbortSignal.timeout(patienceMs),
      })
      .then(({ data }) => data)
      .catch(() => null);
  };
}
