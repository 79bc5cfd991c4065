// /openapi.json: every route that is served is described, every one that is described is served, examples included.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apiTable } from '../../src/http/api/routes.ts';
import { type Api, type Caller, publicUrl, startApi } from '../support/api.ts';

const example = z.union([z.looseObject({}), z.string()]);
const part = z.strictObject({ schema: z.looseObject({}), example: example.optional() });
/** A file is looked at as JSON is. */
const content = z.union([
  z.strictObject({ 'application/json': part }),
  z
    .strictObject({ 'text/csv': part })
    .transform((file) => ({ 'application/json': file['text/csv'], file: true })),
]);
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: z.looseObject({}) })),
  requestBody: z.looseObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
});
const document = z.looseObject({
  openapi: z.literal('3.1.0'),
  servers: z.array(z.looseObject({ url: z.string() })),
  security: z.array(z.looseObject({})),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.looseObject({ accessToken: z.looseObject({ type: z.string(), scheme: z.string() }) }),
  }),
});

let api: Api;
let caller: Caller;
let described: z.infer<typeof document>;
let text: string;

beforeAll(async () => {
  api = await startApi({});
  await api.install('shop');
  caller = await api.caller('shop');
  text = await (await fetch(`${api.url}/openapi.json`)).text();
  described = document.parse(JSON.parse(text));
});
afterAll(() => api.close());

const everyOperation = () =>
  Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method: method.toUpperCase(), ...one })),
  );

test('it says where the API is and that a token is needed', () => {
  expect(described.servers).toEqual([{ url: `${publicUrl}/api/v1` }]);
  expect(described.components.securitySchemes.accessToken).toMatchObject({ type: 'http', scheme: 'bearer' });
  expect(described.security).toEqual([{ accessToken: [] }]);
});

test('every described route is served', async () => {
  for (const { path, method } of everyOperation()) {
    const answer = await caller.send(method, path.replace('{id}', '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10'), {
      body: method === 'POST' ? '{"unknown field":1}' : null,
    });
    // What is served refuses the field or knows no such record; what is not served says so in these words.
    expect(JSON.stringify(answer.body), `${method} ${path}`).not.toContain('Unknown path');
    expect([200, 202, 404, 422]).toContain(answer.status);
  }
});

test('every served route is described', async () => {
  const known = new Set(everyOperation().map(({ path, method }) => `${method} ${path}`));
  // Asked of the running API rather than of the table: whatever it does not know, it says so.
  const paths = [
    'campaigns',
    'referrers',
    'referrals',
    'rewards',
    'rules',
    'decisions',
    'runs',
    'settings',
  ].flatMap((name) => [
    `/${name}`,
    `/${name}/{id}`,
    ...['qualify', 'disqualify', 'expire', 'reopen', 'history', 'apply', 'retry'].map(
      (more) => `/${name}/{id}/${more}`,
    ),
  ]);
  for (const path of paths) {
    const answer = await caller.send('PUT', path.replace('{id}', 'x'));
    const allowed = (answer.headers.get('allow') ?? '')
      .split(', ')
      .filter((one) => !['', 'HEAD'].includes(one));
    const listed = [...known].filter((one) => one.endsWith(` ${path}`)).map((one) => one.split(' ')[0]);
    expect(listed.sort(), path).toEqual(allowed.sort());
  }
  expect(known.size).toBe(apiTable.length);
});

test('operations have names of their own', () => {
  const names = everyOperation().map((one) => one.operationId);
  expect(new Set(names).size).toBe(names.length);
});

test('every reference leads somewhere', () => {
  const parts = z.looseObject({}).parse(JSON.parse(text));
  for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = path.split('/').reduce<unknown>((at, key) => z.looseObject({}).parse(at)[key], parts);
    expect(target, path).toBeTypeOf('object');
  }
});

describe('what it promises holds', () => {
  test('query fields that it lists are accepted, and others are refused', async () => {
    for (const { path, method, parameters } of everyOperation()) {
      if (method !== 'GET' || path.includes('{id}')) continue;
      const values: Record<string, string> = {
        limit: '5',
        email: 'a@example.com',
        contact_id: 'c1',
        status: path === '/rewards' ? 'due' : 'pending',
        recipient: 'friend',
        campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
      };
      const query = new URLSearchParams();
      for (const { name } of parameters) if (values[name]) query.set(name, values[name]);
      expect((await caller.get(`${path}?${query}`)).status).toBe(200);
      expect((await caller.get(`${path}?${query}&unlisted=1`)).status).toBe(422);
    }
  });

  test('the example of each body and of each single record is one', () => {
    for (const { path, method, requestBody, responses } of everyOperation()) {
      const route = apiTable.find(
        (one) => one.path.replace(':id', '{id}') === path && one.method.toUpperCase() === method,
      );
      if (requestBody) {
        const { example } = requestBody.content['application/json'];
        expect(example, `${method} ${path}`).toBeDefined();
        expect(route?.body?.safeParse(example).success, `${method} ${path}`).toBe(true);
      }
      for (const [status, response] of Object.entries(responses)) {
        const example = response.content?.['application/json'].example;
        if (!example) continue;
        expect(route?.answer.safeParse(example).success, `${method} ${path} ${status}`).toBe(true);
      }
    }
  });

  test('a body may be left out exactly where it says so', async () => {
    for (const { path, method, requestBody } of everyOperation()) {
      if (method !== 'POST') continue;
      const answer = await caller.post(path.replace('{id}', '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10'));
      // A file of any length is taken before it is looked at, and says of each row what is wrong with it.
      const isFile = requestBody !== undefined && 'file' in requestBody.content;
      const refused = isFile ? [202] : [422];
      const taken = path.includes('{id}') ? [404] : [200, 201];
      expect(requestBody?.required ? refused : taken, path).toContain(answer.status);
    }
  });
});
