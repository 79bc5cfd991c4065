// The limit for the card: node:http alone, the same signature check, a constant response.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const options = z.object({ clientSecret: z.string(), answer: z.string() });

process.once('message', (message) => {
  const { clientSecret, answer } = options.parse(message);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(answer),
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const signature = Buffer.from(String(req.headers['x-body-signature']), 'hex');
      const expected = createHmac('sha256', clientSecret).update(Buffer.concat(chunks)).digest();
      const valid = signature.length === expected.length && timingSafeEqual(signature, expected);
      res.writeHead(valid ? 200 : 401, headers);
      res.end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
});

// The parent process is gone or done.
process.once('disconnect', () => process.exit());
