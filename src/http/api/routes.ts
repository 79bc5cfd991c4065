// /api/v1 for the company's own backend: authenticates the caller, parses the request and dispatches to the route.
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { verifyApiToken } from '../../usecases/workspace/api-tokens.ts';
import { sendCsv } from '../csv.ts';
import { limitTo } from '../limits.ts';
import { contactRoutes } from './contacts/contacts.ts';
import { enrollmentRoutes } from './enrollment/enrollment.ts';
import { reviewRoutes } from './enrollment/reviews.ts';
import { exactJson } from './exact-json.ts';
import { uploadPath } from './imports/import-upload.ts';
import { importRoutes } from './imports/imports.ts';
import { connectionRoutes } from './platforms/connections.ts';
import { campaignRoutes } from './program/campaigns.ts';
import { referralRoutes } from './program/referrals.ts';
import { referrerRoutes } from './program/referrers.ts';
import { deliveryRoutes } from './qualification/deliveries.ts';
import { dryRunRoutes } from './qualification/dry-run.ts';
import { ruleRoutes } from './qualification/rules.ts';
import { backfillRoutes } from './repair/backfills.ts';
import { erasureRoutes } from './repair/erasures.ts';
import { exportRoutes } from './repair/exports.ts';
import { recoveryRoutes } from './repair/recoveries.ts';
import { syncCheckRoutes } from './repair/sync-checks.ts';
import { rewardRoutes } from './rewards/rewards.ts';
import type { Caller, Route } from './route.ts';
import { runRoutes } from './runs/runs.ts';
import { auditRoutes } from './workspace/audit.ts';
import { settingsRoutes } from './workspace/settings.ts';

/** The only table of routes: exactly these are served and described in /openapi.json. */
export const apiTable: Route[] = [
  ...campaignRoutes,
  ...referrerRoutes,
  ...referralRoutes,
  ...rewardRoutes,
  ...ruleRoutes,
  ...dryRunRoutes,
  ...deliveryRoutes,
  ...runRoutes,
  ...importRoutes,
  ...contactRoutes,
  ...settingsRoutes,
  ...connectionRoutes,
  ...exportRoutes,
  ...backfillRoutes,
  ...syncCheckRoutes,
  ...recoveryRoutes,
  ...erasureRoutes,
  ...enrollmentRoutes,
  ...reviewRoutes,
  ...auditRoutes,
];

const requestsPerMinute = 1_200;
const refusedTokensPerMinute = 120;

/** Mount at /api/v1. Refusals go to the error handler, as a `Failure` or as Express's own error. */
export function apiRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use(requireToken(ctx), limitTo(requestsPerMinute, refuseTooMany, tokenOf));
  for (const route of apiTable) {
    // However the path is spelled: this route reads its body itself.
    const readBody = route.path === uploadPath ? [] : [parseJson];
    router[route.method](
      route.path,
      readBody,
      async (request: Request, response: Response<unknown, { caller: Caller }>) => {
        const answer = await route.run(ctx, response.locals.caller, request);
        if ('csv' in answer) await sendCsv(response, answer.csv);
        else response.status(answer.status).json(answer.body);
      },
    );
  }
  for (const path of new Set(apiTable.map((route) => route.path))) router.all(path, refuseMethod(path));
  router.use(() => {
    throw new Failure('not-found', 'Unknown path. See /openapi.json for all paths.');
  });
  return router;
}

const tokenOf = (response: Response): string => response.locals.caller.jti;

function refuseTooMany(_response: Response, next: NextFunction): void {
  next(new Failure('rate-limited', 'Too many requests. Retry after the seconds in Retry-After.'));
}

/** Runs first, so that callers without a token learn nothing. The limit counts refused requests only. */
function requireToken(ctx: Context) {
  const countRefusal = limitTo(refusedTokensPerMinute, refuseTooMany);
  const handler: RequestHandler = async (request, response, next) => {
    // Responses hold personal data, for the token's holder only.
    response.set('Cache-Control', 'no-store');
    const token = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
    const known = token === undefined ? null : await verifyApiToken(ctx, token);
    if (token !== undefined && known) {
      const caller: Caller = {
        ...known,
        isAuthorized: async () => (await verifyApiToken(ctx, token)) !== null,
      };
      response.locals.caller = caller;
      next();
      return;
    }
    // RFC 6750, section 3.1: no error code when the request has no token.
    const problem = token === undefined ? '' : ', error="invalid_token"';
    response.set('WWW-Authenticate', `Bearer realm="referral-desk"${problem}`);
    const refusal = new Failure(
      'unauthorized',
      token === undefined
        ? 'Send an access token: "Authorization: Bearer TOKEN".'
        : 'This access token is unknown, expired or revoked. Create a new one in the console.',
    );
    await countRefusal(request, response, (tooMany?: unknown) => next(tooMany ?? refusal));
  };
  return handler;
}

/** Ignores the content type: this API speaks only JSON, and many clients forget to declare it. */
const parseJson = exactJson({ limit: '100kb', type: () => true });

function refuseMethod(path: string): RequestHandler {
  const methods = apiTable.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
  const allowed = methods.includes('GET') ? ['HEAD', ...methods] : methods;
  return (_request, response) => {
    response.set('Allow', allowed.join(', '));
    throw new Failure('wrong-method', `Method not allowed. Use ${allowed.join(' or ')}.`);
  };
}
