// Ends requests with a body that arrives too slowly, except on routes that declare that they take longer.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const idleMs = 30_000;

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Node's own limit would also cut long uploads; it still applies to headers. Must be the first listener. */
export function cutSlowRequests(server: Server, withinMs: number): void {
  server.requestTimeout = 0;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (length === '0' && encoding === undefined) return;
    const deadline = setTimeout(() => cut(request, response), withinMs);
    deadlines.set(request, deadline);
    request.once('close', () => clearTimeout(deadline));
  });
}

/** The reader of the body must cut a stalled request itself. */
function allowLongBody(request: IncomingMessage): void {
  clearTimeout(deadlines.get(request));
}

/** Reads no faster than the consumer, and cuts a sender that pauses too long. */
export async function* readLongBody(
  request: IncomingMessage,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  allowLongBody(request);
  const wait = () => setTimeout(() => request.destroy(), idleMs);
  let idle = wait();
  try {
    for await (const chunk of stream) {
      clearTimeout(idle);
      yield chunk;
      idle = wait();
    }
  } finally {
    clearTimeout(idle);
  }
}

function cut({ socket }: IncomingMessage, { headersSent }: ServerResponse): void {
  // Like Node, past the response, which the reader of the body may be writing.
  if (!headersSent && socket.writable)
    socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  socket.destroySoon();
}
