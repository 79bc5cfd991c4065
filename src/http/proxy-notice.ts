// Detects a proxy that TRUST_PROXY does not count: limits by address would then hit all callers together.
import type { RequestHandler } from 'express';
import type { Log } from '../log.ts';

export type Deployment = {
  /** Whether requests came through a proxy while TRUST_PROXY is 0. */
  untrustedProxy: boolean;
};

/** Logs once per process; Home shows it too. */
export function noticeProxy(
  deployment: Deployment,
  trustProxy: number,
  log: Pick<Log, 'warn'>,
): RequestHandler {
  return function noticeForwardedRequest(request, _response, next) {
    const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded;
    if (trustProxy === 0 && forwarded !== undefined && !deployment.untrustedProxy) {
      deployment.untrustedProxy = true;
      log.warn(
        {},
        'Requests come through a proxy: set TRUST_PROXY to the number of proxies in front of the app',
      );
    }
    next();
  };
}
