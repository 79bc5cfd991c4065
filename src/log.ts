// The app's log: JSON lines, with secret and personal fields removed by name at any depth.
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './config.ts';

/** The log methods that the app uses; errors go under the key `err`. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
};

/** Lower case. `code` and `state` must stay readable: errors and health use them; a callback's are in `query`. */
const hidden = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'x-body-signature',
  'x-hub-signature',
  'x-referral-desk-secret',
  'token',
  'access_token',
  'accesstoken',
  'sealedtoken',
  'secret',
  'client_secret',
  'clientsecret',
  'clientsecrets',
  'appsecrets',
  'password',
  'body',
  'query',
  'email',
]);

export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(1)): Log {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    base: { pid: process.pid },
    // pino's own redaction needs every path spelled out, and made a line cost over ten times as much.
    formatters: { level: (label: string) => ({ level: label }), log: harmlessFields },
    // Without this, pino's serializer would process the described error again.
    serializers: { err: (described: unknown) => described },
  };
  return pino(options, destination);
}

function harmlessFields(fields: object, depth = 0): Record<string, unknown> {
  const shown = Object.entries(fields).map(([name, value]) => [
    name,
    hidden.has(name.toLowerCase()) ? '[hidden]' : harmless(value, depth),
  ]);
  return Object.fromEntries(shown);
}

function harmless(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > 5) return '[too deep]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((each) => harmless(each, depth + 1));
  return harmlessFields(value, depth + 1);
}

/**
 * Takes known harmless fields only: axios's `config` has the access token, PostgreSQL's `detail` the row, and
 * drizzle's message and stack every parameter.
 */
function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  return {
    type: error.name,
    message: error.message.split('\nparams: ')[0],
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    at: frames.map((line) => line.trim().slice('at '.length)),
    ...(error.cause instanceof Error && depth < 4 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
