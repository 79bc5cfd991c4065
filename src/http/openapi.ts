// `GET /openapi.json`: describes /api/v1 from the schemas that parse its requests.
import express, { type Router } from 'express';
import { z } from 'zod';
import { idempotencyHeader } from './api/idempotency.ts';
import type { Route } from './api/route.ts';
import { apiTable } from './api/routes.ts';
import { csvText, fileText, named } from './api/schemas.ts';

/** A JSON Schema, as far as docs/api.md shows it. */
export type Schema = {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
};
export type MediaTypes = Record<string, { schema: Schema; example?: unknown }>;
type Answer = { description: string; content: MediaTypes };
type Parameter = { name: string; in: string; required: boolean; schema: Schema };

const failure = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string().describe('Safe to show to people.'),
      fields: z
        .record(z.string(), z.string())
        .optional()
        .describe('The path of each refused field and why it was refused.'),
    }),
  })
  .register(named, {
    id: 'Failure',
    examples: [
      {
        error: {
          code: 'invalid',
          message: 'person.email must be an email address.',
          fields: { 'person.email': 'must be an email address' },
        },
      },
    ],
  });

const reference = (id: string) => `#/components/schemas/${id}`;

/** `publicUrl` has no trailing slash. OpenAPI 3.1 uses JSON Schema 2020-12, so zod's output fits as it is. */
export function openApiDocument(publicUrl: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Referral Desk',
      version: '1',
      description:
        'For your backend. Lists are newest first and paged by a cursor. Errors have the shape of Failure.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${publicUrl}/api/v1` }],
    security: [{ accessToken: [] }],
    paths: paths(apiTable),
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A token for one workspace. Create it in the console, or with "npm run api-token -- --workspace ID".',
        },
      },
      responses: Object.fromEntries(
        Object.entries(refusals).map(([status, description]): [string, Answer] => [
          status,
          { description, content: content(failure) },
        ]),
      ),
      schemas: componentSchemas(),
    },
  };
}

/** Built once: nothing in the document changes while the app runs. */
export function openApiRoutes({ publicUrl }: { publicUrl: string }): Router {
  const router = express.Router();
  // Takes longer to make than the other routes together, and few processes are ever asked for it.
  let document: ReturnType<typeof openApiDocument> | undefined;
  router.get('/openapi.json', (_request, response) => {
    document ??= openApiDocument(publicUrl);
    response.json(document);
  });
  return router;
}

const refusals = {
  400: 'The request cannot be parsed',
  401: 'The access token is missing, unknown, expired or revoked',
  404: 'The record does not exist in this workspace',
  409: "The record's state does not allow this",
  413: 'The body is over 100 KB',
  422: 'Some fields were refused',
  429: 'Too many requests, or too many refused ones from this address. Retry after Retry-After seconds',
  '5XX': 'The app could not answer. Nothing was changed; try again',
};

function paths(routes: readonly Route[]) {
  const described: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    described[path] = { ...described[path], [route.method]: operation(route) };
  }
  return described;
}

export type Operation = ReturnType<typeof operation>;

function operation(route: Route) {
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [route.path.split('/')[1] ?? ''],
    parameters: parameters(route),
    ...(route.body && {
      requestBody: {
        // A body is optional when its schema accepts an empty one.
        required: !route.body.safeParse(undefined).success,
        content: content(route.body),
      },
    }),
    responses: responses(route),
  };
}

function parameters(route: Route): Parameter[] {
  const inPath = { name: 'id', in: 'path', required: true, schema: inline(route.id) };
  const { properties = {}, required = [] } = inline(route.query);
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  return [
    ...(route.path.includes(':id') ? [inPath] : []),
    ...inQuery,
    ...(route.idempotent ? [idempotencyKey] : []),
  ];
}

const idempotencyKey = {
  name: idempotencyHeader,
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description:
    'Any unique value. A repeated request with the same key is done once and gets the first answer.',
};

function responses(route: Route): Record<string, Answer | { $ref: string }> {
  const answers = Object.entries(route.statuses).map(([status, description]) => [
    status,
    { description, content: content(route.answer) },
  ]);
  const possible = [
    '401',
    '422',
    '429',
    '5XX',
    ...(route.body ? ['400', '409', '413'] : []),
    ...(route.idempotent && !route.body ? ['409'] : []),
    ...(route.path.includes(':id') ? ['404'] : []),
  ];
  const refused = possible.map((status) => [status, { $ref: `#/components/responses/${status}` }]);
  return Object.fromEntries([...answers, ...refused]);
}

/** Examples are set here, because zod drops a schema's own example when the body is transformed. */
function content(schema: z.ZodType): MediaTypes {
  const { id, examples = [] } = named.get(schema) ?? {};
  if (id === undefined) throw new Error('a body or answer of /api/v1 has no name in the registry');
  const [example] = examples;
  return {
    [schema === csvText || schema === fileText ? 'text/csv' : 'application/json']: {
      schema: { $ref: reference(id) },
      ...(example === undefined ? {} : { example }),
    },
  };
}

function inline(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest as Schema;
}

/** Bodies are described as callers may write them; responses have only one form. */
function componentSchemas(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(named, { metadata: named, uri: reference, io: 'input' });
  return Object.fromEntries(
    // The dialect is OpenAPI 3.1's own, and an $id that begins with # is not an id.
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [
      id,
      { ...(schema as Schema), title: id },
    ]),
  );
}
