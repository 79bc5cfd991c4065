// `POST /referrals/hooks/:workspaceId/:platform`: the webhooks of referral platforms.
import express, { type Router } from 'express';
import type { Context } from '../../context.ts';
import { receivePlatformHook } from '../../usecases/platforms/connections.ts';
import { exactJson } from '../api/exact-json.ts';

/** Answers 200 once the hook is durable, and 401 without the connection's secret. */
export function referralHookRoutes(ctx: Context): Router {
  const router = express.Router();
  const bodies = [exactJson({ limit: '256kb' }), express.urlencoded({ limit: '256kb', extended: false })];
  router.post('/referrals/hooks/:workspaceId/:platform', ...bodies, async (req, res) => {
    const { workspaceId, platform } = req.params;
    const secret = req.get('x-referral-desk-secret') ?? '';
    const taken = await receivePlatformHook(ctx, { workspaceId, platform, secret, body: req.body });
    if (taken === 'says-nothing') {
      ctx.log.info({ workspaceId, platform }, 'a hook named no person: everything will be compared instead');
    }
    res.status(200).json({});
  });
  return router;
}
