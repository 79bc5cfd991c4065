// The company's own system in tests: takes reward events, checks their signatures, and answers as it is told.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export type Received = {
  id: string;
  /** The parts of `webhook-signature`. */
  signatures: string[];
  event: { type: string; timestamp: string; data: { id: string; person: { email: string } } };
  isSignedWith(secret: string): boolean;
};

export type Receiver = {
  url: string;
  received: Received[];
  /** For the next requests; 200 with the receipt of the event after them. */
  answers: ((response: ServerResponse, event: Received) => void)[];
  close(): void;
};

export const answering =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver['answers'] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const headers = request.headers as Record<string, string>;
      const one: Received = {
        id: headers['webhook-id'] ?? '',
        signatures: (headers['webhook-signature'] ?? '').split(' '),
        event: JSON.parse(body),
        // Not by `verify`, which compares the time with this machine's.
        isSignedWith(secret) {
          const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
          return one.signatures.includes(new Webhook(secret).sign(one.id, at, body));
        },
      };
      received.push(one);
      const usual = answering(200, JSON.stringify({ reference: `PAY-${one.event.data.id.slice(0, 8)}` }));
      (answers.shift() ?? usual)(response, one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rewards?key=not-to-be-shown`,
    received,
    answers,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
