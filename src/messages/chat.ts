// Messages to chat channels by incoming webhooks, as Slack and those that are compatible with it take them.
import axios from 'axios';
import { Failure } from '../failure.ts';
import { proxySettings } from '../outbound.ts';
import { type OutboundGuard, privateAddressCode } from '../referrals/outbound-guard.ts';
import { readRetryAfter } from '../retry-after.ts';

const patienceMs = 8_000;
const maxAnswerBytes = 64 * 1024;
const maxWaitSeconds = 3_600;

/**
 * Resolves once the channel has taken it: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
 * Rejects with `unavailable` or `rate-limited` when it may later, and with `invalid` when it never will.
 */
export function createChat({ httpAgent, httpsAgent, refuses }: OutboundGuard) {
  return async (url: string, text: string): Promise<void> => {
    if (refuses(url)) throw refused('leads to a private network address');
    const answer = await axios
      .post(
        url,
        { text: escaped(text) },
        {
          ...{ httpAgent, httpsAgent, ...proxySettings(url), timeout: patienceMs, maxRedirects: 0 },
          ...{ maxContentLength: maxAnswerBytes, responseType: 'text', validateStatus: () => true },
          signal: AbortSignal.timeout(patienceMs),
        },
      )
      .catch((error: unknown) => {
        const { code } = error as { code?: string };
        if (code === privateAddressCode) throw refused('leads to a private network address');
        throw new Failure('unavailable', `The channel does not answer (${code ?? 'no answer'}).`, {
          cause: error,
        });
      });
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    if (status === 429)
      throw new Failure('rate-limited', 'The channel asks for a pause.', waitOf(answer.headers));
    if (status >= 500) throw new Failure('unavailable', `The channel answered ${status}.`);
    if (status >= 300 && status < 400)
      throw refused(`answered with a redirect (${status}), which is not followed`);
    throw refused(`answered ${status}`);
  };
}

const refused = (why: string) => new Failure('invalid', `The channel’s address ${why}.`, { final: true });

function waitOf(headers: unknown): { retryAfterSeconds?: number } {
  const seconds = readRetryAfter(headers, new Date(), maxWaitSeconds);
  return seconds === null ? {} : { retryAfterSeconds: seconds };
}

/** Slack's control characters: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
