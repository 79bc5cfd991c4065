// Plays Fin: a customer asks, a live data connector is called as Intercom calls it, and the answer is what it says.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { Router } from 'express';
import { z } from 'zod';
import { scaled } from '../settings.ts';
import type { ConnectorExecution, Contact, DataConnector, World } from '../world.ts';
import { finPage, finScript } from './fin-page.ts';

/** https://www.intercom.com/help/en/articles/10576235-designing-and-using-your-apis-with-actions */
const timeoutMs = 15_000;
const maxTries = 3;

/** An email is proven for half an hour: see `customer_authentication`. */
const provenForMs = 30 * 60_000;
const codeForMs = 10 * 60_000;
const maxGuesses = 3;

const question = z.object({
  contact_id: z.string(),
  text: z.string().trim().min(1).max(1_000),
  /** Of the customer's page: what `setAuthTokens` of the Messenger was given. */
  user_token: z.string().max(4_000).optional(),
  code: z.string().optional(),
  conversation_id: z.string().max(100).optional(),
});
type Question = z.output<typeof question>;

type Called = Pick<ConnectorExecution, 'success' | 'http_status' | 'error_type' | 'execution_time_ms'> & {
  connector: string;
  request: string;
  response: unknown;
  tries: number;
};
/** `asks_code`: Fin has mailed a code, which this page shows. */
export type Said = { text: string; handed_over: boolean; called: Called | null; asks_code?: string };

type Proofs = Map<string, { code: string; until: number; guesses: number; provenUntil: number }>;

/** Serves /fin, its script, and what the script asks. */
export function finRoutes(world: World): Router {
  const router = Router();
  const proofs: Proofs = new Map();
  router.get('/fin', (_req, res) => {
    res.set('Cache-Control', 'no-store').type('html').send(finPage(world.contacts.all()));
  });
  router.get('/fin/fin.js', (_req, res) => void res.type('js').send(finScript));
  router.post('/fin/ask', express.json(), async (req, res) => {
    const read = question.safeParse(req.body);
    const contact = read.success ? world.contacts.get(read.data.contact_id) : undefined;
    if (!read.success || !contact)
      return void res.status(400).json({ error: 'Choose a customer and ask something.' });
    res.json(await answer(world, proofs, contact, read.data));
  });
  router.get('/fin/log', (_req, res) => {
    const names = new Map(world.dataConnectors.all().map(({ id, name }) => [id, name]));
    const executions = world.connectorExecutions.all().toReversed().slice(0, 20);
    res.json(
      executions.map(({ response_body: _, request_body: __, ...shown }) => ({
        ...shown,
        connector: names.get(shown.data_connector_id) ?? 'deleted',
      })),
    );
  });
  return router;
}

async function answer(world: World, proofs: Proofs, contact: Contact, asked: Question): Promise<Said> {
  const connector = choose(world, contact, asked.text);
  if (!connector) return handOver('I have no information about that.', null);
  if (connector.customer_authentication) {
    const proof = prove(world, proofs, contact, asked.code);
    if (proof !== null) return proof;
  }
  const inputs = fillInputs(connector, contact, asked);
  const missing = connector.data_inputs.find(({ name, required }) => required && !inputs[name]);
  if (connector.validate_missing_attributes && missing) {
    const called = record(world, connector, asked, { error_type: 'request_validation_error' });
    return handOver('I need something more to look that up.', called);
  }
  const called = await call(world, connector, inputs, asked);
  const text = z.object({ status_text: z.string().min(1) }).safeParse(called.response);
  // The answer is composed from status_text alone; without it Fin has nothing to say.
  if (!called.success || !text.success) return handOver('I can’t look that up right now.', called);
  return { text: text.data.status_text, handed_over: false, called };
}

const handOver = (text: string, called: Called | null): Said => ({
  text: `${text} Let me hand you over to a teammate.`,
  handed_over: true,
  called,
});

/** As Fin decides from name and description: by the words that they share with the question. */
function choose(world: World, contact: Contact, text: string): DataConnector | null {
  const audience = contact.role === 'user' ? 'users' : 'leads';
  const words = new Set(wordsOf(text));
  const scored = world.dataConnectors
    .all()
    .filter(({ state, audiences }) => state === 'live' && audiences.includes(audience))
    .map((connector) => {
      const about = wordsOf(`${connector.name} ${connector.description ?? ''}`);
      const title = wordsOf(connector.name.replace(/^.*?: /, ''));
      const count = (list: string[]) => new Set(list.filter((word) => words.has(word))).size;
      return { connector, score: 2 * count(title) + count(about) };
    })
    .toSorted((a, b) => b.score - a.score);
  const [best] = scored;
  return best && best.score > 0 ? best.connector : null;
}

const idle = new Set([
  'a',
  'the',
  'is',
  'my',
  'i',
  'do',
  'of',
  'to',
  'for',
  'and',
  'what',
  'it',
  'this',
  'as',
  'in',
]);
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/\p{L}+/gu) ?? [])
    .map((word) => word.replace(/s$/, ''))
    .filter((word) => !idle.has(word));

/** Null when the customer has proven their mailbox; else what Fin says. */
function prove(world: World, proofs: Proofs, contact: Contact, code: string | undefined): Said | null {
  if (contact.email === null) return handOver('I can’t verify your email.', null);
  const now = world.nowMs();
  const known = proofs.get(contact.id);
  if (known && known.provenUntil > now) return null;
  if (known && code !== undefined && known.until > now && known.guesses < maxGuesses) {
    known.guesses += 1;
    if (code === known.code) {
      known.provenUntil = now + provenForMs;
      return null;
    }
    return {
      text: 'That code is not right. Please check it and try again.',
      handed_over: false,
      called: null,
    };
  }
  const fresh = String(randomInt(1_000_000)).padStart(6, '0');
  proofs.set(contact.id, { code: fresh, until: now + codeForMs, guesses: 0, provenUntil: 0 });
  const text = 'Before I look that up, please enter the 6-digit code that I have sent to your email.';
  return { text, handed_over: false, called: null, asks_code: fresh };
}

/** An input without a value from the conversation has its default, which may name an attribute of the customer's. */
function fillInputs(connector: DataConnector, contact: Contact, asked: Question): Record<string, string> {
  const attributes: Record<string, string | null> = {
    'user.id': contact.id,
    'user.user_id': contact.external_id,
    'user.email': contact.email,
    'user.language_override': contact.language_override,
    'conversation.id': asked.conversation_id ?? 'fin-demo',
  };
  const told: Record<string, string> = {
    message: asked.text,
    friend_email: /[^\s@]+@[^\s@]+\.[a-z]+/i.exec(asked.text)?.[0] ?? '',
  };
  return Object.fromEntries(
    connector.data_inputs.map(({ name, default_value = '' }) => [
      name,
      told[name] ??
        default_value.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, path: string) => attributes[path] ?? ''),
    ]),
  );
}

const fill = (template: string, inputs: Record<string, string>, encode: (value: string) => string) =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => encode(inputs[name] ?? ''));

/** 429 and 5xx are tried again, 410 and the rest are not: an answer is due within 15 seconds. */
async function call(
  world: World,
  connector: DataConnector,
  inputs: Record<string, string>,
  asked: Question,
): Promise<Called> {
  const url = fill(connector.url ?? '', inputs, encodeURIComponent);
  const inJson = (value: string) => JSON.stringify(value).slice(1, -1);
  const body = connector.body === null ? null : fill(connector.body, inputs, inJson);
  const headers = Object.fromEntries(connector.headers.map(({ name, value }) => [name, value]));
  if (asked.user_token) headers['X-Referral-Desk-User'] = asked.user_token;
  const began = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  for (let tries = 1; ; tries += 1) {
    const answered = await fetch(url, {
      ...{ method: connector.http_method.toUpperCase(), headers, signal },
      ...(body === null ? {} : { body }),
    }).then(
      async (response) => ({ status: response.status, text: await response.text(), response }),
      () => null,
    );
    const execution_time_ms = Math.round(performance.now() - began);
    const about = { execution_time_ms, request_body: body, url, tries };
    if (answered === null) return record(world, connector, asked, { ...about, error_type: 'faraday_error' });
    const { status, text, response } = answered;
    if ((status === 429 || status >= 500) && tries < maxTries) {
      const seconds = Math.min(Number(response.headers.get('retry-after') ?? 1) || 1, 3);
      await sleep(scaled(world, seconds * 1_000), undefined, { ref: false });
      continue;
    }
    const error_type =
      status >= 200 && status < 300 ? (isJson(text) ? null : 'response_mapping_error') : '3rd_party_error';
    return record(world, connector, asked, {
      ...about,
      http_status: status,
      response_body: text,
      error_type,
    });
  }
}

const isJson = (text: string): boolean => parsedOf(text) !== null;

function parsedOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return null;
  }
}

type Outcome = Partial<
  Pick<ConnectorExecution, 'http_status' | 'request_body' | 'response_body' | 'execution_time_ms'>
> & {
  error_type: string | null;
  url?: string;
  tries?: number;
};

function record(world: World, connector: DataConnector, asked: Question, outcome: Outcome): Called {
  const { error_type, url = connector.url ?? '', tries = 0, execution_time_ms = 0 } = outcome;
  const success = error_type === null;
  const http_status = outcome.http_status ?? null;
  world.connectorExecutions.put({
    ...{ id: world.newNumericId(), data_connector_id: connector.id, success, http_status, error_type },
    ...{ http_method: connector.http_method, execution_time_ms, source_type: 'fin', source_id: null },
    error_message: success ? null : `The request failed (${http_status ?? 'no answer'})`,
    conversation_id: asked.conversation_id ?? null,
    request_url: url.replace(/\?.*/, ''),
    ...{ request_body: outcome.request_body ?? null, response_body: outcome.response_body ?? null },
    created_at: world.now(),
  });
  const response = parsedOf(outcome.response_body ?? null) ?? outcome.response_body ?? null;
  const request = `${connector.http_method.toUpperCase()} ${url}`;
  return {
    connector: connector.name,
    success,
    http_status,
    error_type,
    execution_time_ms,
    request,
    response,
    tries,
  };
}
