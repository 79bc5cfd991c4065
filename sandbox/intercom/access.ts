// What every call has to pass first: what stands before Intercom, the time that an answer takes, credentials, the rate
// limit, a version that exists, and JSON both ways.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { refuseAsLoadBalancer } from '../load-balancer.ts';
import { scaled, settingsOf } from '../settings.ts';
import type { World } from '../world.ts';
import { tokenOf, versionOf } from './call.ts';
import { refusal } from './refusal.ts';

const windowSeconds = 10;

/** The middlewares in their order; the rate limit counts by token, in this process only. */
export function access(world: World): RequestHandler[] {
  return [
    passLoadBalancer(world),
    takeTime(world),
    authenticate(world),
    passAllowlist(world),
    limitRate(world),
    negotiate,
  ];
}

function passLoadBalancer(world: World): RequestHandler {
  return (_req, res, next) => {
    if (settingsOf(world).refused_by !== 'load-balancer') return next();
    refuseAsLoadBalancer(res, 403);
  };
}

/** Half of the time passes before the work and half after it, so that what the work tells can overtake its answer. */
function takeTime(world: World): RequestHandler {
  return async (req, res, next) => {
    const half = scaled(world, settingsOf(world).answer_ms) / 2;
    if (half === 0) return next();
    await sleep(half, undefined, { ref: false });
    // The sandbox was stopped meanwhile.
    if (req.socket.destroyed) return;
    const send = res.send.bind(res);
    res.send = (body) => {
      setTimeout(() => send(body), half).unref();
      return res;
    };
    next();
  };
}

/**
 * Checked once the token is known to be good:
 * https://www.intercom.com/help/en/articles/13941009-restrict-rest-api-access-by-ip-allowlist has the words; which code
 * goes with them is not published.
 */
function passAllowlist(world: World): RequestHandler {
  return (_req, _res, next) => {
    if (settingsOf(world).refused_by === 'ip-allowlist')
      throw refusal(403, 'forbidden', 'Your IP address is not on the allowlist for API access');
    next();
  };
}

function authenticate(world: World): RequestHandler {
  return (req, _res, next) => {
    const token = tokenOf(world, req);
    if (!token) throw refusal(401, 'unauthorized', 'Access Token Invalid');
    if (token.revoked) throw refusal(401, 'token_revoked', 'Access Token has been revoked');
    next();
  };
}

/**
 * Windows start on the clock's full ten seconds; only a caller with credentials is told where it stands. A call that
 * is refused for its number alone may come again a second later.
 */
function limitRate(world: World): RequestHandler {
  let windowStart = 0;
  let total = 0;
  const calls = new Map<string, number>();
  return (req, res, next) => {
    const now = world.now();
    const start = now - (now % windowSeconds);
    if (start !== windowStart) {
      windowStart = start;
      calls.clear();
    }
    const { rate_limit_per_10s: limit, refuse_every } = settingsOf(world);
    total += 1;
    const unlucky = refuse_every > 0 && total % refuse_every === 0;
    const token = tokenOf(world, req)?.id ?? '';
    const made = (calls.get(token) ?? 0) + 1;
    calls.set(token, made);
    res.set({
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(unlucky ? 0 : Math.max(0, limit - made)),
      'X-RateLimit-Reset': String(unlucky ? now + 1 : start + windowSeconds),
    });
    if (made > limit || unlucky) {
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
