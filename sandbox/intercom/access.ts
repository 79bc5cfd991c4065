// What every call has to pass first: credentials, the rate limit, a version that exists, and JSON both ways.
import type { RequestHandler } from 'express';
import { settingsOf } from '../settings.ts';
import type { World } from '../world.ts';
import { tokenOf, versionOf } from './call.ts';
import { refusal } from './refusal.ts';

const windowSeconds = 10;

/** The middlewares in their order; the rate limit counts by token, in this process only. */
export function access(world: World): RequestHandler[] {
  return [authenticate(world), limitRate(world), negotiate];
}

function authenticate(world: World): RequestHandler {
  return (req, _res, next) => {
    const token = tokenOf(world, req);
    if (!token) throw refusal(401, 'unauthorized', 'Access Token Invalid');
    if (token.revoked) throw refusal(401, 'token_revoked', 'Access Token has been revoked');
    next();
  };
}

/** Windows start on the clock's full ten seconds; only a caller with credentials is told where it stands. */
function limitRate(world: World): RequestHandler {
  let windowStart = 0;
  const calls = new Map<string, number>();
  return (req, res, next) => {
    const now = world.now();
    const start = now - (now % windowSeconds);
    if (start !== windowStart) {
      windowStart = start;
      calls.clear();
    }
    const limit = settingsOf(world).rate_limit_per_10s;
    const token = tokenOf(world, req)?.id ?? '';
    const made = (calls.get(token) ?? 0) + 1;
    calls.set(token, made);
    res.set({
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - made)),
      'X-RateLimit-Reset': String(start + windowSeconds),
    });
    if (made > limit) {
      throw refusal(
        429,
        'rate_limit_exceeded',
        `Exceeded rate limit of ${limit} in ${windowSeconds}_seconds`,
      );
    }
    next();
  };
}

const negotiate: RequestHandler = (req, _res, next) => {
  versionOf(req);
  if (req.get('Accept') === undefined || !req.accepts('application/json')) {
    throw refusal(
      406,
      'media_type_not_acceptable',
      'The Accept header should send a media type of application/json',
    );
  }
  // `is` answers null where there is no body at all.
  if (req.is('application/json') === false && req.get('Content-Length') !== '0') {
    throw refusal(
      415,
      'media_type_not_supported',
      'The Content-Type header should send a media type of application/json',
    );
  }
  next();
};
