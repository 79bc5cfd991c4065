// A call of Intercom's REST API with a workspace's token, and the Failures for its errors.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import { z } from 'zod';
import { refusedExchange } from '../domain/runs/exchange.ts';
import { codeOfRefusal, Failure } from '../failure.ts';
import { jsonOrText } from '../json.ts';
import { proxySettings } from '../outbound/outbound.ts';
import { wordsIn } from '../outbound/refusal-words.ts';
import { readRetryAfter } from '../outbound/retry-after.ts';
import { regionOfApi } from './hosts.ts';
import { optional } from './incoming/wire-text.ts';
import type { Pace } from './rate-limit.ts';
import { maxWaitSeconds } from './rate-window.ts';

// Shared by all workspaces, and more than background work uses, so that an agent's click finds an open one.
const sockets = {
  keepAlive: true,
  maxSockets: 256,
  // Closed before Intercom closes them: a request on a closing socket fails without saying whether it arrived.
  agentKeepAliveTimeoutBuffer: 3_000,
};
const httpAgent = new HttpAgent(sockets);
const httpsAgent = new HttpsAgent(sockets);

/** More than any contact or page of contacts: a response without an end must not fill the memory. */
const maxAnswerBytes = 10 * 1024 * 1024;

export const apiVersion = '2.16';

export type IntercomCall = (
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  data?: object,
  options?: { version?: 'Preview' },
) => Promise<AxiosResponse<unknown>>;

const unpaced: Pace = async () => () => {};

/**
 * `pace` holds each call until the rate limit has room. Rejects with a Failure: `unauthorized` (the grant has ended),
 * `forbidden` (only this call), `rate-limited`, `unavailable`, or `bad-upstream` (a gateway refused instead of
 * Intercom, or Intercom points to another host). The caller handles every other answer, which is then Intercom's own.
 */
export function createIntercomCall(
  baseUrl: string,
  token: string,
  timeoutMs = 8_000,
  pace = unpaced,
): IntercomCall {
  const http = axios.create({
    baseURL: baseUrl,
    ...proxySettings(baseUrl),
    maxContentLength: maxAnswerBytes,
    httpAgent,
    httpsAgent,
    maxRedirects: 0,
    validateStatus: () => true,
    transformResponse: [jsonOrText],
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Intercom-Version': apiVersion },
  });

  async function send(...[method, path, data, { version } = {}]: Parameters<IntercomCall>) {
    // axios's own timeout restarts with every byte; this one limits the whole call.
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = version === undefined ? {} : { 'Intercom-Version': version };
    const request = { method, url: path, data, signal, headers };
    try {
      return await http.request<unknown>(request).catch((error: unknown) => {
        if (method !== 'get' || !isReset(error)) throw error;
        return http.request<unknown>(request);
      });
    } catch (cause) {
      // Not the axios error itself: it carries the request with its token.
      const code = axios.isAxiosError(cause) ? (cause.code ?? cause.message) : 'unknown';
      const why = signal.aborted ? `nothing within ${timeoutMs} ms` : code;
      throw new Failure('unavailable', `Intercom did not answer (${why})`, {
        notDone: neverArrived.has(code),
      });
    }
  }

  return async (method, path, data, options) => {
    const answered = await pace();
    const sent = await send(method, path, data, options).catch((error: unknown) => {
      answered(null);
      throw error;
    });
    const answer = withStatusOfCode(sent);
    answered(answer);
    if (answer.status >= 300 && answer.status < 400) throw redirectFailure(answer, baseUrl);
    if (codeOf(answer) === 'intercom_version_invalid' && options?.version === undefined)
      throw setupFailure(answer, versionWords);
    if (isDenied(answer)) throw await denialOf(answer, () => send('get', '/me'), path === '/me');
    const failure = failureOf(answer);
    if (failure) throw failure;
    return answer;
  };
}

/** Null when the caller handles the answer. */
function failureOf(answer: AxiosResponse<unknown>): Failure | null {
  if (isGatewayRefusal(answer)) return gatewayFailure(answer);
  if (isNoAnswer(answer)) return unreadFailure(answer);
  if (answer.status === 429)
    return new Failure('rate-limited', "Intercom's rate limit is reached", retryAfter(answer));
  if (answer.status !== 408 && answer.status < 500) return null;
  const message = `Intercom answered ${answer.status}: ${wordsOf(answer)}`;
  return new Failure('unavailable', message, { notDone: saysItFailed(answer), exchange: exchangeOf(answer) });
}

/** For error bodies that come with 200. Every other code is a refusal of what was sent. */
const statusesOfCodes: Readonly<Record<string, number>> = {
  ...{ not_found: 404, conflict: 409, rate_limit_exceeded: 429 },
  ...{ token_unauthorized: 401, api_plan_restricted: 403, action_forbidden: 403, forbidden: 403 },
  ...{ server_error: 500, service_unavailable: 503 },
};

/** The code decides, not the status: errors come with 200, and the rate limit with 400. */
function withStatusOfCode(answer: AxiosResponse<unknown>): AxiosResponse<unknown> {
  const code = codeOf(answer);
  const isRateLimit = answer.status >= 400 && code === 'rate_limit_exceeded';
  if (!isRateLimit && !(answer.status < 300 && isErrorList(answer))) return answer;
  const ended = code !== null && endedCodes.has(code) ? 401 : 422;
  return { ...answer, status: (code === null ? undefined : statusesOfCodes[code]) ?? ended };
}

/** Never followed: the token is for one host. */
function redirectFailure(answer: AxiosResponse, baseUrl: string): Failure {
  const location: unknown = answer.headers.location;
  const url = typeof location === 'string' ? URL.parse(location, baseUrl) : null;
  const region = url && regionOfApi(url.origin);
  const told = `Intercom answered ${answer.status}${url ? ` and points to ${url.host.slice(0, 253)}` : ''}`;
  const message =
    url && region
      ? `${told}: the workspace is in another region. Install the app again for the region ${region}. If ` +
        `INTERCOM_API_URL is set, change it to ${url.origin}`
      : `${told}, which is not followed. Check INTERCOM_API_URL and proxies`;
  return new Failure('bad-upstream', message, { notDone: true, final: true, exchange: exchangeOf(answer) });
}

/** It refuses every call, so work waits for the setup. */
function setupFailure(answer: AxiosResponse, words: string): Failure {
  const exchange = exchangeOf(answer);
  return new Failure('unavailable', `${words} (${wordsOf(answer)})`, { notDone: true, exchange });
}

const versionWords =
  `Intercom refuses version ${apiVersion} of its API, which this app uses. Install a newer version of ` +
  'Referral Desk';

const isDenied = ({ status }: AxiosResponse) => status === 401 || status === 402 || status === 403;

const isHtml = ({ data }: AxiosResponse) =>
  typeof data === 'string' && /^\s*<(!doctype|html|head|body)/i.test(data);

/** A page says nothing about what was asked. Intercom's own 404 and 410, which prove much, have a body of JSON. */
function isGatewayRefusal(answer: AxiosResponse): boolean {
  const { status, data } = answer;
  if (status < 400 || status >= 500 || status === 408 || status === 429) return false;
  return isHtml(answer) || (isGone(answer) && typeof data === 'string');
}

/** What is not there may be the way to Intercom, which comes back; the size or form of a request stays. */
function gatewayFailure(answer: AxiosResponse): Failure {
  const message = `A gateway in front of Intercom answered ${answer.status}`;
  const final = !isGone(answer) && codeOfRefusal(answer.status) !== null;
  return new Failure('bad-upstream', message, { notDone: true, final, exchange: exchangeOf(answer) });
}

/** Intercom sends JSON, or nothing: this is the page of a sign-in or a captive network, or JSON that was cut off. */
const isNoAnswer = ({ status, data }: AxiosResponse) =>
  status >= 200 && status < 300 && typeof data === 'string' && data.trim() !== '';

/** Whether the call reached Intercom, nothing tells. */
function unreadFailure(answer: AxiosResponse): Failure {
  const message = isHtml(answer)
    ? `A gateway in front of Intercom answered ${answer.status} with a page`
    : `Intercom answered ${answer.status} with something that is not JSON`;
  return new Failure('bad-upstream', message, { exchange: exchangeOf(answer) });
}

/** For a grant that allows no more calls at all. https://developers.intercom.com/docs/references/rest-api/errors */
const endedCodes = new Set([
  ...['unauthorized', 'token_revoked', 'token_not_found', 'token_expired', 'token_blocked'],
  ...['missing_authorization'],
]);

/**
 * A missing scope comes as 401 `token_unauthorized` too (https://github.com/intercom/intercom-node/pull/78),
 * so the code decides, and `/me`, which every grant may read, confirms it.
 */
async function denialOf(
  answer: AxiosResponse<unknown>,
  readMe: () => Promise<AxiosResponse<unknown>>,
  isMe: boolean,
): Promise<Failure> {
  const words = wordsOf(answer);
  const exchange = exchangeOf(answer);
  const code = codeOf(answer);
  const mayHaveEnded = answer.status === 401 && !isHtml(answer) && (code === null || endedCodes.has(code));
  if (mayHaveEnded) {
    const me = isMe ? answer : await readMe();
    if (me.status === 401 && !isHtml(me))
      return new Failure('unauthorized', `Intercom refused the app's token: ${words}`, { exchange });
    if (me.status === 429 || me.status >= 500)
      return new Failure('unavailable', `Intercom refused a call without a clear reason: ${words}`, {
        notDone: true,
        exchange,
      });
  }
  if (answer.status === 403 && isAboutAllowlist(words)) return setupFailure(answer, allowlistWords);
  return new Failure('forbidden', deniedWords(answer, code), { notDone: true, exchange, upstreamCode: code });
}

/**
 * The code is not published, the words are:
 * https://www.intercom.com/help/en/articles/13941009-restrict-rest-api-access-by-ip-allowlist
 */
const isAboutAllowlist = (words: string) => /\bip address\b.*\ballow-?list\b/i.test(words);

const allowlistWords =
  "Intercom refuses calls from this server's address. Add the address to the IP allowlist in the workspace's settings";

function deniedWords(answer: AxiosResponse, code: string | null): string {
  if (isHtml(answer))
    return (
      `A gateway in front of Intercom refused the call with ${answer.status}. If the workspace has an IP allowlist, ` +
      "add this server's address to it"
    );
  if (isPlanRestriction(code, answer.status))
    return `The workspace's Intercom plan does not allow this: ${wordsOf(answer)}`;
  return `Intercom does not allow this: ${wordsOf(answer)}`;
}

const isPlanRestriction = (code: string | null, status: number) =>
  code === 'api_plan_restricted' || status === 402;

/** https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting: the reset is in Unix seconds. */
function retryAfter(answer: AxiosResponse): { retryAfterSeconds?: number } {
  const now = new Date();
  const requested = readRetryAfter(answer.headers, now, maxWaitSeconds);
  if (requested !== null) return { retryAfterSeconds: requested };
  const reset = Number(answer.headers['x-ratelimit-reset'] ?? Number.NaN);
  const seconds = Math.ceil(reset - now.getTime() / 1000);
  return seconds >= 0 ? { retryAfterSeconds: Math.min(Math.max(seconds, 1), maxWaitSeconds) } : {};
}

/** A connection kept open can close just as it is used again. A read may then be repeated (RFC 9110, section 9.2.2). */
const isReset = (error: unknown): boolean => axios.isAxiosError(error) && error.code === 'ECONNRESET';

/** Node's error codes for a connection that was never made. */
const neverArrived = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

const text = optional(z.string());
const errorBody = z.object({ errors: z.array(z.object({ code: text })) });
const nestedError = z.object({ error: z.object({ code: text }) });
const errorList = z.object({ type: z.literal('error.list') });

const isErrorList = ({ data }: AxiosResponse) => errorList.safeParse(data).success;

/** A gateway, or a timeout, does not know what was done; Intercom's own error does. */
function saysItFailed({ status, data }: AxiosResponse): boolean {
  return (status === 500 || status === 503) && errorBody.safeParse(data).success;
}

export function codeOf(answer: AxiosResponse): string | null {
  const read = errorBody.safeParse(answer.data);
  if (read.success) return read.data.errors[0]?.code ?? null;
  return nestedError.safeParse(answer.data).data?.error.code ?? null;
}

export function wordsOf(answer: AxiosResponse): string {
  return wordsIn(answer.data) ?? `status ${answer.status}`;
}

/** Throws a Failure for another status or shape. */
export function bodyOf<Schema extends z.ZodType>(answer: AxiosResponse, schema: Schema): z.output<Schema> {
  const read = schema.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data;
}

/** Deleted, or merged into another contact. */
export const isGone = ({ status }: AxiosResponse) => status === 404 || status === 410;

const exchangeOf = (answer: AxiosResponse) => refusedExchange(answer, wordsOf(answer));

/** Intercom's refusal with the code that fits its status, final where no retry can change it. */
export function unexpected(
  answer: AxiosResponse,
  message = `Intercom answered ${answer.status}: ${wordsOf(answer)}`,
): Failure {
  const notDone = answer.status >= 400 && answer.status < 500;
  const code = codeOfRefusal(answer.status, answer.config.url);
  return new Failure(code ?? 'bad-upstream', message, {
    notDone,
    final: code !== null,
    exchange: exchangeOf(answer),
  });
}

/** The id that a merged contact now has, from the `Link` of a 410; null when Intercom does not say. */
export function canonicalId(answer: AxiosResponse): string | null {
  const link: unknown = answer.headers.link;
  return typeof link === 'string' ? (/<[^<>]*\/contacts\/([\w-]+)>/.exec(link)?.[1] ?? null) : null;
}

/** The conflicting id appears only in the message: https://github.com/intercom/Intercom-OpenAPI/pull/543 */
export function conflictIn(message: string): { id: string | null; archived: boolean } {
  const found = /(archived )?contact matching those details already exists with id=([\w-]+)/i.exec(message);
  return { id: found?.[2] ?? null, archived: found?.[1] !== undefined };
}
