// Sends the app the signed Canvas Kit requests that the Inbox would send, and keeps what was said for the drawer.

import { createHmac } from 'node:crypto';
import { newestVersion } from '../intercom/call.ts';
import { contactJson } from '../intercom/contacts/contact-json.ts';
import { wholeConversationJson } from '../intercom/workspace/conversations.ts';
import type { Admin, Contact, Conversation, World } from '../world.ts';
import { checkCanvas } from './canvas-check.ts';

/** One request to the app and what came of it. Bodies are kept as the text that traveled. */
export type Exchange = {
  id: number;
  /** When it was sent, ISO 8601. */
  at: string;
  kind: 'initialize' | 'submit';
  url: string;
  contact_id: string;
  component_id: string | null;
  signature: string;
  /** Null when no answer came. */
  status: number | null;
  ms: number;
  /** True when Intercom would draw the answer. */
  ok: boolean;
  problems: string[];
  warnings: string[];
  request: string;
  response: string;
};

export type Occasion = { conversation: Conversation; contact: Contact; admin: Admin };
export type Press = {
  component_id: string;
  input_values: Record<string, unknown>;
  current_canvas: Record<string, unknown>;
};

export type CanvasRequests = {
  /** The answer's canvas is null when it cannot be drawn; the exchange says why. */
  send(occasion: Occasion, press?: Press): Promise<{ exchange: Exchange; canvas: unknown }>;
  /** The last fifty, newest first. */
  exchanges(): Exchange[];
};

export type CanvasRequestsOptions = {
  world: World;
  appUrl: () => string;
  clientSecret: string;
  /** Intercom documents no limit; developers report about ten seconds. */
  patienceMs?: number;
};

const kept = 50;

/** Opens the way to the app's Inbox endpoints. A failing app never rejects: that is an exchange like any other. */
export function createCanvasRequests(options: CanvasRequestsOptions): CanvasRequests {
  const { world, appUrl, clientSecret, patienceMs = 10_000 } = options;
  const recent: Exchange[] = [];
  let lastId = 0;

  return {
    async send(occasion, press) {
      const kind = press === undefined ? 'initialize' : 'submit';
      const url = `${appUrl()}/intercom/inbox/${kind}`;
      const request = escapedJson(requestBody(world, occasion, press));
      const signature = createHmac('sha256', clientSecret).update(request).digest('hex');
      const at = new Date(world.nowMs()).toISOString();
      const started = performance.now();
      const answer = await post(url, request, signature, patienceMs);
      const ms = Math.round(performance.now() - started);
      const judged = judge(answer, kind);
      const exchange: Exchange = {
        id: ++lastId,
        at,
        kind,
        url,
        contact_id: occasion.contact.id,
        component_id: press?.component_id ?? null,
        signature,
        status: answer.status,
        ms,
        ok: judged.problems.length === 0,
        problems: judged.problems,
        warnings: judged.warnings,
        request,
        response: answer.text,
      };
      recent.unshift(exchange);
      recent.length = Math.min(recent.length, kept);
      return { exchange, canvas: judged.canvas };
    },
    exchanges: () => [...recent],
  };
}

function requestBody(world: World, { conversation, contact, admin }: Occasion, press: Press | undefined) {
  return {
    workspace_id: world.workspace.id,
    workspace_region: world.workspace.region,
    admin: {
      type: 'admin',
      id: admin.id,
      name: admin.name,
      email: admin.email,
      job_title: admin.job_title,
      away_mode_enabled: false,
      away_mode_reassign: false,
      has_inbox_seat: true,
      team_ids: [],
      avatar: { image_url: admin.avatar },
    },
    conversation: wholeConversationJson(world, conversation, newestVersion),
    contact: contactJson(world, contact, newestVersion),
    ...press,
  };
}

/**
 * Intercom's serializer writes these characters as escapes. A receiver that verifies the signature over a re-serialized body
 * instead of the raw bytes gets another digest, so the sandbox must write them the same way to catch that.
 */
function escapedJson(value: unknown): string {
  const code = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, code);
}

type Answer = { status: number | null; type: string; text: string; failure?: string };

async function post(url: string, body: string, signature: string, patienceMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', 'X-Body-Signature': signature },
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await response.text() };
  } catch (error) {
    return { status: null, type: '', text: '', failure: failureWords(error, patienceMs) };
  }
}

function failureWords(error: unknown, patienceMs: number): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${patienceMs / 1000} seconds`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return `no answer: ${cause.message || cause.name}`;
}

type Judged = { canvas: unknown; problems: string[]; warnings: string[] };

function judge(answer: Answer, kind: Exchange['kind']): Judged {
  const refuse = (problem: string): Judged => ({ canvas: null, problems: [problem], warnings: [] });
  if (answer.failure !== undefined) return refuse(answer.failure);
  if (answer.status !== 200) return refuse(`status ${answer.status}: only 200 is documented to work`);
  if (!/^application\/json\b/i.test(answer.type)) {
    return refuse(`content type "${answer.type}": it must be application/json`);
  }
  try {
    const parsed: unknown = JSON.parse(answer.text);
    const verdict = checkCanvas(parsed, 'inbox', kind);
    const canvas = verdict.problems.length === 0 ? Object(parsed).canvas : null;
    return { canvas, ...verdict };
  } catch {
    return refuse('the body is not JSON');
  }
}
