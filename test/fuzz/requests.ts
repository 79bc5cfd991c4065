// A request for any route that the app serves, as its caller would send it, and mostly a little wrong.
import { z } from 'zod';
import { openApiDocument, type Schema } from '../../src/http/openapi.ts';
import { tools } from '../../src/usecases/assistants/tools.ts';
import { sign } from '../support/app.ts';
import { hubSignature } from '../support/notifications.ts';
import type { Random } from './random.ts';
import type { Form, Keys, Samples } from './stage.ts';
import { anyJson, anyText, damaged, encoded, fromSchema, type Json } from './values.ts';

export type FuzzRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
};

export type Material = { keys: Keys; forms: Form[]; samples: Samples };
/** `route` is for example `POST /api/v1/referrals/:id/qualify`. */
type Maker = (random: Random, route: { method: string; path: string }, material: Material) => FuzzRequest;

/** The first prefix that fits decides how its routes are called. */
const makers: [prefix: string, make: Maker][] = [
  ['/api/v1', apiRequest],
  ['/console', consoleRequest],
  ['/intercom', signedRequest],
  ['/fin/v1', finRequest],
  ['/mcp', mcpRequest],
  ['/referrals/hooks', hookRequest],
  ['/', browserRequest],
];

/** Of a route as `servedRoutes` names it. */
export function fuzzRequest(random: Random, route: string, material: Material): FuzzRequest {
  const [method = '', path = ''] = route.split(' ');
  const [, make] = makers.find(([prefix]) => path.startsWith(prefix)) ?? [];
  if (!make) throw new Error(`no request is made for ${route}`);
  const made = make(random, { method: method === '_ALL' ? random.pick(methods) : method, path }, material);
  const isRead = made.method === 'GET' || made.method === 'HEAD';
  return {
    ...made,
    body: isRead ? null : made.body,
    // Limits count by address: here every request has its own.
    headers: { 'x-forwarded-for': addressOf(random), ...oddHeaders(random), ...made.headers },
  };
}

const methods = ['GET', 'POST', 'DELETE', 'OPTIONS'] as const;
const addressOf = (random: Random) => `198.${[0, 0, 0].map(() => random.below(256)).join('.')}`;

function oddHeaders(random: Random): Record<string, string> {
  if (!random.chance(0.1)) return {};
  return random.pick([
    { accept: 'nothing/*;q=x' },
    { 'accept-language': 'zz-ZZ,;q=9' },
    { 'x-request-id': `${'r'.repeat(200)}` },
    { 'idempotency-key': random.pick(['a', ' ', 'x'.repeat(300), '__proto__']) },
    { 'content-encoding': random.pick(['gzip', 'br', 'nothing']) },
    { host: random.pick(['evil.example', 'localhost', '[::1]:99']) },
    { range: 'bytes=0-0,5-1' },
    { cookie: `a=${'b'.repeat(3_000)}` },
    { 'if-none-match': '*' },
  ]);
}

const { paths, components } = openApiDocument('https://desk.example.com');
const schemas: Record<string, Schema> = components.schemas;

function apiRequest(random: Random, { method, path }: { method: string; path: string }, { keys }: Material) {
  const known = { texts: keys.texts };
  const described = paths[path.replace('/api/v1', '').replace(':id', '{id}')]?.[method.toLowerCase()];
  const [content] = Object.values(described?.requestBody?.content ?? {});
  const parameters = (described?.parameters ?? []).filter(({ in: where }) => where === 'query');
  const query = parameters
    .filter(() => random.chance(0.3))
    .map(({ name, schema }): [string, string] => [
      name,
      random.chance(0.6)
        ? String(fromSchema(random, schema, { known, schemas }))
        : anyText(random, known).slice(0, 500),
    ]);
  const body = content ? fromSchema(random, content.schema, { known, schemas }) : anyJson(random, known);
  const isCsv = path === '/api/v1/imports';
  const wrong = random.chance(0.6) ? damaged(random, body, known, 1 + random.below(3)) : body;
  return {
    method,
    path: pathOf(random, path, keys) + queryOf(random, query, keys),
    headers: {
      authorization: `Bearer ${keys.apiToken}`,
      'content-type': isCsv ? 'text/csv' : 'application/json',
    },
    body: isCsv ? csvFrom(random, keys) : encoded(random, wrong),
  };
}

function csvFrom(random: Random, { texts }: Keys): string {
  const columns = [
    'email',
    'role',
    'external_id',
    'phone',
    'name',
    'tags',
    'custom_attributes.plan',
    'unknown',
  ];
  const lines = Array.from({ length: random.below(5) }, () =>
    columns.map(() => (random.chance(0.5) ? '' : `"${anyText(random, { texts })}"`)).join(','),
  );
  return [random.chance(0.8) ? columns.join(',') : anyText(random, { texts }), ...lines].join('\n');
}

/** `:id` becomes an id of what the path is about, of something else, or none. */
function pathOf(random: Random, path: string, { ids, texts, slugs, codes }: Keys): string {
  const all = Object.values(ids).flat();
  let table = '';
  const parts = path.split('/').map((part) => {
    const name = part.replaceAll('-', '_');
    if (!part.startsWith(':')) {
      if (name in ids) table = name;
      return part;
    }
    const given = ids[{ ':rule': 'rules', ':referralId': 'referrals' }[part] ?? table] ?? all;
    if (part === ':campaign') return random.pick([...slugs, 'none']);
    if (part === ':code') return random.chance(0.6) ? random.pick(codes) : anyText(random, { texts });
    if (part === ':channel') return random.pick(['email', 'whatsapp', 'x', 'constructor']);
    if (part === ':platform')
      return random.chance(0.8) ? 'referral-factory' : random.pick(['built-in', 'constructor']);
    if (part === ':workspaceId') return random.chance(0.8) ? 'sandbox' : random.pick(['other', '__proto__']);
    if (part === ':change' || part === ':which')
      return random.pick([...changeWords, anyText(random, { texts })]);
    if (random.chance(0.75)) return random.pick(given);
    return random.chance(0.4) ? random.pick(all) : anyText(random, { texts }).slice(0, 200);
  });
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/') || '/';
}

const changeWords = [
  ...['qualify', 'disqualify', 'reopen', 'approve', 'issue', 'cancel', 'people', 'referrals', 'rewards'],
  ...['pause', 'resume', 'archive', 'unarchive', 'start', 'undo', 'toString', 'constructor'],
];

function queryOf(random: Random, pairs: [string, string][], { texts }: Keys): string {
  const more: [string, string][] = random.chance(0.15)
    ? [
        [
          random.pick(['cursor', 'limit', '__proto__', 'q[]', 'a[b][c]']),
          anyText(random, { texts }).slice(0, 300),
        ],
      ]
    : [];
  const all = [...pairs, ...more, ...(random.chance(0.1) ? pairs : [])];
  return all.length === 0 ? '' : `?${new URLSearchParams(all.map(wellFormed))}`;
}

/** What an address and a form can carry. */
const wellFormed = ([name, value]: [string, string]): [string, string] => [
  name.toWellFormed(),
  value.toWellFormed(),
];

const filters = [
  ...['q', 'status', 'campaign', 'sort', 'after', 'before', 'page', 'cursor', 'from', 'to', 'state', 'kind'],
  ...['preview', 'decision', 'list', 'query', 'view', 'period', 'role', 'request', 'region'],
];

function consoleRequest(
  random: Random,
  { method, path }: { method: string; path: string },
  material: Material,
) {
  const { keys, forms } = material;
  const known = { texts: keys.texts };
  const headers = { cookie: keys.session.cookie };
  if (method !== 'POST') {
    const count = random.below(4);
    const query = Array.from({ length: count }, (): [string, string] => [
      random.pick(filters),
      random.chance(0.4) ? random.pick(changeWords) : anyText(random, known).slice(0, 400),
    ]);
    return { method, path: pathOf(random, path, keys) + queryOf(random, query, keys), headers, body: null };
  }
  const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}$`);
  const own = forms.filter(({ action }) => pattern.test(action.split('?')[0] ?? ''));
  const form = own.length > 0 ? random.pick(own) : null;
  const fields = form?.fields ?? random.pick(forms).fields;
  const filled = fields
    .filter(() => random.chance(0.9))
    .map(([name, value]): [string, string] => {
      if (random.chance(0.5)) return [name, value];
      return [random.chance(0.05) ? anyText(random, known) : name, anyText(random, known)];
    });
  const pairs = [['csrf', keys.session.csrf] as [string, string], ...filled].map(wellFormed);
  const address = form && random.chance(0.7) ? form.action : pathOf(random, path, keys);
  return {
    method,
    path: address,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(pairs)),
  };
}

function signedRequest(
  random: Random,
  { method, path }: { method: string; path: string },
  material: Material,
) {
  const known = { texts: material.keys.texts };
  const like = material.samples[path];
  const sample = like && like.length > 0 && random.chance(0.95) ? random.pick(like) : anyJson(random, known);
  const body = encoded(random, damaged(random, sample, known, random.below(4)));
  const isHub = path === '/intercom/webhooks';
  if (path === '/intercom/messenger/sheet') {
    const form = new URLSearchParams({ intercom_data: body.toWellFormed() });
    return {
      method,
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(form),
    };
  }
  return {
    method,
    path,
    headers: {
      'content-type': 'application/json',
      ...(isHub ? { 'x-hub-signature': hubSignature(body) } : { 'x-body-signature': sign(body) }),
    },
    body,
  };
}

function finRequest(random: Random, { method, path }: { method: string; path: string }, { keys }: Material) {
  const names = ['contact_id', 'user_id', 'locale', 'passcode', 'email', 'campaign'];
  const query = names
    .filter(() => random.chance(0.4))
    .map((name): [string, string] => [name, anyText(random, keys).slice(0, 400)]);
  const headers = { authorization: `Bearer ${keys.finKey}`, 'content-type': 'application/json' };
  const body = encoded(random, damaged(random, Object.fromEntries(query), keys));
  return { method, path: path + queryOf(random, query, keys), headers, body };
}

const toolSchemas = new Map(
  tools.map(({ name, input }) => [name, z.toJSONSchema(input, { io: 'input' }) as Schema]),
);

function mcpRequest(random: Random, { method, path }: { method: string; path: string }, { keys }: Material) {
  const [name, schema] = random.pick([...toolSchemas]);
  const args = fromSchema(random, schema, { known: keys, schemas: {} });
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
  const version = random.pick(['2025-11-25', '2026-07-28', 'x']);
  return {
    method,
    path,
    headers: {
      authorization: `Bearer ${keys.apiToken}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(random.chance(0.5) ? { 'mcp-protocol-version': version } : {}),
    },
    body: encoded(random, damaged(random, call, keys, random.below(3))),
  };
}

function hookRequest(random: Random, { method, path }: { method: string; path: string }, { keys }: Material) {
  const sample: Json = {
    event: 'user.created',
    data: { id: random.below(100_000), email: random.pick(keys.texts) },
  };
  return {
    method,
    path: pathOf(random, path, keys),
    headers: { 'content-type': 'application/json', 'x-referral-desk-secret': keys.hookSecret },
    body: encoded(random, damaged(random, sample, keys, random.below(3))),
  };
}

/** Share links, the join page, OAuth, installing: what anyone may open. */
function browserRequest(
  random: Random,
  { method, path }: { method: string; path: string },
  { keys }: Material,
) {
  const names = [
    ...['email', 'name', 'consent', 'ref', 'code', 'state', 'error', 'locale', 'client_id', 'redirect_uri'],
    ...[
      'response_type',
      'code_challenge',
      'code_challenge_method',
      'scope',
      'resource',
      'grant_type',
      'token',
    ],
  ];
  const pairs = names
    .filter(() => random.chance(0.3))
    .map((name): [string, string] => [name, anyText(random, keys).slice(0, 2_000).toWellFormed()]);
  const isJson = path === '/oauth/register';
  const registration: Json = { client_name: 'A client', redirect_uris: ['http://127.0.0.1:1/callback'] };
  return {
    method,
    path: pathOf(random, path, keys) + (method === 'GET' ? queryOf(random, pairs, keys) : ''),
    headers: { 'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded' },
    body: isJson
      ? encoded(random, damaged(random, registration, keys, 2))
      : String(new URLSearchParams(pairs)),
  };
}
