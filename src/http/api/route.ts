// A route of /api/v1: one description that registers it, parses its requests, shapes its answers and documents it.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Page, PageRequest, Position } from '../../domain/program/program.ts';
import { Failure, refusedRequest } from '../../failure.ts';
import type { CsvFile } from '../csv.ts';
import { type Idempotency, idempotencyIn } from './idempotency.ts';
import { inWords, refusedFields } from './refused-fields.ts';
import { type CamelFields, camelFields, type Resource } from './resource.ts';
import { csvText, cursorOf, listOf, type paged } from './schemas.ts';

/** The workspace that a token belongs to, and the token's name, which the history shows as the actor. */
export type Caller = {
  workspaceId: string;
  jti: string;
  name: string;
  /** Long requests check this again, because the token may be revoked meanwhile. */
  isAuthorized(): Promise<boolean>;
};

type Status = 200 | 201 | 202;

export type Route = {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  operation: string;
  summary: string;
  id: z.ZodType<string>;
  query: z.ZodObject;
  /** Null when the route reads no body. */
  body: z.ZodType | null;
  answer: z.ZodType;
  statuses: Partial<Record<Status, string>>;
  idempotent: boolean;
  run(ctx: Context, caller: Caller, request: Request): Promise<RouteAnswer>;
};

type RouteAnswer = { status: Status; body: unknown } | { csv: CsvFile };

type Described = Pick<Route, 'operation' | 'summary' | 'statuses'> & {
  /** A UUID by default. */
  id?: z.ZodType<string>;
};

/** `id` is the id in the path, or empty when the path has none. */
type Input = ReturnType<typeof inputOf> & { id: string };

function inputOf(ctx: Context, caller: Caller) {
  return { ctx, workspaceId: caller.workspaceId, actor: byToken(caller) };
}

export function byToken({ jti, name }: Pick<Caller, 'jti' | 'name'>) {
  return { kind: 'api' as const, id: jti, name };
}

function get<Q extends z.ZodObject>(
  path: string,
  { id = z.guid(), ...described }: Described & { query: Q; answer: z.ZodType },
  answerTo: (input: Input & { query: z.output<Q> }) => Promise<RouteAnswer>,
): Route {
  return {
    ...described,
    ...{ method: 'get', path, id, body: null, idempotent: false },
    run: async (ctx, caller, request) =>
      answerTo({
        ...inputOf(ctx, caller),
        id: idIn(request, id),
        query: parsed(described.query, request.query),
      }),
  };
}

export function read<Row, A extends z.ZodType, Q extends z.ZodObject = typeof noQuery>(
  path: string,
  {
    query,
    answer,
    find,
    ...described
  }: Described & {
    query?: Q;
    answer: Resource<Row, A>;
    find(input: Input & { query: z.output<Q> }): Promise<NoInfer<Row>>;
  },
): Route {
  return get(path, { ...described, query: query ?? noQuery, answer: answer.schema }, async (input) => ({
    status: 200,
    body: await answer.toJson(await find(input as Input & { query: z.output<Q> }), input),
  }));
}

/** Newest first, in pages, with the answer registered as `name`. `filter` is the rest of the query. */
export function list<Q extends typeof paged, Row, A extends z.ZodType>(
  path: string,
  {
    query,
    items,
    name,
    find,
    ...described
  }: Described & {
    query: Q;
    items: Resource<Row, A>;
    name: string;
    find(input: Input & { filter: CamelFields<Filters<Q>>; page: PageRequest }): Promise<Page<NoInfer<Row>>>;
  },
): Route {
  const route = { ...described, query: z.strictObject(query), answer: listOf(items.schema, name) };
  return get(path, route, async ({ query: given, ...input }) => {
    const { limit, cursor: after = null, ...filters } = given as Filters<Q> & Paging;
    const filter = camelFields(filters as Filters<Q>);
    const { items: rows, next } = await find({ ...input, filter, page: { limit, after } });
    const data = await Promise.all(rows.map((row) => items.toJson(row, input)));
    return { status: 200, body: { data, next: next && cursorOf(next) } };
  });
}

type Paging = { limit: number; cursor?: Position };
type Filters<Q extends z.ZodRawShape> = Omit<z.output<z.ZodObject<Q>>, keyof typeof paged>;

export function download<Q extends z.ZodObject>(
  path: string,
  {
    find,
    ...described
  }: Omit<Described, 'statuses'> & {
    query: Q;
    find(input: Input & { query: z.output<Q> }): Promise<CsvFile>;
  },
): Route {
  const route = { ...described, answer: csvText, statuses: { 200: 'The file' } };
  return get(path, route, async (input) => ({ csv: await find(input) }));
}

export class Reply<Row> {
  readonly status: Status;
  readonly row: Row;
  constructor(status: Status, row: Row) {
    this.status = status;
    this.row = row;
  }
}

/** `idempotency` is null for a request without a key, and for a route that accepts none. */
export function write<Row, A extends z.ZodType, B extends z.ZodType = z.ZodNull>(
  path: string,
  {
    method = 'post',
    id = z.guid(),
    body = null,
    idempotent = false,
    answer,
    act,
    ...described
  }: Described & {
    method?: 'post' | 'patch' | 'delete';
    body?: B | null;
    idempotent?: boolean;
    answer: Resource<Row, A>;
    act(
      input: Input & { body: z.output<B>; idempotency: Idempotency | null },
    ): Promise<NoInfer<Row> | Reply<NoInfer<Row>>>;
  },
): Route {
  const [only] = Object.keys(described.statuses);
  return {
    ...described,
    ...{ method, path, id, query: noQuery, body, answer: answer.schema, idempotent },
    async run(ctx, caller, request) {
      parsed(noQuery, request.query);
      const given = parsed(body ?? z.null(), body ? request.body : null) as z.output<B>;
      const idempotency = idempotent ? idempotencyIn(request, given) : null;
      const input = { ...inputOf(ctx, caller), id: idIn(request, id), body: given, idempotency };
      const done = await act(input);
      const { status, row } = done instanceof Reply ? done : new Reply(Number(only) as Status, done);
      return { status, body: await answer.toJson(row, input) };
    },
  };
}

export const noQuery = z.strictObject({});

/** A malformed id cannot be a record's, and PostgreSQL would reject the query. */
function idIn(request: Request, form: z.ZodType<string>): string {
  const { id } = request.params;
  if (id === undefined) return '';
  const result = form.safeParse(id);
  if (result.success) return result.data;
  throw new Failure('not-found', 'No record with this ID.');
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value, inWords);
  if (result.success) return result.data;
  throw refusedRequest(refusedFields(result.error.issues));
}
