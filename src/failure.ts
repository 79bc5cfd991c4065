// The one kind of error that the app raises on purpose, and the one table that says which HTTP status it becomes.
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

/** `message` may be shown to whoever asked; what only an operator may see goes into `cause`. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** For `invalid`: the path of each refused field and why, for example `{"person.email": "must be an email"}`. */
  readonly fields: Record<string, string> | undefined;
  /** How long whoever was asked wants to be left alone; undefined when it did not say. */
  readonly retryAfterSeconds: number | undefined;
  /** Whoever was asked to change something says that it did not, or never heard of it. */
  readonly notDone: boolean;
  /** What was asked of another service and answered by it, without secrets; undefined where nothing was answered. */
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
