// How often one caller may ask. Each process counts by itself: what is kept out is a flood, not a careful client.
import type { NextFunction, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';

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
    ...(by && { keyGenerator: (_request, response) => by(response) }),
  });
}
