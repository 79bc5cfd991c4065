// An AI assistant connected as a teammate would: through consent and "Sign in with Intercom", without a browser.
import type { Client } from '@modelcontextprotocol/client';
import { expect } from 'vitest';
import {
  AssistantProvider,
  askForAccess,
  connectAssistant,
  type Era,
  finishAsking,
} from '../../sandbox/assistant/client.ts';
import type { TestApp } from './app.ts';
import { type Console, consent, openConsole } from './console.ts';

export const callbackUrl = 'http://127.0.0.1:53682/callback';

export const mcpUrl = ({ url }: Pick<TestApp, 'url'>) => `${url}/mcp`;

type Wanted = {
  /** Of the sandbox; by default the first one, who installed. */
  adminId?: string;
  write?: boolean;
  answer?: 'allow' | 'cancel';
  name?: string;
  desk?: Console;
};

/** Asked, answered and holding tokens. */
export async function grantedProvider(app: TestApp, wanted: Wanted = {}): Promise<AssistantProvider> {
  const provider = new AssistantProvider(wanted.name ?? 'Claude', callbackUrl);
  const asked = await askForAccess(mcpUrl(app), provider);
  const desk = wanted.desk ?? openConsole(app);
  const back = await answerConsent(app, desk, asked?.href ?? '', wanted);
  await finishAsking(mcpUrl(app), provider, new URL(back).searchParams);
  return provider;
}

/** From the authorization address to the one that the browser is sent back to. */
export async function answerConsent(
  app: TestApp,
  desk: Console,
  authorizeUrl: string,
  { adminId, write = false, answer = 'allow' }: Wanted = {},
): Promise<string> {
  const page = await openConsent(app, desk, authorizeUrl);
  await consentSignIn(desk, page, adminId);
  return sendAnswer(desk, page, { answer, ...(write ? { write: 'on' } : {}) });
}

/** The path of the consent page. */
export async function openConsent(app: TestApp, desk: Console, authorizeUrl: string): Promise<string> {
  const begun = await desk.get(authorizeUrl.replace(app.url, ''));
  expect(begun.status, begun.text).toBe(303);
  return begun.location ?? '';
}

/** By way of the button on the consent page; a browser that is signed in sees none. */
export async function consentSignIn(desk: Console, page: string, adminId?: string): Promise<void> {
  const { html } = await desk.get(page);
  const start = /href="([^"]*\/console\/sign-in\/intercom[^"]*region=US[^"]*)"/.exec(html)?.[1];
  if (start === undefined) return;
  const back = await consent(desk, adminId, new URL(start.replaceAll('&amp;', '&')).href);
  expect((await desk.get(back)).location).toBe(page);
}

export async function sendAnswer(
  desk: Console,
  page: string,
  fields: Record<string, string>,
): Promise<string> {
  const { html, status } = await desk.get(page);
  expect(status).toBe(200);
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const request = new URL(page, 'http://app').searchParams.get('request') ?? '';
  const answered = await desk.post('/console/connect-assistant', { csrf, request, ...fields });
  expect(answered.status, answered.text).toBe(303);
  return answered.location ?? '';
}

export async function connected(app: TestApp, wanted: Wanted = {}, era: Era = 'auto'): Promise<Client> {
  return connectAssistant(mcpUrl(app), await grantedProvider(app, wanted), era);
}

export const withToken = (app: TestApp, token: string, era: Era = 'auto'): Promise<Client> =>
  connectAssistant(mcpUrl(app), { token: async () => token }, era);

export type ToolAnswer = {
  isError: boolean;
  data: Record<string, unknown>;
  error?: { code: string; message: string };
};

export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  const answer = await client.callTool({ name, arguments: args });
  const [first] = answer.content;
  const text = first?.type === 'text' ? first.text : '{}';
  if (answer.isError !== true)
    return { isError: false, data: (answer.structuredContent ?? {}) as Record<string, unknown> };
  try {
    return {
      isError: true,
      data: {},
      error: (JSON.parse(text) as { error: { code: string; message: string } }).error,
    };
  } catch {
    return { isError: true, data: {}, error: { code: 'sdk', message: text } };
  }
}
