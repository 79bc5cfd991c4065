// Posts JSON to an address that a workspace entered: never into a private network, never longer than a few seconds.
import type { Readable } from 'node:stream';
import axios from 'axios';
import { refusedExchange } from '../domain/runs/exchange.ts';
import { cutText } from '../domain/words.ts';
import { Failure } from '../failure.ts';
import { proxySettings } from '../outbound/outbound.ts';
import { readRetryAfter } from '../outbound/retry-after.ts';
import { type OutboundGuard, privateAddressCode } from '../referrals/outbound-guard.ts';

const maxAnswerBytes = 64 * 1024;
const maxWaitSeconds = 3_600;
const shownCharacters = 500;

/** `text` is the beginning of the answer: more is not read. */
export type PostAccepted = { status: number; text: string };

type Message = {
  url: string;
  /** JSON. */
  body: string;
  headers?: Record<string, string>;
  /** Who answers there, to begin a sentence. */
  receiver: string;
};

/**
 * Resolves once the receiver has accepted it with a 2xx. Rejects with `unavailable` or `rate-limited` when it may later,
 * and with a final `invalid` when it never will.
 */
export function createPost(
  { httpAgent, httpsAgent, refuses }: OutboundGuard,
  { patienceMs = 8_000 }: { patienceMs?: number } = {},
) {
  return async ({ url, body, headers = {}, receiver }: Message): Promise<PostAccepted> => {
    const toPrivate = `${receiver}’s address leads to a private network.`;
    if (refuses(url)) throw new Failure('invalid', toPrivate, { final: true });
    const answer = await axios
      .post<Readable>(url, body, {
        headers: { 'Content-Type': 'application/json', ...headers },
        ...{ httpAgent, httpsAgent, ...proxySettings(url), maxRedirects: 0 },
        ...{ responseType: 'stream', validateStatus: () => true },
        // axios's own timeout restarts with every byte; this one does not.
        signal: AbortSignal.timeout(patienceMs),
      })
      .catch((error: unknown) => {
        // Not the axios error itself: it carries the address, the message and its signature.
        const { code } = error as { code?: string };
        if (code === privateAddressCode) throw new Failure('invalid', toPrivate, { final: true });
        throw new Failure('unavailable', `${receiver} does not answer (${code ?? 'no answer'}).`);
      });
    const { status } = answer;
    const text = await beginningOf(answer.data);
    if (status >= 200 && status < 300) return { status, text };
    const exchange = refusedExchange(
      { status, config: { method: 'post', url: new URL(url).origin, data: body } },
      cutText(text.replaceAll('\0', ''), shownCharacters),
    );
    throw refusalOf(receiver, status, { exchange, ...waitOf(answer.headers) });
  };
}

/** The status decides: what came before the end, or before the time was up, is enough of the answer. */
async function beginningOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stream) {
      parts.push(part);
      size += part.length;
      if (size >= maxAnswerBytes) break;
    }
  } catch {}
  return Buffer.concat(parts).subarray(0, maxAnswerBytes).toString();
}

type Told = Pick<Failure, 'exchange' | 'retryAfterSeconds'>;

function refusalOf(
  receiver: string,
  status: number,
  { exchange, retryAfterSeconds }: Partial<Told>,
): Failure {
  const told = {
    ...(exchange && { exchange }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  if (status === 429) return new Failure('rate-limited', `${receiver} asks to retry later.`, told);
  if (status >= 500 || status === 408 || status === 425)
    return new Failure('unavailable', `${receiver} answered ${status}.`, told);
  const redirect = `${receiver} answered with a redirect (${status}), which is not followed.`;
  const words = status >= 300 && status < 400 ? redirect : `${receiver} answered ${status}.`;
  return new Failure('invalid', words, { ...told, final: true });
}

function waitOf(headers: unknown): { retryAfterSeconds?: number } {
  const seconds = readRetryAfter(headers, new Date(), maxWaitSeconds);
  return seconds === null ? {} : { retryAfterSeconds: seconds };
}
