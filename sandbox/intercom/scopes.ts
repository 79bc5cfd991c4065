// What the app is allowed: all that its page in the Developer Hub asks for, less what the sandbox is told to withhold.
import type { Request, RequestHandler } from 'express';
import { settingsOf } from '../settings.ts';
import type { World } from '../world.ts';
import { refusal } from './refusal.ts';

/** By the names of the Developer Hub; the first that fits counts. */
const scopes: readonly { scope: string; methods: RegExp; path: RegExp }[] = [
  { scope: 'Write tags', methods: /POST|DELETE/, path: /^\/(contacts\/[^/]+\/)?tags/ },
  { scope: 'Read tags', methods: /GET/, path: /^\/(contacts\/[^/]+\/)?tags/ },
  { scope: 'Write events', methods: /POST/, path: /^\/events/ },
  { scope: 'Write data attributes', methods: /POST|PUT/, path: /^\/data_attributes/ },
  { scope: 'Read and list users and companies', methods: /POST/, path: /^\/(contacts|companies)\/search/ },
  { scope: 'Read and list users and companies', methods: /GET/, path: /^\/(contacts|companies)/ },
  { scope: 'Write users and companies', methods: /POST|PUT|DELETE/, path: /^\/(contacts|companies)/ },
  { scope: 'Read conversations', methods: /GET|POST/, path: /^\/conversations/ },
  { scope: 'Read data connectors', methods: /GET/, path: /^\/data_connectors/ },
  { scope: 'Write data connectors', methods: /POST|PATCH|DELETE/, path: /^\/data_connectors/ },
  { scope: 'Read admins', methods: /GET/, path: /^\/admins/ },
];

/**
 * Refuses calls of a withheld scope; that the token itself is good was seen before. A 401 with the very words that
 * were captured in https://github.com/intercom/intercom-node/pull/78, and that Intercom's staff explains by missing
 * scopes in https://github.com/intercom/intercom-ruby/issues/323 and https://github.com/intercom/intercom-php/issues/257.
 */
export function requireScope(world: World): RequestHandler {
  return (req, _res, next) => {
    const needed = scopeOf(req);
    if (needed === undefined || !settingsOf(world).missing_scopes.includes(needed)) return next();
    throw refusal(401, 'token_unauthorized', 'Not authorized to access resource');
  };
}

function scopeOf({ method, originalUrl }: Request): string | undefined {
  return scopes.find(({ methods, path }) => methods.test(method) && path.test(originalUrl))?.scope;
}

/** What the plan of the workspace does not include: conversations, by the 403 that the 2.16 reference lists for them. */
export function requirePlan(world: World): RequestHandler {
  return (req, _res, next) => {
    if (settingsOf(world).api_plan_restricted && req.originalUrl.startsWith('/conversations'))
      throw refusal(403, 'api_plan_restricted', 'Active subscription needed.');
    next();
  };
}
