// A route of /api/v1: one description that registers it, parses its requests and documents it.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import type { CsvFile } from '../csv.ts';
import { type Idempotency, idempotencyIn } from './idempotency.ts';
import { refusedFields } from './refused-fields.ts';
import { csvText } from './schemas.ts';

/** The workspace that a token belongs to, and the token's name, which the history shows as the actor. */
export type Caller = {
  workspaceId: string;
  jti: string;
  name: string;
  /** Long requests check this again, because the token may be revoked meanwhile. */
  isStillIn(): Promise<boolean>;
};
export const byToken = ({ jti, name }: Pick<Caller, 'jti' | 'name'>) => ({
  kind: 'api' as const,
  id: jti,
  name,
});
export type UseCases = {
  ctx: Context;
};

type Status = 200 | 201 | 202;

export type Route = {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  operation: string;
  summary: string;
  /** The format of the path's id. */
  id: z.ZodType<string>;
  query: z.ZodObject;
  /** Null when the route reads no body. */
  body: z.ZodType | null;
  answer: z.ZodType;
  statuses: Partial<Record<Status, string>>;
  /** Accepts an Idempotency-Key. */
  idempotent: boolean;
  run(useCases: UseCases, caller: Caller, request: Request): Promise<RouteAnswer>;
};

/** JSON, or a CSV file that is streamed line by line. */
export type RouteAnswer = { status: Status; body: unknown } | { csv: CsvFile };

type Described<A extends z.ZodType> = Pick<Route, 'path' | 'operation' | 'summary' | 'statuses'> & {
  answer: A;
  /** A UUID by default. */
  id?: z.ZodType<string>;
};
/** `id` is the id in the path, or empty when the path has none. */
type RequestInput<Input> = Input & { caller: Caller; id: string };
/** `idempotency` is null for a request without a key, and for a route that accepts none. */
type IdempotentRequestInput<Input> = RequestInput<Input> & { idempotency: Idempotency | null };

export function read<Q extends z.ZodObject, A extends z.ZodType>(
  spec: Described<A> & {
    query: Q;
    handler(useCases: UseCases, input: RequestInput<{ query: z.output<Q> }>): Promise<z.input<A>>;
  },
): Route {
  const { handler, id = z.guid(), ...described } = spec;
  return {
    ...described,
    id,
    idempotent: false,
    method: 'get',
    body: null,
    async run(useCases, caller, request) {
      const input = { caller, id: idIn(request, id), query: parsed(spec.query, request.query) };
      return { status: 200, body: await handler(useCases, input) };
    },
  };
}

/** A POST or PATCH route. It reads no query parameters. */
export function write<B extends z.ZodType, A extends z.ZodType>(
  spec: Described<A> & {
    method?: 'post' | 'patch';
    idempotent?: true;
    body: B;
    handler(
      useCases: UseCases,
      input: IdempotentRequestInput<{ body: z.output<B> }>,
    ): Promise<{ status: Status; body: z.input<A> }>;
  },
): Route {
  const { handler, id = z.guid(), idempotent = false, ...described } = spec;
  return {
    method: 'post',
    ...described,
    id,
    idempotent,
    query: emptyQuery,
    async run(useCases, caller, request) {
      parsed(emptyQuery, request.query);
      const body = parsed(spec.body, request.body);
      const idempotency = idempotent ? idempotencyIn(request, body) : null;
      return handler(useCases, { caller, id: idIn(request, id), body, idempotency });
    },
  };
}

/** A GET route that streams a CSV file of any length. */
export function download<Q extends z.ZodObject>(
  spec: Omit<Described<z.ZodType>, 'answer' | 'statuses'> & {
    query: Q;
    handler(useCases: UseCases, input: RequestInput<{ query: z.output<Q> }>): Promise<CsvFile>;
  },
): Route {
  const { handler, id = z.guid(), ...described } = spec;
  return {
    ...described,
    id,
    idempotent: false,
    method: 'get',
    body: null,
    answer: csvText,
    statuses: { 200: 'The file' },
    async run(useCases, caller, request) {
      const input = { caller, id: idIn(request, id), query: parsed(spec.query, request.query) };
      return { csv: await handler(useCases, input) };
    },
  };
}

export function remove<A extends z.ZodType>(
  spec: Described<A> & {
    idempotent?: true;
    handler(
      useCases: UseCases,
      input: IdempotentRequestInput<object>,
    ): Promise<{ status: Status; body: z.input<A> }>;
  },
): Route {
  const { handler, id = z.guid(), idempotent = false, ...described } = spec;
  return {
    ...described,
    id,
    idempotent,
    method: 'delete',
    query: emptyQuery,
    body: null,
    async run(useCases, caller, request) {
      parsed(emptyQuery, request.query);
      const idempotency = idempotent ? idempotencyIn(request, null) : null;
      return handler(useCases, { caller, id: idIn(request, id), idempotency });
    },
  };
}

export const emptyQuery = z.strictObject({});

/** A malformed id cannot be a record's, and PostgreSQL would reject the query. */
function idIn(request: Request, form: z.ZodType<string>): string {
  const { id } = request.params;
  if (id === undefined) return '';
  const result = form.safeParse(id);
  if (result.success) return result.data;
  throw new Failure('not-found', 'There is nothing with this id.');
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Failure('invalid', 'Some fields were refused: see "fields".', {
    fields: refusedFields(result.error.issues),
  });
}
