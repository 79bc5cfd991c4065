// Sends the app signed Canvas Kit requests, judges what it answers, and keeps what was said for the drawer.

import { createHmac } from 'node:crypto';
import type { World } from '../world.ts';
import type { CanvasVerdict } from './canvas-check.ts';

export type CanvasKind = 'configure' | 'initialize' | 'submit' | 'content' | 'sheet' | 'submit-sheet';

/** One request to the app and what came of it. Bodies are kept as the text that traveled. */
export type Exchange = {
  id: number;
  /** When it was sent, ISO 8601. */
  at: string;
  surface: 'inbox' | 'messenger';
  kind: CanvasKind;
  url: string;
  /** The end user; null where none is known. */
  contact_id: string | null;
  component_id: string | null;
  /** Null for a sheet, which a browser opens. */
  signature: string | null;
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

export type CanvasCall = {
  surface: Exchange['surface'];
  kind: CanvasKind;
  url: string;
  body: unknown;
  contact_id: string | null;
  component_id: string | null;
  /** Judges the answer's JSON. */
  check: (answer: unknown) => CanvasVerdict;
};

/** The answer is its parsed JSON, or null when it cannot be drawn; the exchange says why. */
export type Answered = { exchange: Exchange; answer: unknown };

export type CanvasCalls = {
  call(wanted: CanvasCall): Promise<Answered>;
  /** Sends the bytes of an earlier request once more; undefined when it is forgotten. */
  replay(id: number): Promise<Exchange | undefined>;
  /** Keeps an exchange that was made otherwise. */
  keep(exchange: Omit<Exchange, 'id' | 'at'>): Exchange;
  /** The last fifty, newest first. */
  exchanges(): Exchange[];
};

export type CanvasCallsOptions = {
  world: World;
  clientSecret: string;
  /** Intercom documents no limit; developers report about ten seconds. */
  patienceMs?: number;
};

const kept = 50;

/** Opens the way to the app's Canvas Kit endpoints. A failing app never rejects: that is an exchange like any other. */
export function createCanvasCalls(options: CanvasCallsOptions): CanvasCalls {
  const { world, clientSecret, patienceMs = 10_000 } = options;
  const recent: { exchange: Exchange; check: CanvasCall['check'] | null }[] = [];
  let lastId = 0;

  function keep(exchange: Omit<Exchange, 'id' | 'at'>, check: CanvasCall['check'] | null = null): Exchange {
    const whole = { id: ++lastId, at: new Date(world.nowMs()).toISOString(), ...exchange };
    recent.unshift({ exchange: whole, check });
    recent.length = Math.min(recent.length, kept);
    return whole;
  }

  type Sent = Omit<CanvasCall, 'body'> & { request: string };

  async function send({ check, ...sent }: Sent): Promise<Answered> {
    const signature = createHmac('sha256', clientSecret).update(sent.request).digest('hex');
    const started = performance.now();
    const raw = await post(sent.url, sent.request, signature, patienceMs);
    const ms = Math.round(performance.now() - started);
    const { answer, problems, warnings } = judge(raw, check);
    const ok = problems.length === 0;
    const more = { signature, status: raw.status, ms, ok, problems, warnings, response: raw.text };
    return { exchange: keep({ ...sent, ...more }, check), answer: ok ? answer : null };
  }

  return {
    call: ({ body, ...wanted }) => send({ ...wanted, request: escapedJson(body) }),
    async replay(id) {
      const found = recent.find(({ exchange }) => exchange.id === id);
      if (!found?.check) return undefined;
      const { surface, kind, url, contact_id, component_id, request } = found.exchange;
      const check = found.check;
      return (await send({ surface, kind, url, contact_id, component_id, request, check })).exchange;
    },
    keep: (exchange) => keep(exchange),
    exchanges: () => recent.map(({ exchange }) => exchange),
  };
}

/**
 * Intercom's serializer writes these characters as escapes. A receiver that verifies the signature over a re-serialized body
 * instead of the raw bytes gets another digest, so the sandbox must write them the same way to catch that.
 */
export function escapedJson(value: unknown): string {
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

export function failureWords(error: unknown, patienceMs: number): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${patienceMs / 1000} seconds`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return `no answer: ${cause.message || cause.name}`;
}

function judge(answer: Answer, check: CanvasCall['check']): CanvasVerdict & { answer: unknown } {
  const refuse = (problem: string) => ({ answer: null, problems: [problem], warnings: [] });
  if (answer.failure !== undefined) return refuse(answer.failure);
  if (answer.status !== 200) return refuse(`status ${answer.status}: only 200 is documented to work`);
  if (!/^application\/json\b/i.test(answer.type)) {
    return refuse(`content type "${answer.type}": it must be application/json`);
  }
  try {
    const parsed: unknown = JSON.parse(answer.text);
    return { answer: parsed, ...check(parsed) };
  } catch {
    return refuse('the body is not JSON');
  }
}
