// How often one caller may ask. Each process counts by itself: what is kept out is a flood, not a careful client.

import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { ipKeyGenerator, type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';

/**
 * Lets through so many requests a minute from each address, or from each whom `by` names. Everybody is told how many are
 * left (`RateLimit`), and who is refused, when to come again (`Retry-After`).
 */
export function limitTo(
  perMinute: number,
  refuse: (response: Response, next: NextFunction) => void,
  by?: (response: Response) => string,
): RateLimitRequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response, next) => refuse(response, next),
    // Its own checks print to the console; what they look for is dealt with here and in proxy-notice.ts.
    validate: false,
    keyGenerator: (request, response) => (by ? by(response) : ipKeyGenerator(clientAddress(request))),
  });
}

/**
 * The caller's address, as the trusted proxies have it. Some write a port behind it, and a client may have put anything in
 * front: what is no address counts as the connection's own.
 */
export function clientAddress(request: Pick<Request, 'ip' | 'socket'>): string {
  const [, bracketed, plain] =
    /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(request.ip ?? '') ?? [];
  const address = bracketed ?? plain ?? request.ip ?? '';
  return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address;
}
