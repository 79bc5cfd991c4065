// The only kind of error that the app raises on purpose, and the only table that maps it to an HTTP status.
import type { RefusedExchange } from './domain/runs/exchange.ts';

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
  /** The request to another service and its response, without secrets; undefined when there was no response. */
  readonly exchange: RefusedExchange | undefined;

  constructor(
    code: FailureCode,
    message: string,
    more: {
      fields?: Record<string, string>;
      retryAfterSeconds?: number;
      notDone?: boolean;
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
    this.exchange = more.exchange;
  }
}

export function statusOf(code: FailureCode): number {
  return statuses[code];
}
