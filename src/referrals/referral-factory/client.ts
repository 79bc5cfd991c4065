// Referral Factory's REST API v2, with one account's token: https://developers.referral-factory.com/
import axios, { type AxiosResponse } from 'axios';
import type {
  Exchange,
  PersonHint,
  PlatformCampaign,
  PlatformPerson,
} from '../../domain/platforms/platform.ts';
import type { PlatformReward, PlatformRewardChange } from '../../domain/platforms/platform-reward.ts';
import { refusedExchange } from '../../domain/runs/exchange.ts';
import { codeOfRefusal, Failure } from '../../failure.ts';
import { jsonOrText } from '../../json.ts';
import { proxySettings } from '../../outbound/outbound.ts';
import { readRetryAfter } from '../../outbound/retry-after.ts';
import { type OutboundGuard, privateAddressCode } from '../outbound-guard.ts';
import {
  parseCampaign,
  readDueReward,
  readError,
  readListedUser,
  readPage,
  readRecipient,
  readUser,
} from './wire.ts';

// The most that the API allows.
const perPage = 250;
// Usually well under a second, but some answers took more than 25.
const patienceMs = 8_000;
/** A workspace can enter any address: an answer or a list without an end must not fill the memory. */
const maxAnswerBytes = 5 * 1024 * 1024;
const pagesOfAList = 1_000;
/** Longer than it ever requests, so that a bad `retry-after` cannot block us forever. */
const maxWaitSeconds = 3_600;
const campaignsPath = '/campaigns';
const metrics = ['amount', 'commission', 'coupon', 'custom'] as const;

/** Shared by all processes. */
export type Allowance = {
  /** Resolves when the call may be made; rejects with a Failure `rate-limited` when it may not for a while. */
  take(): Promise<void>;
  close(seconds: number): Promise<void>;
};

type Request = { method: 'GET' | 'POST' | 'PUT'; path: string; data?: object };
type Filter = { field: string; operator: '='; value: string };

type Account = {
  /** Ends in `/api/v2`. */
  baseUrl: string;
  token: string;
  allowance: Allowance;
  outboundGuard: Pick<OutboundGuard, 'httpAgent' | 'httpsAgent' | 'refuses'>;
};

/** Its methods reject as platform.ts says. */
export class ReferralFactoryClient {
  readonly #call: ReturnType<typeof createCall>;
  readonly #maxPages: number;

  constructor({ maxPages = pagesOfAList, ...account }: Account & { maxPages?: number }) {
    this.#call = createCall(account);
    this.#maxPages = maxPages;
  }

  /** Every token may read the list of campaigns. */
  async ping(): Promise<void> {
    await this.#succeed({ method: 'GET', path: `${campaignsPath}?per_page=1&page=1` });
  }

  async user(hint: PersonHint): Promise<PlatformPerson | null> {
    if ('id' in hint) return this.userBy(hint.id);
    if ('code' in hint) return this.userBy(hint.code);
    const { email, campaignId } = hint;
    const { people } = await this.#search([is('email', email), is('campaign_id', campaignId)], '1');
    return people.find((person) => person.email === email && person.campaignId === campaignId) ?? null;
  }

  async userBy(idOrCode: string): Promise<PlatformPerson | null> {
    const path = `/users/${encodeURIComponent(idOrCode)}`;
    const answer = await this.#call({ method: 'GET', path });
    // Its own 404 is JSON: the page of a gateway says nothing about the user.
    if (isGone(answer) && typeof answer.data === 'object') return null;
    if (answer.status !== 200) throw await this.#refusalOf(answer, path);
    return readUser(answer.data);
  }

  async users(campaignId: string, after: string | null) {
    const { people, next } = await this.#search([is('campaign_id', campaignId)], after ?? '1');
    return { people: people.filter((person) => person.campaignId === campaignId), next };
  }

  async campaigns(): Promise<PlatformCampaign[]> {
    const found: PlatformCampaign[] = [];
    for await (const item of this.#everyItem(campaignsPath)) found.push(parseCampaign(item));
    return found;
  }

  async setQualified(id: string, qualified: boolean): Promise<Exchange> {
    const data = { id: numeric(id), qualified };
    const request = { method: 'PUT' as const, path: '/users/qualification', data };
    return { request, answer: await this.#succeed(request) };
  }

  async rewards(): Promise<Map<string, 'due' | 'issued'>> {
    const found = new Map<string, 'due' | 'issued'>();
    for (const state of ['issued', 'due'] as const) {
      for (const metric of metrics) {
        for await (const item of this.#everyItem(`/rewards/${state}/${metric}`))
          found.set(readRecipient(item), state);
      }
    }
    return found;
  }

  async dueRewards(): Promise<PlatformReward[]> {
    const found: PlatformReward[] = [];
    for (const metric of metrics) {
      for await (const item of this.#everyItem(`/rewards/due/${metric}`)) {
        const reward = readDueReward(item, metric);
        if (reward !== null) found.push(reward);
      }
    }
    return found;
  }

  /** The documents name no body. */
  async settleReward(id: string, change: PlatformRewardChange): Promise<Exchange> {
    const request = { method: 'POST' as const, path: `/rewards/${change}/${encodeURIComponent(id)}` };
    return { request, answer: await this.#succeed(request) };
  }

  // `GET /users?campaign_id=` ignored its parameter and returned all users: only the search filters.
  async #search(value: Filter[], page: string) {
    const path = `/users/search?per_page=${perPage}&page=${page}`;
    const data = { filters: { operator: 'AND', value } };
    const { items, next } = readPage(await this.#succeed({ method: 'POST', path, data }));
    return { people: items.map(readListedUser).filter((person) => person !== null), next };
  }

  async *#everyItem(path: string): AsyncGenerator<unknown> {
    let page: string | null = '1';
    for (let seen = 0; page !== null; seen += 1) {
      if (seen === this.#maxPages) throw new Failure('bad-upstream', 'Referral Factory’s list has no end');
      const request = { method: 'GET' as const, path: `${path}?per_page=${perPage}&page=${page}` };
      const read = readPage(await this.#succeed(request));
      yield* read.items;
      page = read.next;
    }
  }

  async #succeed(request: Request): Promise<unknown> {
    const answer = await this.#call(request);
    if (answer.status >= 200 && answer.status < 300) return answer.data;
    throw await this.#refusalOf(answer, request.path);
  }

  /** A token may be allowed one call and not another. */
  async #refusalOf(answer: AxiosResponse<unknown>, path: string): Promise<Failure> {
    const failure = refusal(answer);
    if (failure.code !== 'unauthorized' || path.startsWith(campaignsPath)) return failure;
    const isTokenGood = await this.ping().then(
      () => true,
      () => false,
    );
    if (!isTokenGood) return failure;
    const words = readError(answer.data).message ?? `status ${answer.status}`;
    const exchange = refusedExchange(answer, words);
    const told = { notDone: true, exchange };
    return new Failure('forbidden', `Referral Factory does not allow this: ${words}`, told);
  }
}

/** One request; rejects with a Failure when there is no answer, or one that stops all calls. */
function createCall({
  baseUrl,
  token,
  allowance,
  outboundGuard: { httpAgent, httpsAgent, refuses },
}: Account) {
  const http = axios.create({
    baseURL: baseUrl,
    ...proxySettings(baseUrl),
    httpAgent,
    httpsAgent,
    maxRedirects: 0,
    maxContentLength: maxAnswerBytes,
    validateStatus: () => true,
    transformResponse: [jsonOrText],
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' },
  });

  return async ({ method, path, data }: Request): Promise<AxiosResponse<unknown>> => {
    if (refuses(baseUrl)) throw refusedAddress();
    await allowance.take();
    const answer = await http
      // axios's own timeout restarts with every byte; this one does not.
      .request<unknown>({ method, url: path, data, signal: AbortSignal.timeout(patienceMs) })
      .catch((cause: unknown) => {
        // Not the axios error itself: it carries the request with its token.
        const why = axios.isAxiosError(cause) ? (cause.code ?? 'no connection') : 'unknown';
        if (why === privateAddressCode) throw refusedAddress();
        throw new Failure('unavailable', `Referral Factory did not answer (${why})`);
      });
    if (answer.status === 429) {
      const retryAfterSeconds = retryAfter(answer);
      // More than three violations block the address, so all calls stop, in every process.
      await allowance.close(retryAfterSeconds);
      throw new Failure('rate-limited', "Referral Factory's rate limit is reached", { retryAfterSeconds });
    }
    return answer;
  };
}

const is = (field: string, value: string): Filter => ({ field, operator: '=', value });

/** Its ids are numbers, which we store as text. */
const numeric = (id: string): number | string => (/^\d{1,15}$/.test(id) ? Number(id) : id);

/** Pauses, like a refused token, until the platform is reconnected. */
function refusedAddress(): Failure {
  const message =
    'The address of Referral Factory leads to a private network, where this app is not allowed to call ' +
    '(ALLOW_PRIVATE_PLATFORMS)';
  return new Failure('unauthorized', message);
}

function retryAfter(answer: AxiosResponse): number {
  return readRetryAfter(answer.headers, new Date(), maxWaitSeconds) || 60;
}

const isGone = ({ status }: AxiosResponse) => status === 404 || status === 410;

function refusal(answer: AxiosResponse<unknown>): Failure {
  const { message, fields } = readError(answer.data);
  const words = message ?? `status ${answer.status}`;
  const exchange = refusedExchange(answer, words);
  const notDone = answer.status >= 400 && answer.status < 500;
  if (answer.status === 401 || answer.status === 403) {
    return new Failure('unauthorized', `Referral Factory refused the token: ${words}`, { exchange, notDone });
  }
  if (answer.status === 408 || answer.status >= 500) {
    return new Failure('unavailable', `Referral Factory answered ${answer.status}: ${words}`, { exchange });
  }
  const isPage = isGone(answer) && typeof answer.data !== 'object';
  const code = isPage ? null : codeOfRefusal(answer.status);
  const final = code !== null;
  if (code === 'not-found') {
    return new Failure(code, `Referral Factory does not know it: ${words}`, { exchange, notDone, final });
  }
  if (code === 'invalid') {
    const refused = Object.entries(fields).map(([field, problem]) => `${field}: ${problem}`);
    const message = `Referral Factory refused it: ${[words, ...refused].join('; ')}`;
    return new Failure(code, message, { fields, exchange, notDone, final });
  }
  const told = `Referral Factory answered ${answer.status}: ${words}`;
  return new Failure(code ?? 'bad-upstream', told, { exchange, notDone, final });
}
