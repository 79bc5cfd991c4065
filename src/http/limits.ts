// Rate limits per caller. Each process counts on its own: this stops a flood, not a careful client.

import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { ipKeyGenerator, type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';

/** Per minute and address, or per key that `by` returns. Sets `RateLimit`, and `Retry-After` on a refusal. */
export function limitTo(
  perMinute: number,
  refuse: (response: Response, next: NextFunction) => void | Promise<void>,
  by?: (response: Response) => string,
): RateLimitRequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response, next) => refuse(response, next),
    // Its own checks print to the console; this file and proxy-notice.ts cover what they check.
    validate: false,
    keyGenerator: (request, response) => (by ? by(response) : ipKeyGenerator(clientAddress(request))),
  });
}

/** By the trusted proxies. A value that is not an address falls back to the connection's own. */
export function clientAddress(request: Pick<Request, 'ip' | 'socket'>): string {
  const [, bracketed, plain] =
    /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(request.ip ?? '') ?? [];
  const address = bracketed ?? plain ?? request.ip ?? '';
  return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address;
}
