// The API of the real app with real tokens: a client per workspace, with responses that are checked against their schemas.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import { grantAccess } from '../../sandbox/grant.ts';
import type { CampaignRewards, RewardApproval } from '../../src/domain/rewards/reward.ts';
import { apiTable } from '../../src/http/api/routes.ts';
import type { Overrides } from '../../src/wiring/context.ts';
import { startTestApp, type TestApp } from './app.ts';

export const publicUrl = 'https://desk.example.com';

export type Answer = { status: number; headers: Headers; body: unknown };
export type Caller = {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** The same with bytes and headers as given. */
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
};
export type Api = Pick<TestApp, 'url' | 'ctx' | 'query' | 'databaseUrl' | 'environment' | 'close'> & {
  /** A client with its own token for this workspace; the history shows the token's name. */
  caller(workspaceId: string, name?: string): Promise<Caller>;
  /** Installs the app from the sandbox's Intercom into this workspace. */
  install(workspaceId: string): Promise<void>;
};

/**
 * The app with an empty database, not installed anywhere. It serves requests, and does no background work unless
 * `overrides` say so.
 */
export async function startApi(overrides: Overrides = { answersOnly: true }): Promise<Api> {
  const app = await startTestApp({
    story: false,
    installed: false,
    overrides,
    environment: { PUBLIC_URL: publicUrl },
  });
  const { databaseUrl, environment } = app;
  return {
    ...app,
    caller: async (workspaceId, name = 'backend') =>
      callerWith(app.url, await app.apiToken(workspaceId, name)),
    install: (workspaceId) =>
      grantAccess({
        ...{ databaseUrl, workspaceId, token: 'sandbox-access-token' },
        appSecret: environment.APP_SECRET ?? '',
      }),
  };
}

/** A client with a token of its own making, for any app. */
export function callerWith(url: string, token: string): Caller {
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(`${url}/api/v1${path}`, { ...init, method, headers });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text === '' || isCsv(response) ? text || null : JSON.parse(text),
    };
    if (method !== 'HEAD') expectDescribed(method, path, answer);
    return answer;
  }
  return {
    send,
    delete: (path) => send('DELETE', path),
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body === undefined ? {} : { body: JSON.stringify(body) }),
    patch: (path, body) => send('PATCH', path, { body: JSON.stringify(body) }),
  };
}

const isCsv = (response: Response) => response.headers.get('content-type')?.startsWith('text/csv');

const failure = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    fields: z.record(z.string(), z.string()).optional(),
  }),
});

/** Checks every response of every test against /openapi.json. */
function expectDescribed(method: string, path: string, { status, body }: Answer): void {
  if (status >= 400) {
    expect(failure.safeParse(body).error, `${method} ${path}`).toBeUndefined();
    return;
  }
  const pathname = path.split('?')[0] ?? '';
  const route = apiTable.find(
    (one) =>
      one.method === method.toLowerCase() &&
      new RegExp(`^${one.path.replace(':id', '[^/]+')}$`).test(pathname),
  );
  expect(Object.keys(route?.statuses ?? {}), `${method} ${path}`).toContain(String(status));
  expect(route?.answer.safeParse(body).error, `${method} ${path}`).toBeUndefined();
}

const record = z.looseObject({ id: z.string() });

/** The id in a response that must be a success. */
export function idOf(answer: Answer): string {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return record.parse(answer.body).id;
}

export function codeOf(answer: Answer): string {
  return z.looseObject({ code: z.string() }).parse(answer.body).code;
}

export function dataOf(answer: Answer): { id: string }[] {
  return z.looseObject({ data: z.array(record) }).parse(answer.body).data;
}

const refused = z.looseObject({ error: z.looseObject({ fields: z.unknown() }) });

/** The names of the refused fields. Read from the raw response, since a schema for records leaves __proto__ out. */
export function refusedFields(answer: Answer): string[] {
  return Object.keys(refused.parse(answer.body).error.fields ?? {});
}

/** What a campaign promises the referrer. */
export const tenEuros: CampaignRewards = {
  referrer: { label: '10 EUR credit', amount: '10.00', currency: 'EUR', limit_per_person: null },
  friend: null,
};

/** Creates a campaign of the built-in program with a unique name. */
export async function campaignFor(
  caller: Caller,
  more: {
    name?: string;
    destination_url?: string;
    rewards?: CampaignRewards;
    reward_approval?: RewardApproval | null;
    auto_issue?: boolean;
  } = {},
): Promise<string> {
  const campaignBody = {
    name: `Campaign ${randomUUID()}`,
    destination_url: 'https://example.com/welcome',
    ...more,
  };
  return idOf(await caller.post('/campaigns', campaignBody));
}
