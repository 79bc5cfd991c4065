// The only kind of error that the app raises on purpose, and the only table that maps it to an HTTP status.
import { namesNothing, type RefusedExchange } from './domain/runs/exchange.ts';

const statuses = {
  unreadable: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'wrong-method': 405,
  conflict: 409,
  'too-large': 413,
  invalid: 422,
  'rate-limited': 429,
  unexpected: 500,
  'bad-upstream': 502,
  unavailable: 503,
} as const;

export type FailureCode = keyof typeof statuses;

/** `message` is safe to show to the caller; `cause` holds what only an operator may see. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** For `invalid`: the path of each refused field and why, for example `{"person.email": "must be an email"}`. */
  readonly fields: Record<string, string> | undefined;
  /** How long the other service wants us to wait; undefined when it did not say. */
  readonly retryAfterSeconds: number | undefined;
  /** The other service confirms that it did not make the change, or never received the request. */
  readonly notDone: boolean;
  /** No later attempt can succeed: the other service, or this app, has refused for good. */
  readonly final: boolean;
  /** The other service's own code for its refusal; null when it gave none. */
  readonly upstreamCode: string | null;
  /** The request to another service and its response, without secrets; undefined when there was no response. */
  readonly exchange: RefusedExchange | undefined;

  constructor(
    code: FailureCode,
    message: string,
    more: {
      fields?: Record<string, string>;
      retryAfterSeconds?: number;
      notDone?: boolean;
      final?: boolean;
      upstreamCode?: string | null;
      exchange?: RefusedExchange;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.fields = more.fields;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.notDone = more.notDone ?? false;
    this.final = more.final ?? false;
    this.upstreamCode = more.upstreamCode ?? null;
    this.exchange = more.exchange;
  }
}

/** Refuses fields of a request with a sentence that names the first of them. */
export function refusedRequest(fields: Record<string, string>): Failure {
  const [[name, why] = ['body', 'is invalid'], ...others] = Object.entries(fields);
  const first = `${name} ${why}${/[.?]$/.test(why) ? '' : '.'}`;
  const message = others.length === 0 ? first : `${others.length + 1} fields were refused. First: ${first}`;
  return new Failure('invalid', message, { fields });
}

export function statusOf(code: FailureCode): number {
  return statuses[code];
}

const refusalCodes: Readonly<Record<number, FailureCode>> = {
  404: 'not-found',
  409: 'conflict',
  410: 'not-found',
  413: 'too-large',
};

/** What the token may do is decided by other means; a later attempt can succeed after 408, 425 and 429. */
const notFinal: ReadonlySet<number> = new Set([401, 402, 403, 408, 425, 429]);

/**
 * For another service's answer that no retry can change; null when the status is none of these. A `path` that names
 * nothing cannot have been "not found": the refusal is about something else.
 */
export function codeOfRefusal(status: number, path?: string): FailureCode | null {
  if (status < 400 || status >= 500 || notFinal.has(status)) return null;
  const code = refusalCodes[status] ?? 'invalid';
  return code === 'not-found' && path !== undefined && namesNothing(path) ? 'invalid' : code;
}
