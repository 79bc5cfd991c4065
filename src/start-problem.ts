// Why the process cannot start, in words for the operator. Never an empty line, and never a bare statement of SQL.

/** What was to be listened on: Node puts the address on the error, or the name that it cannot look up. */
type ListenError = Error & {
  code: string;
  syscall: string;
  address?: string;
  port?: number;
  hostname?: string;
};

/** The database's errors are worded before; HOST is the only other name that a start looks up. */
const isListenError = (error: Error): error is ListenError =>
  'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall)) && 'code' in error;

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process. Stop it, or set PORT to another one.',
  EACCES: 'may not be used by this user. Set PORT to one above 1023.',
  EADDRNOTAVAIL: 'is not an address of this machine. Correct HOST.',
  ENOTFOUND: 'is not an address of this machine. Correct HOST.',
  EAI_AGAIN: 'is not an address of this machine. Correct HOST.',
};

export function startProblem(error: unknown): string {
  if (!(error instanceof Error)) return `Referral Desk cannot start: ${String(error)}`;
  if (isListenError(error)) {
    const place = error.hostname ?? `${error.address ?? 'the address'}:${error.port ?? ''}`;
    return `Referral Desk cannot start: ${place} ${listenProblems[error.code] ?? `cannot be used (${error.code}).`}`;
  }
  // The errors of a group, such as one host's addresses, say why; the group's own message is empty.
  if (error.message === '' && error instanceof AggregateError && error.errors.length > 0)
    return startProblem(error.errors[0]);
  const code = 'code' in error ? ` (${String(error.code)})` : '';
  const message = error.message.split('\nparams: ')[0];
  if (/^Failed query: /.test(error.message) && error.cause instanceof Error)
    return `Referral Desk cannot start: the database refused a statement: ${startProblem(error.cause)}`;
  return message === '' || message === undefined
    ? `Referral Desk cannot start: ${error.name}${code}`
    : message;
}
